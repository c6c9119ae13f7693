/* SPDX-License-Identifier: MIT */
#include "vault/agent/mint/mfa.h"

#include "vault/base/text.h"
#include "vault/creds/session.h"
#include "vault/store/change/commit.h"
#include "vault/store/rows/rows.h"
#include "vault/wire/tables/msg_credentials.h"

#include <stdio.h>
#include <string.h>

static bool read_step(struct agent *agent, const char *serial, struct mfa_step *step,
		      struct error *err)
{
	struct buf plain = ROW_BUF;
	bool ok;

	memset(step, 0, sizeof(*step));
	ok = row_get(agent->store, TABLE_MFA, serial, NULL, &plain, err) &&
	     mfa_step_decode(plain.data, plain.len, step, err);
	buf_clear(&plain);
	if (!ok && err->code == ERROR_NOT_FOUND) {
		(void)snprintf(step->name, sizeof(step->name), "%s", serial);
		return true;
	}
	return ok;
}

bool mfa_wait_s(struct agent *agent, const char *serial, int64_t now, int64_t *wait_s,
		struct error *err)
{
	struct mfa_step step;

	if (!read_step(agent, serial, &step, err))
		return false;
	*wait_s = step.last_step == (uint64_t)totp_step(now) ? totp_seconds_left(now) : 0;
	return true;
}

/* The same six digits recur by chance; within ten minutes they count as the same code. */
static bool same(const struct mfa_step *step, const unsigned char *digest, int64_t now)
{
	return (uint64_t)totp_step(now) < step->last_step + MFA_SAME_STEPS &&
	       secret_equal(step->code_digest, digest, SEAL_DIGEST_BYTES);
}

struct claim {
	const char *serial;
	unsigned char digest[SEAL_DIGEST_BYTES];
	int64_t now;
	struct mfa_step *before;
	const struct mfa_step *restore;
};

static bool put_step(struct txn *txn, const struct mfa_step *step, struct error *err)
{
	struct buf plain = ROW_BUF;
	bool ok = mfa_step_encode(step, &plain, err) &&
		  row_put(txn, TABLE_MFA, step->name, &plain, NULL, err);

	buf_clear(&plain);
	return ok;
}

static bool claim_row(struct txn *txn, void *arg, struct error *err)
{
	struct claim *claim = arg;
	struct mfa_step step = {.last_step = 0};
	struct buf plain = ROW_BUF;
	bool ok;

	ok = row_read(txn, TABLE_MFA, claim->serial, NULL, &plain, err);
	if (ok)
		ok = mfa_step_decode(plain.data, plain.len, &step, err);
	else
		ok = err->code == ERROR_NOT_FOUND;
	buf_clear(&plain);
	if (!ok)
		return false;
	(void)snprintf(step.name, sizeof(step.name), "%s", claim->serial);
	*claim->before = step;
	if (same(&step, claim->digest, claim->now)) {
		error_set(err, ERROR_MFA_REFUSED, "this MFA code was sent before");
		error_detail(err, "AWS takes a code once; it is not sent again.");
		return error_hint(err, "wait for the next code (%lld s)",
				  (long long)totp_seconds_left(claim->now));
	}
	step.last_step = (uint64_t)totp_step(claim->now);
	memcpy(step.code_digest, claim->digest, sizeof(step.code_digest));
	return put_step(txn, &step, err);
}

bool mfa_claim(struct agent *agent, const char *serial, const char *code, int64_t now,
	       struct mfa_step *before, struct error *err)
{
	struct claim claim = {.serial = serial, .now = now, .before = before};

	return mfa_step_digest(&agent->keys, serial, code, claim.digest, err) &&
	       store_commit(agent->store, claim_row, &claim, err);
}

/* Another request's code may have been sent since: the step of that code stays. */
static bool restore_row(struct txn *txn, void *arg, struct error *err)
{
	const struct claim *claim = arg;
	struct buf plain = ROW_BUF;
	struct mfa_step now;
	bool ok = row_read(txn, TABLE_MFA, claim->serial, NULL, &plain, err) &&
		  mfa_step_decode(plain.data, plain.len, &now, err);

	buf_clear(&plain);
	return ok && (!secret_equal(now.code_digest, claim->digest, sizeof(claim->digest)) ||
		      put_step(txn, claim->restore, err));
}

void mfa_give_back(struct agent *agent, const char *code, const struct mfa_step *before)
{
	struct claim claim = {.serial = before->name, .restore = before};
	struct error err = ERROR_INIT;

	(void)!(mfa_step_digest(&agent->keys, before->name, code, claim.digest, &err) &&
		store_commit(agent->store, restore_row, &claim, &err));
}

