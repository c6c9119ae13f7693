/* SPDX-License-Identifier: MIT */
#include "vault/creds/session.h"

#include "vault/base/buf.h"
#include "vault/base/text.h"
#include "vault/seal/pae.h"

#include <stdio.h>
#include <string.h>

enum { DIGEST_INPUT_MAX = 65536 };

/* SHA-256 over PAE, without a key: sealed rows have a binding of their own. */
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

const char *session_region(const struct plan *plan, const struct origin *origin)
{
	struct arn arn;

	if (plan->region[0])
		return plan->region;
	if (origin->region[0])
		return origin->region;
	return endpoint_default_region(arn_parse(origin->arn, &arn) ? arn.partition : "");
}

bool session_check_endpoint(uint64_t place, const char *host, const struct endpoint *endpoint,
			    struct error *err)
{
	enum endpoint_class kind = ENDPOINT_AWS;

	switch (place) {
	case ACCESS_KEY_AT_AWS: kind = ENDPOINT_AWS; break;
	case ACCESS_KEY_AT_HOST: kind = ENDPOINT_HTTPS; break;
	case ACCESS_KEY_AT_LOOPBACK: kind = ENDPOINT_LOOPBACK; break;
	default: return error_set(err, ERROR_TAMPERED, "the key's endpoint class is unknown");
	}
	if (endpoint_allows(kind, host, endpoint))
		return true;
	error_set(err, ERROR_FAILED, "this key is not used with the endpoint %s", endpoint->host);
	error_detail(err, "It was added for %s%s%s; nothing was signed or sent.",
		     endpoint_class_name(kind), host[0] ? " " : "", host);
	return false;
}

/* The step's fields enter the digest in its source's order. */
static bool digest_step(const unsigned char parent[static DIGEST_BYTES], const char *serial,
			struct session_step *step, struct error *err)
{
	struct pae_u64 number = pae_u64(step->source->number);
	struct pae_u64 duration = pae_u64((uint64_t)step->duration_s);
	struct pae_u64 code = pae_u64(step->needs_code ? 1 : 0);
	struct pae_u64 mfa = pae_u64(step->mfa ? 1 : 0);
	struct pae_item items[7 + SOURCE_FIELDS_MAX] = {
	    PAE_TEXT("credvault/step/v2"),
	    {parent, DIGEST_BYTES},
	    PAE_U64(number),
	    PAE_U64(duration),
	    PAE_U64(code),
	    PAE_U64(mfa),
	    pae_text(step->needs_code ? serial : ""),
	};
	size_t n = 7;

	for (const struct source_field *field = step->source->fields; field->name; field++) {
		const char *value = plan_value(step->asked, field->name);

		items[n++] = pae_text(value ? value : "");
	}
	return digest(items, n, step->digest, err);
}

int64_t session_fresh_s(const struct plan *plan)
{
	int64_t duration = plan->steps_count ? plan_duration_s(plan, plan->steps_count - 1)
					     : plan->duration_s;

	return duration && duration < 2 * SESSION_FRESH_S ? duration / 2 : SESSION_FRESH_S;
}

static void add_step(const struct source *source, const struct plan_step *asked, int64_t duration_s,
		     struct session_steps *out)
{
	const struct session_step *before = out->count ? &out->at[out->count - 1] : NULL;
	bool mfa = out->mfa_serial[0] != '\0';
	struct session_step *step = &out->at[out->count++];

	*step = (struct session_step){
	    .source = source, .asked = asked, .duration_s = duration_s, .mfa = mfa};
	step->needs_code = mfa && !before && (source->needs & SOURCE_CODE);
	if (!step->duration_s)
		step->duration_s = mfa ? source->mfa_duration_s : source->duration_s;
	if (source->chained_max_s && step->duration_s > source->chained_max_s)
		for (const struct session_step *at = out->at; at < step; at++)
			if (at->source == source)
				step->duration_s = source->chained_max_s;
}

/* AWS's answer for a role of another partition is the same as for a missing role. */
static bool check_partitions(const struct plan *plan, const struct endpoint *endpoint,
			     struct error *err)
{
	for (size_t i = 0; i < plan->steps_count; i++) {
		const char *role = plan_value(&plan->steps[i], "role_arn");
		struct arn arn;

		if (!role || !arn_parse(role, &arn) ||
		    strcmp(arn.partition, endpoint->partition) == 0)
			continue;
		error_set(err, ERROR_USAGE, "the role is of the partition %s, the region %s of %s",
			  arn.partition, endpoint->region, endpoint->partition);
		error_detail(err, "%s. Nothing was signed or sent.", role);
		error_hint(err, "region = %s in the profile",
			   endpoint_default_region(arn.partition));
		return error_profile(err, plan->steps[i].profile);
	}
	return true;
}

/* AWS lets the root user assume no role, and cuts its sessions. */
static bool check_root(const struct plan *plan, const struct origin *origin, struct error *err)
{
	for (size_t i = 0; i < plan->steps_count; i++) {
		if (strcmp(plan->steps[i].kind, PLAN_ROLE) != 0)
			continue;
		error_set(err, ERROR_USAGE, "AWS lets an account's root user assume no role");
		error_detail(err,
			     "%s is the root key of account %s. Nothing was signed or sent. An IAM "
			     "user of that account may assume it.",
			     origin->name, origin->account_id);
		error_hint(err, "credvault add NAME");
		return error_profile(err, plan->steps[i].profile);
	}
	if (plan->duration_s <= PLAN_ROOT_DURATION_MAX)
		return true;
	error_set(err, ERROR_USAGE,
		  "a session of an account's root user lasts 1 hour at the most "
		  "(AWS's limit)");
	error_hint(err, "-d 1h");
	return error_profile(err, origin->name);
}

