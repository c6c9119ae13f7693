/* SPDX-License-Identifier: MIT */
#include "vault/rotate/sts_proof.h"

#include "vault/aws/sts.h"
#include "vault/base/text.h"
#include "vault/rotate/preflight.h"

#include <string.h>

enum { PROOFS = 2, ELSEWHERE_WAIT_MS = 10000 };

/* Besides its own region a key is asked about in IAM's own. */
static const char elsewhere_region[] = "us-east-1";

/* One proof under way. */
struct proof {
	struct rotate *rotate;
	enum signer_key who;
	bool asks_elsewhere;
	struct endpoint elsewhere;
	struct sts_identity identity; /* the last answer */
	struct aws_failure failure;   /* of the last question */
};

static bool proof_ask_at(struct proof *proof, const struct endpoint *endpoint, int64_t wait_ms,
			 struct error *err)
{
	struct signer by = {
	    .rotate = proof->rotate, .who = proof->who, .sts = endpoint, .wait_ms = wait_ms};
	struct sts_identity identity;
	bool ok;

	do {
		ok = signer_session(&by, err) &&
		     sts_get_caller_identity(&by.aws, &identity, &by.failure, err);
	} while (signer_again(&by, ok, err));
	proof->failure = by.failure;
	if (ok)
		proof->identity = identity;
	return ok;
}

/*
 * Whether STS knows the key, in its own region and then in the other one. There only what AWS says
 * of the key counts: a network that leads to the own region alone says nothing about the key, and
 * the other region is asked once.
 */
static bool proof_ask(struct proof *proof, struct error *err)
{
	if (!proof_ask_at(proof, &proof->rotate->sts, 0, err))
		return false;
	if (!proof->asks_elsewhere || strcmp(proof->identity.arn, proof->rotate->row.arn) != 0 ||
	    proof_ask_at(proof, &proof->elsewhere, ELSEWHERE_WAIT_MS, err))
		return true;
	if (strcmp(proof->failure.aws_code, "InvalidClientTokenId") == 0)
		return false;
	proof->asks_elsewhere = false;
	*err = ERROR_INIT;
	return true;
}

/* AWS refused, or was not reached, and the key's youth is not the reason. */
static bool proof_refused(const struct proof *proof, struct error *err)
{
	const struct rotation_record *row = &proof->rotate->row;
	const char *name = proof->rotate->order.name;

	if (proof->who == SIGNER_OLD) {
		error_detail(err, "Key %s is on again, and %s still current.", row->name,
			     row->new_access_key_id);
		return error_hint(err, "credvault rotate %s --undo", TEXT_WORD(name));
	}
	error_detail(err, "Key %s works as before; the new key %s is on record.", row->name,
		     row->new_access_key_id);
	if (err->hint[0])
		return false;
	return error_hint(err,
			  err->code == ERROR_AWS_REFUSED ? "credvault rotate %s --abort"
							 : "credvault rotate %s",
			  TEXT_WORD(name));
}

/* Time is up. A key that IAM does not list either was deleted by somebody: the rotation ends. */
static bool proof_give_up(const struct proof *proof, struct error *err)
{
	struct rotate *rotate = proof->rotate;
	const char *id = proof->who == SIGNER_NEW ? rotate->row.new_access_key_id
						  : rotate->row.name;
	struct error why = *err;

	if (proof->who == SIGNER_OLD || !preflight_list(rotate, &why)) {
		error_detail(err, "It stays as it is; the next run goes on.");
		return error_hint(err, "credvault rotate %s", TEXT_WORD(rotate->order.name));
	}
	if (rotate_listed(rotate, id)) {
		error_detail(err,
			     "IAM lists it, and STS does not know it yet. Key %s works as "
			     "before.",
			     rotate->row.name);
		return error_hint(err, "credvault rotate %s", TEXT_WORD(rotate->order.name));
	}
	error_set(err, ERROR_AWS_REFUSED, "the new key %s was deleted outside of this vault", id);
	error_detail(err, "Key %s works as before.", rotate->row.name);
	error_hint(err, "credvault rotate %s", TEXT_WORD(rotate->order.name));
	(void)!rotate_end(rotate, rotate->row.name, "the new key was deleted at IAM by another",
			  &why);
	return false;
}

bool step_prove(struct rotate *rotate, enum signer_key who, struct error *err)
{
	const struct rotate_seams *seams = rotate->seams;
	const struct rotation_record *row = &rotate->row;
	int64_t patience_s = row->begun_at + ROTATE_PATIENCE_S - clock_real_s(seams->clock);
	int64_t until, wait = ROTATE_WAIT_FIRST_MS;
	struct proof proof = {.rotate = rotate, .who = who};
	int proved = 0;

	/* A custom endpoint is all there is of its AWS, and us-east-1 is of one partition alone. */
	proof.asks_elsewhere = rotate->sts.kind == ENDPOINT_AWS && !row->endpoint[0] &&
			       strcmp(rotate->sts.partition, "aws") == 0 &&
			       strcmp(rotate->sts.region, elsewhere_region) != 0 &&
			       endpoint_make("sts", elsewhere_region, NULL, &proof.elsewhere,
					     &(struct error){0});
	/* Until then an unknown key is taken for a young one. */
	if (patience_s < ROTATE_PATIENCE_MIN_S)
		patience_s = ROTATE_PATIENCE_MIN_S;
	if (patience_s > ROTATE_PATIENCE_S)
		patience_s = ROTATE_PATIENCE_S;
	until = clock_boot_ms(seams->clock) + patience_s * 1000;
	while (proved < PROOFS) {
		int64_t left;

		seams->on_proving(seams->ctx, rotate, proved, wait / 1000);
		if (!rotate_wait(rotate, wait, err))
			return false;
		if (proof_ask(&proof, err)) {
			if (strcmp(proof.identity.arn, row->arn) != 0) {
				error_set(err, ERROR_AWS_REFUSED, "the new key belongs to %.300s",
					  proof.identity.arn);
				error_detail(err, "It was made for %.300s. Key %s works as before.",
					     row->arn, row->name);
				return error_hint(err, "credvault rotate %s --abort",
						  TEXT_WORD(rotate->order.name));
			}
			proved++;
			wait = ROTATE_WAIT_FIRST_MS;
			continue;
		}
		/* A key that is known here and not there is proved from the beginning again. */
		proved = 0;
		if (strcmp(proof.failure.aws_code, "InvalidClientTokenId") != 0)
			return proof_refused(&proof, err);
		left = until - clock_boot_ms(seams->clock);
		if (left <= 0)
			return proof_give_up(&proof, err);
		wait = rotate_back_off(wait);
		/* The last question comes when patience ends, not a long wait before. */
		if (wait > left)
			wait = left > ROTATE_WAIT_FIRST_MS ? left : ROTATE_WAIT_FIRST_MS;
		*err = ERROR_INIT;
	}
	return true;
}