bool mfa_ask(struct request *request, const struct mfa_question *question,
	     char code[static MFA_CODE_BYTES], struct error *err)
{
	const struct settings settings = agent_settings(request->agent);
	const struct msg_mfa ask = {.kind = "mfa",
				    .profile = request->profile,
				    .serial = question->serial,
				    .user = question->origin->user_name,
				    .account = question->origin->account_id,
				    .wait_s = question->wait_s,
				    .refused = question->refused,
				    .askpass = settings.askpass[0] ? settings.askpass : NULL};
	struct msg_code given = {.code = NULL};
	json_t *answer = NULL;
	bool ok = request_put_question(request, MESSAGE(msg_mfa, &ask), REQUEST_ASK_MS, &answer,
				       err) &&
		  fields_read_answer(&msg_code, answer, &given, err);

	if (ok)
		memcpy(code, given.code, MFA_CODE_BYTES);
	json_decref(answer);
	return ok;
}

bool mfa_explain(const struct mfa_trial *trial, struct error *err)
{
	int64_t off = trial->skew_s < 0 ? -trial->skew_s : trial->skew_s;
	char time[TEXT_TIME_BYTES];

	text_format_time(trial->sent_at, time);
	error_set(err, ERROR_MFA_REFUSED, "AWS refused the MFA code");
	aws_failure_quote(trial->failure, err);
	error_detail(err, "Device %s, sent %s. This machine's clock is right to %lld s.",
		     trial->serial, time, (long long)off);
	error_detail(err,
		     "It is not sent again. Wait for the next code (%lld s); if two fail, the "
		     "device is out of step.",
		     (long long)totp_seconds_left(trial->sent_at));
	return error_profile(err, trial->origin->name);
}

bool mfa_is_wrong_device(const struct aws_failure *failure)
{
	return strstr(failure->said, "verify your MFA serial number") != NULL;
}

bool mfa_list_devices(struct request *request, const struct plan *plan, const struct http *http,
		      const struct origin *origin, struct iam_mfa_devices *out)
{
	struct agent *agent = request->agent;
	struct credentials signer = CREDENTIALS_INIT;
	struct error unused = ERROR_INIT;
	struct endpoint iam;
	struct aws aws = {
	    .http = agent->http ? agent->http : http,
	    .clock = agent->clock,
	    .endpoint = &iam,
	    .signer = &signer,
	    .proxy = plan->proxy,
	    .listener = request_listener(request),
	};
	bool ok = endpoint_make_variant("iam", session_region(plan, origin), plan->endpoint,
					&plan->variant, &iam, &unused) &&
		  origin->source->sign(agent->store, origin, &signer, &unused);

	if (ok) {
		aws.skew = skews_of(agent->skews, iam.url);
		agent_leave(agent);
		ok = iam_list_mfa_devices(&aws, NULL, out, NULL, &unused);
		agent_reenter(agent);
	}
	credentials_clear(&signer);
	return ok;
}

bool mfa_explain_device(const struct mfa_trial *trial, const struct iam_mfa_devices *devices,
			struct error *err)
{
	const struct origin *origin = trial->origin;
	const char *first = NULL;

	error_set(err, ERROR_MFA_REFUSED, "AWS does not know MFA device %s of %s", trial->serial,
		  origin->user_name[0] ? origin->user_name : "this user");
	aws_failure_quote(trial->failure, err);
	for (size_t i = 0; devices && i < devices->count; i++) {
		const char *serial = devices->items[i].serial;

		if (!arn_is_security_key(serial) && !first)
			first = serial;
		error_detail(err, "The user has %s%s.", serial,
			     arn_is_security_key(serial) ? ", which STS takes no codes of" : "");
	}
	if (devices && devices->count == 0)
		error_detail(err, "The user has no MFA device.");
	if (strcmp(trial->serial, origin->mfa_serial) == 0)
		error_hint(err, "credvault edit %s --mfa-serial %s", TEXT_WORD(origin->name),
			   first ? first : "ARN");
	else
		error_detail(err, "The device is named by mfa_serial in ~/.aws/config.");
	return error_profile(err, origin->name);
}

bool mfa_needed(const char *profile, struct error *err)
{
	error_set(err, ERROR_MFA_NEEDED, "an MFA code is needed and nobody can be asked");
	error_hint(err, "credvault unlock %s", TEXT_WORD(profile));
	return error_profile(err, profile);
}
