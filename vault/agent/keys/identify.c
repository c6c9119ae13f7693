/* SPDX-License-Identifier: MIT */
#include "vault/agent/keys/identify.h"

#include "vault/agent/core/courier_http.h"
#include "vault/audit/append.h"
#include "vault/aws/sts.h"
#include "vault/creds/source_key.h"

#include <stdio.h>
#include <string.h>

static bool identify_seal_class(const char *url, struct access_key *key, struct error *err)
{
	enum endpoint_class kind = ENDPOINT_AWS;
	char host[ENDPOINT_HOST_BYTES] = "";

	if (url && !endpoint_classify(url, &kind, host, err))
		return false;
	key->endpoint_host[0] = '\0';
	switch (kind) {
	case ENDPOINT_AWS: key->endpoint_class = ACCESS_KEY_AT_AWS; return true;
	case ENDPOINT_LOOPBACK: key->endpoint_class = ACCESS_KEY_AT_LOOPBACK; return true;
	case ENDPOINT_HTTPS: break;
	}
	key->endpoint_class = ACCESS_KEY_AT_HOST;
	if (strlen(host) >= sizeof(key->endpoint_host))
		return error_set(err, ERROR_USAGE, "the endpoint's host name is too long");
	memcpy(key->endpoint_host, host, strlen(host) + 1);
	return true;
}

bool identify_take(const char *access_key_id, const char *secret,
		   const struct identify_route *route, struct access_key *key, struct error *err)
{
	if (arn_is_temporary_key_id(access_key_id)) {
		error_set(err, ERROR_USAGE,
			  "that is a temporary key (ASIA...), not a long-term one");
		return error_detail(err, "Temporary credentials end by themselves; the vault keeps "
					 "what they are made from.");
	}
	if (!arn_is_secret_access_key(secret, strlen(secret)))
		return error_set(err, ERROR_USAGE, "that is no secret access key");
	(void)snprintf(key->access_key_id, sizeof(key->access_key_id), "%s", access_key_id);
	return secret_set(&key->secret, secret, strlen(secret), err) &&
	       identify_seal_class(route->endpoint, key, err);
}

/* "user/path/dev" -> "dev"; the root user and others have none. */
void identify_name_user(struct access_key *key)
{
	struct arn arn;
	const char *slash;

	key->user_name[0] = '\0';
	if (!arn_parse(key->arn, &arn) || strncmp(arn.resource, "user/", 5) != 0)
		return;
	slash = strrchr(arn.resource, '/') + 1;
	if (strlen(slash) < sizeof(key->user_name))
		(void)snprintf(key->user_name, sizeof(key->user_name), "%s", slash);
}

static bool identify_caller(const struct aws *aws, struct access_key *key, struct error *err)
{
	struct sts_identity identity;

	if (!sts_get_caller_identity(aws, &identity, NULL, err))
		return false;
	if (strlen(identity.arn) >= sizeof(key->arn))
		return error_set(err, ERROR_AWS_UNREACHABLE, "AWS names a user that is too long");
	(void)snprintf(key->account_id, sizeof(key->account_id), "%s", identity.account_id);
	memcpy(key->arn, identity.arn, strlen(identity.arn) + 1);
	identify_name_user(key);
	return true;
}

/* Seconds between tries; the client is informed of each wait, and may leave. */
static const int identify_waits_s[] = {2, 3, 4, 6};
enum {
	IDENTIFY_WAITS = sizeof(identify_waits_s) / sizeof(identify_waits_s[0]),
	IDENTIFY_PATIENCE_S = 15
};

/* Asks STS again for a while: STS knows a new key only some seconds after it was made. */
static bool identify_caller_patiently(struct request *request, const struct aws *aws,
				      struct access_key *key, struct error *err)
{
	const struct msg_unknown_key event = {.what = "unknown-key", .wait_s = IDENTIFY_PATIENCE_S};
	bool ok = identify_caller(aws, key, err);

