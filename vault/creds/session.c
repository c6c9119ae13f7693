/* SPDX-License-Identifier: MIT */
#include "vault/creds/session.h"

#include "vault/base/buf.h"
#include "vault/seal/pae.h"

#include <stdio.h>
#include <string.h>

enum { DIGEST_INPUT_MAX = 65536 };

static struct pae_item text(const char *value)
{
	return (struct pae_item){value, strlen(value)};
}

/*
 * SHA-256 over PAE: the records' own digests need no key here, sealed rows are bound by their own.
 */
static bool digest(const struct pae_item *items, size_t count,
		   unsigned char out[static DIGEST_BYTES], struct error *err)
{
	struct buf bytes = BUF_INIT(DIGEST_INPUT_MAX);
	bool ok = pae_append(&bytes, items, count, err);

	if (ok)
		digest_sha256(bytes.data, bytes.len, out);
	buf_clear(&bytes);
	return ok;
}

const char *session_region(const struct plan *plan, const struct access_key *key)
{
	if (plan->region[0])
		return plan->region;
	return key->region[0] ? key->region : "us-east-1";
}

bool session_check_endpoint(const struct access_key *key, const struct endpoint *endpoint,
			    struct error *err)
{
	enum endpoint_class kind = ENDPOINT_AWS;

	switch (key->endpoint_class) {
	case ACCESS_KEY_AT_AWS: kind = ENDPOINT_AWS; break;
	case ACCESS_KEY_AT_HOST: kind = ENDPOINT_HTTPS; break;
	case ACCESS_KEY_AT_LOOPBACK: kind = ENDPOINT_LOOPBACK; break;
	default: return error_set(err, ERROR_TAMPERED, "the key's endpoint class is unknown");
	}
	if (endpoint_allows(kind, key->endpoint_host, endpoint))
		return true;
	error_set(err, ERROR_FAILED, "this key is not used with the endpoint %s", endpoint->host);
	error_detail(err, "It was added for %s%s%s; nothing was signed or sent.",
		     endpoint_class_name(kind), key->endpoint_host[0] ? " " : "",
		     key->endpoint_host);
	return false;
}

/* Everything about the key that shapes what STS answers, or what may be handed out. */
static bool digest_key(const struct plan *plan, const struct access_key *key,
		       const struct record_id *row, const struct session_steps *steps,
		       unsigned char out[static DIGEST_BYTES], struct error *err)
{
	struct pae_u64 required = pae_u64(key->mfa_required ? 1 : 0);
	struct pae_u64 version = pae_u64(row->version);
	struct pae_u64 place = pae_u64(key->endpoint_class);
	const struct pae_item items[] = {
	    PAE_TEXT("credvault/step/key/v1"),
	    text(key->name),
	    text(key->access_key_id),
	    text(key->policy),
	    PAE_U64(required),
	    PAE_ARRAY(row->id),
	    PAE_U64(version),
	    PAE_U64(place),
	    text(key->endpoint_host),
	    text(steps->endpoint.url),
	    text(steps->endpoint.region),
	    text(session_region(plan, key)),
	};

	return digest(items, sizeof(items) / sizeof(items[0]), out, err);
}

static bool digest_step(const unsigned char parent[static DIGEST_BYTES], const char *serial,
			struct session_step *step, struct error *err)
{
	struct pae_u64 kind = pae_u64((uint64_t)step->kind);
	struct pae_u64 duration = pae_u64((uint64_t)step->duration_s);
	struct pae_u64 code = pae_u64(step->needs_code ? 1 : 0);
	struct pae_u64 mfa = pae_u64(step->mfa ? 1 : 0);
	const struct pae_item items[] = {
	    PAE_TEXT("credvault/step/v1"),
	    {parent, DIGEST_BYTES},
	    PAE_U64(kind),
	    PAE_U64(duration),
	    PAE_U64(code),
	    PAE_U64(mfa),
	    text(step->needs_code ? serial : ""),
	    text(step->role ? step->role->role_arn : ""),
	    text(step->role ? step->role->external_id : ""),
	    text(step->role ? step->role->session_name : ""),
	};

	return digest(items, sizeof(items) / sizeof(items[0]), step->digest, err);
}

