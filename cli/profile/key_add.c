/* SPDX-License-Identifier: MIT */
#include "cli/profile/key_add.h"

#include "cli/vault/agent_call.h"
#include "cli/profile/credentials_request.h"
#include "vault/format/json.h"

static bool put_some(json_t *object, const char *key, const char *text, struct error *err)
{
	return json_put_text(object, key, *text ? text : NULL, err);
}

static bool put_secret(json_t *object, const struct attributes *a, struct error *err)
{
	return json_put(
	    object, "secret_access_key",
	    json_stringn((const char *)a->secret_access_key.data, a->secret_access_key.len), err);
}

static bool check_args(const struct attributes *a, json_t **args, struct error *err)
{
	struct http_proxy proxy;

	if (!credentials_request_proxy(&proxy, err))
		return false;
	*args = json_object();
	if (json_put_text(*args, "access_key_id", a->access_key_id, err) &&
	    put_secret(*args, a, err) && put_some(*args, "region", a->region, err) &&
	    put_some(*args, "endpoint", a->endpoint, err) && plan_proxy_to_json(&proxy, *args, err))
		return true;
	json_decref(*args);
	return false;
}

static bool put_age(json_t *object, int64_t max_age_s, struct error *err)
{
	if (max_age_s == ATTRIBUTES_AGELESS)
		return json_put(object, "max_age_s", json_integer(0), err);
	return !max_age_s || json_put(object, "max_age_s", json_integer(max_age_s), err);
}

static bool add_args(const struct attributes *a, bool checked, json_t **args, struct error *err)
{
	*args = json_object();
	if (json_put_text(*args, "name", a->name, err) &&
	    json_put_text(*args, "access_key_id", a->access_key_id, err) &&
	    (checked || put_secret(*args, a, err)) &&
	    put_some(*args, "mfa_serial", a->mfa_serial, err) &&
	    json_put(*args, "mfa_required", json_boolean(a->mfa_required), err) &&
	    put_some(*args, "region", a->region, err) &&
	    put_some(*args, "endpoint", a->endpoint, err) && put_age(*args, a->max_age_s, err) &&
	    put_some(*args, "note", a->note, err) &&
	    json_put(*args, "replace", json_boolean(a->replace), err))
		return true;
	json_decref(*args);
	return false;
}

bool key_add_check(struct cli *cli, const struct attributes *attributes, json_t **facts,
		   struct error *err)
{
	json_t *args;

	*facts = NULL;
	return check_args(attributes, &args, err) &&
	       agent_call(cli, "check", args, NULL, facts, err);
}

bool key_add_store(struct cli *cli, const struct attributes *attributes, bool checked, json_t **key,
		   struct error *err)
{
	json_t *args, *facts = NULL;

	*key = NULL;
	if (!add_args(attributes, checked, &args, err))
		return false;
	if (agent_call(cli, "add", args, NULL, key, err))
		return true;
	if (!checked || err->code != ERROR_USAGE)
		return false;
	*err = ERROR_INIT;
	if (!key_add_check(cli, attributes, &facts, err))
		return false;
	json_decref(facts);
	return add_args(attributes, true, &args, err) &&
	       agent_call(cli, "add", args, NULL, key, err);
}