	for (size_t i = 0;
	     !ok && err->code == ERROR_DEAD_KEY && i < IDENTIFY_WAITS && !request_is_gone(request);
	     i++) {
		if (i == 0)
			request_send_event(request, MESSAGE(msg_unknown_key, &event));
		clock_sleep_ms(aws->clock, identify_waits_s[i] * 1000);
		*err = ERROR_INIT;
		ok = identify_caller(aws, key, err);
	}
	return ok;
}

/* Checks that the user's partition is that of the endpoint, else no later request could succeed. */
static bool identify_check_partition(const struct access_key *key, const struct endpoint *sts,
				     struct error *err)
{
	struct arn arn;

	if (!arn_parse(key->arn, &arn) || strcmp(arn.partition, sts->partition) == 0)
		return true;
	error_set(err, ERROR_USAGE, "the key is of the partition %s, the region %s of %s",
		  arn.partition, sts->region, sts->partition);
	return error_hint(err, "credvault add %s --region %s", TEXT_WORD(key->name),
			  endpoint_default_region(arn.partition));
}

/* A key that may not ask IAM is accepted as well. */
static void identify_user(const struct aws *aws, struct access_key *key, struct examined *out)
{
	struct iam_access_keys keys;
	struct error unused = ERROR_INIT;

	if (iam_list_access_keys(aws, NULL, &keys, NULL, &unused)) {
		for (size_t i = 0; i < keys.count; i++) {
			if (strcmp(keys.items[i].access_key_id, key->access_key_id) == 0)
				key->created_at = keys.items[i].created_at;
		}
	}
	out->devices_known = iam_list_mfa_devices(aws, NULL, &out->devices, NULL, &unused);
}

bool identify_key(struct request *request, const struct identify_route *route,
		  struct access_key *key, struct examined *out, struct error *err)
{
	struct agent *agent = request->agent;
	struct credentials signer = CREDENTIALS_INIT;
	struct courier_http courier;
	struct endpoint sts, iam;
	struct aws aws = {.clock = agent->clock,
			  .signer = &signer,
			  .proxy = route->proxy,
			  .listener = request_listener(request)};
	bool ok;

	memset(out, 0, sizeof(*out));
	if (!endpoint_make("sts", key->region, route->endpoint, &sts, err) ||
	    !endpoint_make("iam", key->region, route->endpoint, &iam, err) ||
	    !source_key_signer(key, &signer, err))
		return false;
	courier_http_open(&courier, agent->broker, &agent->authorities);
	aws.http = agent->http ? agent->http : &courier.http;
	agent_leave(agent);
	aws.endpoint = &sts;
	aws.skew = skews_of(agent->skews, sts.url);
	ok = (route->patient ? identify_caller_patiently(request, &aws, key, err)
			     : identify_caller(&aws, key, err)) &&
	     identify_check_partition(key, &sts, err);
	if (ok) {
		aws.endpoint = &iam;
		aws.skew = skews_of(agent->skews, iam.url);
		identify_user(&aws, key, out);
	}
	agent_reenter(agent);
	/* A refusal by AWS, or no answer from AWS, is not a denial by the vault. */
	request->undenied = !ok;
	courier_http_close(&courier);
	credentials_clear(&signer);
	return ok;
}

bool identify_record(struct request *request, const struct access_key *key, struct error *err)
{
	struct audit_entry entry = request_entry(request, AUDIT_OP_CHECK);

	audit_about(&entry, NULL, key->access_key_id, key->arn);
	return audit_record(request->agent->store, &entry, err);
}

struct msg_identified identify_tell(const struct access_key *key, const struct examined *examined,
				    const char *serials[static IAM_MFA_DEVICES_MAX])
{
	for (size_t i = 0; i < examined->devices.count; i++)
		serials[i] = examined->devices.items[i].serial;
	return (struct msg_identified){
	    .name = key->name,
	    .access_key_id = key->access_key_id,
	    .account_id = key->account_id,
	    .user_name = key->user_name,
	    .arn = key->arn,
	    .created_at = key->created_at,
	    .mfa_devices = {.at = (void *)serials, .count = examined->devices.count},
	    .devices_known = examined->devices_known};
}
