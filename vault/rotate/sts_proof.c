/* SPDX-License-Identifier: MIT */
#include "vault/rotate/sts_proof.h"

#include "vault/rotate/preflight.h"
#include "vault/rotate/signer.h"
#include "vault/rotate/step.h"

#include <string.h>

enum { PROOFS = 2, ELSEWHERE_WAIT_MS = 10000 };

/* Where a key is asked about besides its own region: IAM itself stands there. */
static const char elsewhere_region[] = "us-east-1";

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

/* AWS refused, or was not there, for a reason that is not the key's youth. */
static bool unproved(const struct rotate *rotate, enum signer who, struct error *err)
{
	const struct rotation_record *row = &rotate->row;
	const char *name = rotate->order.name;

	if (who == SIGNER_OLD) {
		error_detail(err, "Key %s is on again, and %s still current.", row->name,
			     row->new_access_key_id);
		return error_hint(err, "credvault rotate %s --undo", name);
	}
	error_detail(err, "Key %s works as before; the new key %s is on record.", row->name,
		     row->new_access_key_id);
	if (err->hint[0])
		return false;
	return error_hint(err,
			  err->code == ERROR_AWS_REFUSED ? "credvault rotate %s --abort"
							 : "credvault rotate %s",
			  name);
}

/*
 * Time is up. A key that IAM does not list either was deleted by somebody: nothing is left to
 * prove.
 */
static bool give_up(struct rotate *rotate, enum signer who, struct error *err)
{
	const char *id = who == SIGNER_NEW ? rotate->row.new_access_key_id : rotate->row.name;
	struct error why = *err;

	if (who == SIGNER_OLD || !preflight_list(rotate, &why)) {
		error_detail(err, "It stays as it is; the next run goes on.");
		return error_hint(err, "credvault rotate %s", rotate->order.name);
	}
	if (rotate_listed(rotate, id)) {
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

/*
 * At AWS's own endpoints, in the partition where it stands for the whole. A custom endpoint is all
 * there is of its AWS.
 */
static bool has_elsewhere(const struct rotate *rotate, struct endpoint *out)
{
	const struct endpoint *own = &rotate->sts;
	struct error unused;

	return own->kind == ENDPOINT_AWS && !rotate->row.endpoint[0] &&
	       strcmp(own->partition, "aws") == 0 && strcmp(own->region, elsewhere_region) != 0 &&
	       endpoint_make("sts", elsewhere_region, NULL, out, &unused);
}

/*
 * Whether STS knows the key, in its own region and then in the other one. Only what AWS says of the
 * key counts there: a network that leads to its own region alone says nothing about the key, and is
 * asked once.
 */
static bool ask(struct rotate *rotate, enum signer who, struct endpoint *other, bool *asks_other,
		struct sts_identity *identity, struct aws_failure *failure, struct error *err)
{
	struct sts_identity there;

	if (!signer_identity(rotate, who, identity, failure, err))
		return false;
	if (!*asks_other || strcmp(identity->arn, rotate->row.arn) != 0)
		return true;
	*failure = AWS_FAILURE_INIT;
	if (signer_identity_at(rotate, who, other, ELSEWHERE_WAIT_MS, &there, failure, err)) {
		*identity = there;
		return true;
	}
	if (strcmp(failure->aws_code, "InvalidClientTokenId") == 0)
		return false;
	*asks_other = false;
	*err = ERROR_INIT;
	return true;
}

bool step_prove(struct rotate *rotate, enum signer who, struct error *err)
{
	int64_t until = patience_ends(rotate), wait = STEP_FIRST_WAIT_MS;
	struct endpoint other;
	bool asks_other = has_elsewhere(rotate, &other);
	int proved = 0;

	while (proved < PROOFS) {
		struct sts_identity identity;
		struct aws_failure failure = AWS_FAILURE_INIT;
		int64_t left;

		tell(rotate, proved, wait);
		if (!signer_wait(rotate, wait, err))
			return false;
		if (ask(rotate, who, &other, &asks_other, &identity, &failure, err)) {
			if (is_another(rotate, &identity, err))
				return false;
			proved++;
			wait = STEP_FIRST_WAIT_MS;
			continue;
		}
		/* One that is known here and not there begins anew. */
		proved = 0;
		if (strcmp(failure.aws_code, "InvalidClientTokenId") != 0)
			return unproved(rotate, who, err);
		left = until - clock_boot_ms(rotate->seams->clock);
		if (left <= 0)
			return give_up(rotate, who, err);
		wait = step_back_off(wait);
		/* The last one is asked for when patience ends, not a long wait before. */
		if (wait > left)
			wait = left > STEP_FIRST_WAIT_MS ? left : STEP_FIRST_WAIT_MS;
		*err = ERROR_INIT;
	}
	return true;
}
