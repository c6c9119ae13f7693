/* SPDX-License-Identifier: MIT */
#include "vault/agent/keys/checked_keys.h"
#include "vault/agent/keys/identify.h"
#include "vault/agent/core/ops.h"
#include "vault/audit/append.h"
#include "vault/creds/plan.h"
#include "vault/format/json.h"

#include <stdlib.h>

static bool check_put_devices(json_t *object, const struct examined *examined, struct error *err)
{
	json_t *array;

	if (!examined->devices_known)
		return json_put(object, "mfa_devices", json_null(), err);
	array = json_array();
	for (size_t i = 0; array && i < examined->devices.count; i++)
		(void)json_array_append_new(array, json_string(examined->devices.items[i].serial));
	return json_put(object, "mfa_devices", array, err);
}

static json_t *check_answer(const struct access_key *key, const struct examined *examined,
			    struct error *err)
{
	json_t *object = json_object();

	if (json_put_text(object, "access_key_id", key->access_key_id, err) &&
	    json_put_text(object, "account_id", key->account_id, err) &&
	    json_put_text(object, "user_name", key->user_name[0] ? key->user_name : NULL, err) &&
	    json_put_text(object, "arn", key->arn, err) &&
	    json_put_time(object, "created_at", key->created_at, err) &&
	    check_put_devices(object, examined, err))
		return object;
	json_decref(object);
	return NULL;
}

/* A key that is checked is used, before it is in the vault: that is on record too. */
static bool check_record(struct request *request, const struct access_key *key, struct error *err)
{
	struct audit_entry entry = request_entry(request, AUDIT_OP_CHECK);

	audit_about(&entry, NULL, key->access_key_id, key->arn);
	return audit_record(request->agent->store, &entry, err);
}

static bool check_read_args(struct request *request, struct access_key *key,
			    struct identify_route *route, struct error *err)
{
	static const char *const keys[] = {
	    "access_key_id", "secret_access_key", "region", "endpoint", "proxy", "no_proxy", NULL};
	const json_t *args = request->args;

	*route = (struct identify_route){.endpoint = NULL};
	if (!json_only(args, keys, err) || !identify_read(args, key, err) ||
	    !json_text(args, "endpoint", ENDPOINT_URL_BYTES - 1, &route->endpoint, err) ||
	    !plan_proxy_from_json(args, &route->proxy, err))
		return false;
	if (!key->secret.len)
		return error_set(err, ERROR_USAGE, "the secret access key is missing");
	return true;
}

bool op_check(struct request *request, struct error *err)
{
	struct examined *examined = calloc(1, sizeof(*examined));
	struct access_key key;
	struct identify_route route;
	bool done = examined || error_set(err, ERROR_MEMORY, "out of memory");

	access_key_init(&key);
	done = done && check_read_args(request, &key, &route, err) &&
	       identify_key(request, &route, &key, examined, err) &&
	       check_record(request, &key, err);
	done = done && request_answer_value(request, check_answer(&key, examined, err), err) &&
	       checked_keys_put(request->connection->checked, &key, err);
	access_key_clear(&key);
	free(examined);
	return done;
}
