/* SPDX-License-Identifier: MIT */
#include "vault/rotate/signer.h"

#include "vault/creds/source_key.h"

#include <stdio.h>
#include <string.h>

enum { PIECE_MS = 250 };

/* Whichever of the two keys it is: one stands in the vault's rows, the other in the journal. */
static bool key_of(const struct rotate *rotate, enum signer who, struct credentials *signer,
		   struct error *err)
{
	const struct rotation_record *row = &rotate->row;
	const char *id = who == SIGNER_NEW ? row->new_access_key_id
					   : (row->step ? row->name : rotate->key.access_key_id);
	struct access_key key;
	bool ok;

	access_key_init(&key);
	ok = source_key_read(rotate->seams->store, rotate->order.name, &key, NULL, err);
	if (ok && strcmp(key.access_key_id, id) == 0) {
		ok = source_key_signer(&key, signer, err);
	} else if (ok && row->secret.len > 0) {
		(void)snprintf(key.access_key_id, sizeof(key.access_key_id), "%s", id);
		ok = secret_set(&key.secret, row->secret.data, row->secret.len, err) &&
		     source_key_signer(&key, signer, err);
	} else if (ok) {
		ok = error_set(err, ERROR_FAILED, "the key was replaced meanwhile");
	}
	access_key_clear(&key);
	return ok;
}

static void leave(const struct rotate *rotate)
{
	if (rotate->seams->leave)
		rotate->seams->leave(rotate->seams->ctx);
}

static void enter(const struct rotate *rotate)
{
	if (rotate->seams->enter)
		rotate->seams->enter(rotate->seams->ctx);
}

static bool nobody_waits(void *ctx)
{
	const struct rotate *rotate = ctx;

	return rotate->seams->gone && rotate->seams->gone(rotate->seams->ctx);
}

static void tell_wait(void *ctx, int64_t wait_ms)
{
	const struct rotate *rotate = ctx;

	if (rotate->seams->on_waiting)
		rotate->seams->on_waiting(rotate->seams->ctx, rotate, "IAM", wait_ms / 1000);
}

static struct pace_watch watch_of(struct rotate *rotate)
{
	return (struct pace_watch){.ctx = rotate, .gone = nobody_waits, .waiting = tell_wait};
}

static struct aws aws_at(const struct rotate *rotate, const struct endpoint *endpoint,
			 const struct credentials *signer, const struct pace_watch *watch)
{
	const struct rotate_seams *seams = rotate->seams;

	return (struct aws){.http = seams->http,
			    .clock = seams->clock,
			    .endpoint = endpoint,
			    .signer = signer,
			    .skew = seams->skew(seams->ctx, endpoint->url),
			    .proxy = rotate->order.proxy,
			    .pace = seams->pace ? seams->pace(seams->ctx, endpoint->host) : NULL,
			    .watch = watch};
}

static bool call_as(struct rotate *rotate, const struct credentials *signer, signer_call *fn,
		    void *arg, bool stay, struct aws_failure *failure, struct error *err)
{
	const struct pace_watch watch = watch_of(rotate);
	struct aws aws = aws_at(rotate, &rotate->iam, signer, &watch);
	bool ok;

	*failure = AWS_FAILURE_INIT;
	leave(rotate);
	if (stay) {
		/* Its turn is waited for before; from there on nobody ends the agent. */
		ok = pace_wait(aws.pace, aws.clock, &watch, &aws.turn_ms, err);
		enter(rotate);
		if (!ok)
			return false;
	}
	/* IAM wants the name with a session; the root user has none. */
	ok = fn(&aws, rotate->user_name[0] ? rotate->user_name : NULL, arg, failure, err);
	if (!stay)
		enter(rotate);
	return ok;
}

static bool call_with_key(struct rotate *rotate, enum signer who, signer_call *fn, void *arg,
			  bool stay, struct aws_failure *failure, struct error *err)
{
	struct credentials signer = CREDENTIALS_INIT;
	bool ok = key_of(rotate, who, &signer, err) &&
		  call_as(rotate, &signer, fn, arg, stay, failure, err);

	credentials_clear(&signer);
	return ok;
}

static bool has_session(const struct rotate *rotate)
{
	return rotate->session.session_token.len > 0;
}

static bool can_get_session(const struct rotate *rotate)
{
	return rotate->key.mfa_serial[0] && rotate->seams->session && !rotate->session_died;
}