static int64_t role_duration(const struct plan *plan, size_t i)
{
	int64_t duration = plan->roles[i].duration_s;

	if (i + 1 == plan->roles_count && plan->duration_s)
		duration = plan->duration_s;
	if (!duration)
		duration = SESSION_ROLE_S;
	if (i > 0 && duration > SESSION_CHAINED_MAX_S)
		duration = SESSION_CHAINED_MAX_S;
	return duration;
}

int64_t session_fresh_s(const struct plan *plan)
{
	int64_t duration = plan->roles_count ? role_duration(plan, plan->roles_count - 1)
					     : plan->duration_s;

	return duration && duration < 2 * SESSION_FRESH_S ? duration / 2 : SESSION_FRESH_S;
}

static void lay_out(const struct plan *plan, struct session_steps *out)
{
	bool mfa = out->mfa_serial[0] != '\0';

	if (plan->session) {
		int64_t duration = mfa ? SESSION_MFA_S : SESSION_PLAIN_S;

		if (plan->roles_count == 0 && plan->duration_s)
			duration = plan->duration_s;
		out->at[out->count++] = (struct session_step){
		    .kind = SESSION_TOKEN, .duration_s = duration, .needs_code = mfa, .mfa = mfa};
	}
	for (size_t i = 0; i < plan->roles_count; i++) {
		out->at[out->count++] = (struct session_step){
		    .kind = SESSION_ROLE,
		    .duration_s = role_duration(plan, i),
		    .needs_code = mfa && i == 0 && !plan->session,
		    .mfa = mfa,
		    .role = &plan->roles[i],
		};
	}
}

bool session_steps(const struct plan *plan, const struct access_key *key,
		   const struct record_id *row, struct session_steps *out, struct error *err)
{
	unsigned char parent[DIGEST_BYTES];

	memset(out, 0, sizeof(*out));
	if (!plan_check(plan, err) ||
	    !endpoint_make("sts", session_region(plan, key), plan->endpoint, &out->endpoint, err) ||
	    !session_check_endpoint(key, &out->endpoint, err))
		return error_profile(err, key->name);
	(void)snprintf(out->mfa_serial, sizeof(out->mfa_serial), "%s",
		       plan->mfa_serial[0] ? plan->mfa_serial : key->mfa_serial);
	if (key->mfa_required && !out->mfa_serial[0]) {
		error_set(err, ERROR_MFA_NEEDED, "this key requires MFA and no device is known");
		error_detail(err, "Nothing is handed out from it without an MFA session.");
		error_hint(err, "credvault add %s --replace --mfa-serial ARN", key->name);
		return error_profile(err, key->name);
	}
	lay_out(plan, out);
	if (!digest_key(plan, key, row, out, parent, err))
		return false;
	for (size_t i = 0; i < out->count; i++) {
		if (!digest_step(parent, out->mfa_serial, &out->at[i], err))
			return false;
		memcpy(parent, out->at[i].digest, sizeof(parent));
	}
	return true;
}

bool session_request_digest(const struct plan *plan, const char *profile,
			    unsigned char out[static DIGEST_BYTES], struct error *err)
{
	struct pae_u64 session = pae_u64(plan->session ? 1 : 0);
	struct pae_u64 duration = pae_u64((uint64_t)plan->duration_s);
	struct pae_u64 durations[PLAN_ROLES_MAX];
	struct pae_item items[9 + 5 * PLAN_ROLES_MAX];
	size_t n = 0;

	items[n++] = PAE_TEXT("credvault/request/v1");
	items[n++] = text(profile);
	items[n++] = text(plan->key);
	items[n++] = text(plan->mfa_serial);
	items[n++] = PAE_U64(session);
	items[n++] = PAE_U64(duration);
	items[n++] = text(plan->region);
	items[n++] = text(plan->endpoint);
	items[n++] = text(plan->proxy);
	for (size_t i = 0; i < plan->roles_count; i++) {
		const struct plan_role *role = &plan->roles[i];

		durations[i] = pae_u64((uint64_t)role->duration_s);
		items[n++] = text(role->profile);
		items[n++] = text(role->role_arn);
		items[n++] = text(role->external_id);
		items[n++] = text(role->session_name);
		items[n++] = PAE_U64(durations[i]);
	}
	return digest(items, n, out, err);
}