bool session_steps(const struct sources *sources, const struct plan *plan, struct origin *origin,
		   struct session_steps *out, struct error *err)
{
	const bool root = arn_is_root(origin->arn);
	unsigned char parent[DIGEST_BYTES];

	memset(out, 0, sizeof(*out));
	if (!endpoint_make_variant("sts", session_region(plan, origin), plan->endpoint,
				   &plan->variant, &out->endpoint, err) ||
	    !session_check_endpoint(origin->endpoint_class, origin->endpoint_host, &out->endpoint,
				    err) ||
	    !check_partitions(plan, &out->endpoint, err) ||
	    (root && !check_root(plan, origin, err)))
		return error_profile(err, origin->name);
	/* A device belongs to the user of a long-term key. */
	if (origin->source->sign)
		(void)snprintf(out->mfa_serial, sizeof(out->mfa_serial), "%s",
			       plan->mfa_serial[0] ? plan->mfa_serial : origin->mfa_serial);
	if (origin->mfa_required && !out->mfa_serial[0]) {
		error_set(err, ERROR_MFA_NEEDED, "this key requires MFA and no device is known");
		error_detail(err, "Nothing is handed out from it without an MFA session.");
		error_hint(err, "credvault add %s --replace --mfa-serial ARN",
			   TEXT_WORD(origin->name));
		return error_profile(err, origin->name);
	}
	if (origin->source->sign && arn_is_security_key(out->mfa_serial)) {
		error_set(err, ERROR_MFA_NEEDED, "STS takes no codes of a security key (%s)",
			  out->mfa_serial);
		error_detail(err, "A virtual or hardware device that shows six digits is needed; "
				  "a user may have eight devices.");
		error_hint(err, "credvault edit %s --mfa-serial ARN", TEXT_WORD(origin->name));
		return error_profile(err, origin->name);
	}
	if (!origin->source->sign)
		add_step(origin->source, &plan->origin,
			 plan->steps_count ? plan->origin.duration_s : plan->duration_s, out);
	for (size_t i = 0; i < plan->steps_count; i++) {
		if (!plan_is_bypassed(plan, i))
			add_step(sources_find(sources, plan->steps[i].kind), &plan->steps[i],
				 plan_duration_s(plan, i), out);
	}
	for (size_t i = 0; root && i < out->count; i++) {
		if (out->at[i].duration_s > PLAN_ROOT_DURATION_MAX)
			out->at[i].duration_s = PLAN_ROOT_DURATION_MAX;
	}
	if (!origin->source->digest(origin, &out->endpoint, origin->digest, err))
		return false;
	memcpy(parent, origin->digest, sizeof(parent));
	for (size_t i = 0; i < out->count; i++) {
		if (!digest_step(parent, out->mfa_serial, &out->at[i], err))
			return false;
		memcpy(parent, out->at[i].digest, sizeof(parent));
	}
	return true;
}

bool session_open(struct store *store, const struct sources *sources, const struct plan *plan,
		  struct origin *origin, struct session_steps *out, struct error *err)
{
	if (!plan_check(plan, err) || !sources_check_plan(sources, plan, err))
		return false;
	*origin = (struct origin){.source = sources_find(sources, plan->origin.kind)};
	return origin->source->open(store, &plan->origin, origin, err) &&
	       session_steps(sources, plan, origin, out, err);
}

enum { STEP_ITEMS_MAX = 4 + 2 * PLAN_FIELDS_MAX };

static size_t step_items(const struct plan_step *step, struct pae_u64 numbers[2],
			 struct pae_item *items)
{
	size_t n = 0;

	numbers[0] = pae_u64((uint64_t)step->duration_s);
	numbers[1] = pae_u64(step->fields_count);
	items[n++] = pae_text(step->kind);
	items[n++] = pae_text(step->profile ? step->profile : "");
	items[n++] = PAE_U64(numbers[0]);
	items[n++] = PAE_U64(numbers[1]);
	for (size_t i = 0; i < step->fields_count; i++) {
		items[n++] = pae_text(step->fields[i].name);
		items[n++] = pae_text(step->fields[i].value);
	}
	return n;
}

bool session_request_digest(const struct plan *plan, const char *profile,
			    unsigned char out[static DIGEST_BYTES], struct error *err)
{
	struct pae_u64 duration = pae_u64((uint64_t)plan->duration_s);
	struct pae_u64 variant = pae_u64((plan->variant.fips ? 1u : 0u) |
					 (plan->variant.dual_stack ? 2u : 0u) |
					 (plan->variant.global ? 4u : 0u));
	struct pae_u64 numbers[PLAN_STEPS_MAX + 1][2];
	struct pae_item items[9 + STEP_ITEMS_MAX * (PLAN_STEPS_MAX + 1)];
	size_t n = 0;

	items[n++] = PAE_TEXT("credvault/request/v3");
	items[n++] = pae_text(profile);
	items[n++] = pae_text(plan->mfa_serial);
	items[n++] = PAE_U64(duration);
	items[n++] = pae_text(plan->region);
	items[n++] = pae_text(plan->endpoint);
	items[n++] = PAE_U64(variant);
	items[n++] = pae_text(plan->proxy.url ? plan->proxy.url : "");
	items[n++] = pae_text(plan->proxy.except ? plan->proxy.except : "");
	n += step_items(&plan->origin, numbers[0], items + n);
	for (size_t i = 0; i < plan->steps_count; i++)
		n += step_items(&plan->steps[i], numbers[i + 1], items + n);
	return digest(items, n, out, err);
}