static bool get_session(struct rotate *rotate, struct error *err)
{
	const struct rotate_seams *seams = rotate->seams;

	return seams->session(seams->ctx, &rotate->key, &rotate->session, err);
}

/* AWS does not take the session any more: it ended, or its key was switched off. */
static bool session_died(const struct aws_failure *failure)
{
	return strcmp(failure->aws_code, "ExpiredToken") == 0 ||
	       strcmp(failure->aws_code, "InvalidClientTokenId") == 0;
}

bool signer_iam(struct rotate *rotate, enum signer who, signer_call *fn, void *arg, bool stay,
		struct aws_failure *failure, struct error *err)
{
	struct error why = ERROR_INIT;

	if (rotate->key.mfa_required && !has_session(rotate) && can_get_session(rotate) &&
	    !get_session(rotate, err))
		return false;
	if (has_session(rotate)) {
		if (call_as(rotate, &rotate->session, fn, arg, stay, failure, err))
			return true;
		if (!session_died(failure))
			return false;
		credentials_clear(&rotate->session);
		rotate->session_died = true;
	}
	*err = ERROR_INIT;
	if (call_with_key(rotate, who, fn, arg, stay, failure, err))
		return true;
	if (strcmp(failure->aws_code, "AccessDenied") != 0 || !can_get_session(rotate))
		return false;
	if (!get_session(rotate, &why)) {
		/* Why there is no session says more than that the key alone is not enough. */
		*err = why;
		return false;
	}
	*err = ERROR_INIT;
	return call_as(rotate, &rotate->session, fn, arg, stay, failure, err);
}

bool signer_iam_without_code(struct rotate *rotate, enum signer who, signer_call *fn, void *arg,
			     struct aws_failure *failure, struct error *err)
{
	const struct rotate_seams *seams = rotate->seams;
	struct rotate_seams alone = *seams;
	bool ok;

	alone.session = NULL;
	rotate->seams = &alone;
	ok = signer_iam(rotate, who, fn, arg, false, failure, err);
	rotate->seams = seams;
	return ok;
}

bool signer_update(const struct aws *aws, const char *user_name, void *arg,
		   struct aws_failure *failure, struct error *err)
{
	const struct signer_key *key = arg;

	return iam_update_access_key(aws, user_name, key->id, key->active, failure, err);
}

bool signer_delete(const struct aws *aws, const char *user_name, void *arg,
		   struct aws_failure *failure, struct error *err)
{
	const struct signer_key *key = arg;

	return iam_delete_access_key(aws, user_name, key->id, failure, err);
}

bool signer_last_used(const struct aws *aws, const char *user_name, void *arg,
		      struct aws_failure *failure, struct error *err)
{
	struct signer_key *key = arg;

	(void)user_name;
	return iam_get_access_key_last_used(aws, key->id, &key->last, failure, err);
}

bool signer_identity(struct rotate *rotate, enum signer who, struct sts_identity *out,
		     struct aws_failure *failure, struct error *err)
{
	return signer_identity_at(rotate, who, &rotate->sts, 0, out, failure, err);
}

bool signer_identity_at(struct rotate *rotate, enum signer who, const struct endpoint *endpoint,
			int64_t wait_ms, struct sts_identity *out, struct aws_failure *failure,
			struct error *err)
{
	const struct pace_watch watch = watch_of(rotate);
	struct credentials signer = CREDENTIALS_INIT;
	struct aws aws;
	bool ok = key_of(rotate, who, &signer, err);

	if (ok) {
		aws = aws_at(rotate, endpoint, &signer, &watch);
		if (wait_ms)
			aws.deadline_ms = clock_boot_ms(aws.clock) + wait_ms;
		leave(rotate);
		ok = sts_get_caller_identity(&aws, out, failure, err);
		enter(rotate);
	}
	credentials_clear(&signer);
	return ok;
}

bool signer_wait(struct rotate *rotate, int64_t ms, struct error *err)
{
	const struct rotate_seams *seams = rotate->seams;
	bool gone = false;

	leave(rotate);
	while (ms > 0 && !gone) {
		int64_t piece = seams->gone && ms > PIECE_MS ? PIECE_MS : ms;

		clock_sleep_ms(seams->clock, piece);
		ms -= piece;
		gone = seams->gone && seams->gone(seams->ctx);
	}
	enter(rotate);
	return !gone || error_set(err, ERROR_INTERRUPTED, "the client has gone");
}
