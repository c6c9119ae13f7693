/* SPDX-License-Identifier: MIT */
#include "vault/rotate/signer.h"

#include "vault/base/text.h"
#include "vault/creds/source_key.h"

#include <stdio.h>
#include <string.h>

static bool signer_has_session(const struct rotate *rotate)
{
	return rotate->session.session_token.len > 0;
}

static bool signer_may_ask(const struct signer *by)
{
	return !by->no_code && by->rotate->key.mfa_serial[0] && !by->rotate->session_died;
}

/* No session with MFA can be had, and the key that requires one signs nothing without. */
static bool signer_wants_mfa(const struct signer *by, struct error *err)
{
	const char *name = by->rotate->order.name;

	if (!by->rotate->key.mfa_serial[0]) {
		error_set(err, ERROR_MFA_NEEDED, "the key requires MFA and no device is known");
		return error_hint(err, "credvault edit %s --mfa-serial ARN", TEXT_WORD(name));
	}
	error_set(err, ERROR_MFA_NEEDED, "the key requires MFA, and its session is over");
	error_detail(err, "The next run makes another one, with a code.");
	return error_hint(err, "credvault rotate %s --resume", TEXT_WORD(name));
}

static bool signer_get_session(struct rotate *rotate, struct error *err)
{
	return rotate->seams->session(rotate->seams->ctx, &rotate->key, &rotate->session, err);
}

/* Of the two keys one stands in the vault's rows, the other in the journal's row. */
static bool signer_read_key(struct signer *by, struct error *err)
{
	const struct rotate *rotate = by->rotate;
	const struct rotation_record *row = &rotate->row;
	const char *id = by->who == SIGNER_NEW ? row->new_access_key_id : rotate_old_id(rotate);
	struct access_key key;
	bool ok;

	access_key_init(&key);
	ok = source_key_read(rotate->seams->store, rotate->order.name, &key, NULL, err);
	if (ok && strcmp(key.access_key_id, id) != 0) {
		(void)snprintf(key.access_key_id, sizeof(key.access_key_id), "%s", id);
		ok = row->secret.len > 0
			 ? secret_set(&key.secret, row->secret.data, row->secret.len, err)
			 : error_set(err, ERROR_FAILED, "the key was replaced meanwhile");
	}
	ok = ok && source_key_signer(&key, &by->key, err);
	access_key_clear(&key);
	return ok;
}

static bool signer_gone(void *ctx)
{
	const struct rotate_seams *seams = ((const struct rotate *)ctx)->seams;

	return seams->gone(seams->ctx);
}

static void signer_waiting(void *ctx, int64_t wait_ms)
{
	const struct rotate *rotate = ctx;

	rotate->seams->on_waiting(rotate->seams->ctx, rotate, "IAM", wait_ms / 1000);
}

bool signer_session(struct signer *by, struct error *err)
{
	struct rotate *rotate = by->rotate;
	const struct rotate_seams *seams = rotate->seams;
	const struct endpoint *endpoint = by->sts ? by->sts : &rotate->iam;

	by->failure = AWS_FAILURE_INIT;
	by->ready = by->outside = false;
	by->key = CREDENTIALS_INIT;
	if (!by->sts && rotate->key.mfa_required && !signer_has_session(rotate) &&
	    !(signer_may_ask(by) ? signer_get_session(rotate, err) : signer_wants_mfa(by, err)))
		return false;
	by->watch = (struct pace_watch){rotate, signer_gone, signer_waiting};
	by->aws = (struct aws){.http = seams->http,
			       .clock = seams->clock,
			       .endpoint = endpoint,
			       .signer = &by->key,
			       .skew = seams->skew(seams->ctx, endpoint->url),
			       .proxy = rotate->order.proxy,
			       .pace = seams->pace(seams->ctx, endpoint->host),
			       .watch = &by->watch,
			       .listener = seams->listener};
	/* IAM wants the name with a session; the root user has none. */
	by->user_name = rotate->user_name[0] ? rotate->user_name : NULL;
	if (!by->sts && signer_has_session(rotate))
		by->aws.signer = &rotate->session;
	else if (!signer_read_key(by, err))
		return false;
	if (by->wait_ms)
		by->aws.deadline_ms = clock_boot_ms(seams->clock) + by->wait_ms;
	by->ready = by->outside = true;
	seams->leave(seams->ctx);
	if (by->stays) {
		by->ready = pace_wait(by->aws.pace, seams->clock, &by->watch, &by->aws.turn_ms,
				      err);
		seams->enter(seams->ctx);
		by->outside = false;
	}
	return by->ready;
}

bool signer_again(struct signer *by, bool ok, struct error *err)
{
	struct rotate *rotate = by->rotate;
	const char *code = by->failure.aws_code;
	struct error why = ERROR_INIT;

	if (by->outside)
		rotate->seams->enter(rotate->seams->ctx);
	credentials_clear(&by->key);
	if (ok || !by->ready || by->last || by->sts)
		return false;
	if (by->aws.signer == &rotate->session) {
		/* A session dies at its end, and with the key that it was made from. */
		if (strcmp(code, "ExpiredToken") != 0 && strcmp(code, "InvalidClientTokenId") != 0)
			return false;
		credentials_clear(&rotate->session);
		rotate->session_died = true;
	} else {
		if (strcmp(code, "AccessDenied") != 0 || !signer_may_ask(by))
			return false;
		/* Why there is no session says more than that the key alone is denied. */
		if (!signer_get_session(rotate, &why)) {
			*err = why;
			return false;
		}
		by->last = true;
	}
	*err = ERROR_INIT;
	return true;
}

bool signer_change(struct rotate *rotate, enum signer_key who, enum signer_change change,
		   const char *id, struct aws_failure *failure, struct error *err)
{
	struct signer by = {.rotate = rotate, .who = who};
	bool ok;

	do {
		if (!signer_session(&by, err))
			ok = false;
		else if (change == SIGNER_DELETE)
			ok = iam_delete_access_key(&by.aws, by.user_name, id, &by.failure, err);
		else
			ok = iam_update_access_key(&by.aws, by.user_name, id,
						   change == SIGNER_SWITCH_ON, &by.failure, err);
	} while (signer_again(&by, ok, err));
	*failure = by.failure;
	return ok;
}
