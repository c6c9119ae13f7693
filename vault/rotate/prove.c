/* SPDX-License-Identifier: MIT */
#include "vault/rotate/internal.h"
#include "vault/rotate/preflight.h"

#include <string.h>

enum { PROOFS = 2 };

/* Until when an unknown key is taken for a young one. */
static int64_t patience_ends(const struct rotate *rotate)
{
	int64_t now = clock_real_s(rotate->seams->clock);
	int64_t left = rotate->row.begun_at + STEP_PATIENCE_S - now;

	if (left < STEP_PATIENCE_MIN_S)
		left = STEP_PATIENCE_MIN_S;
	if (left > STEP_PATIENCE_S)
		left = STEP_PATIENCE_S;
	return clock_boot_ms(rotate->seams->clock) + left * 1000;
}

static bool is_another(const struct rotate *rotate, const struct sts_identity *identity,
		       struct error *err)
{
	if (strcmp(identity->arn, rotate->row.arn) == 0)
		return false;
	error_set(err, ERROR_AWS_REFUSED, "the new key belongs to %.300s", identity->arn);
	error_detail(err, "It was made for %.300s. Key %s works as before.", rotate->row.arn,
		     rotate->row.name);
	error_hint(err, "credvault rotate %s --abort", rotate->order.name);
	return true;
}

/* Time is up. A key that IAM does not list either was deleted by somebody: nothing is left to prove. */
static bool give_up(struct rotate *rotate, enum signer who, struct error *err)
{
	const char *id = who == SIGNER_NEW ? rotate->row.new_access_key_id : rotate->row.name;
	struct error why = *err;
	bool listed = false;

	if (who == SIGNER_OLD || !preflight_list(rotate, &why)) {
		error_detail(err, "It stays as it is; the next run goes on.");
		return error_hint(err, "credvault rotate %s", rotate->order.name);
	}
	for (size_t i = 0; i < rotate->found.keys.count; i++)
		listed |= strcmp(rotate->found.keys.items[i].access_key_id, id) == 0;
	if (listed) {
		error_detail(err,
			     "IAM lists it, and STS does not know it yet. Key %s works as "
			     "before.",
			     rotate->row.name);
		return error_hint(err, "credvault rotate %s", rotate->order.name);
	}
	error_set(err, ERROR_AWS_REFUSED, "the new key %s was deleted outside of this vault", id);
	error_detail(err, "Key %s works as before.", rotate->row.name);
	error_hint(err, "credvault rotate %s", rotate->order.name);
	(void)!step_end(rotate, rotate->row.name, "the new key was deleted at IAM by another",
			&why);
	return false;
}

static void tell(const struct rotate *rotate, int proved, int64_t wait_ms)
{
	const struct rotate_seams *seams = rotate->seams;

	if (seams->on_proving)
		seams->on_proving(seams->ctx, rotate, proved, wait_ms / 1000);
}

bool step_prove(struct rotate *rotate, enum signer who, struct error *err)
{
	int64_t until = patience_ends(rotate), wait = STEP_FIRST_WAIT_MS;
	int proved = 0;

	while (proved < PROOFS) {
		struct sts_identity identity;
		struct aws_failure failure = AWS_FAILURE_INIT;

		tell(rotate, proved, wait);
		if (!signer_wait(rotate, wait, err))
			return false;
		if (signer_identity(rotate, who, &identity, &failure, err)) {
			if (is_another(rotate, &identity, err))
				return false;
			proved++;
			wait = STEP_FIRST_WAIT_MS;
			continue;
		}
		/* One that is known here and not there begins anew. */
		proved = 0;
		if (strcmp(failure.aws_code, "InvalidClientTokenId") != 0)
			return false;
		wait = step_back_off(wait);
		if (clock_boot_ms(rotate->seams->clock) + wait > until)
			return give_up(rotate, who, err);
		*err = ERROR_INIT;
	}
	return true;
}
