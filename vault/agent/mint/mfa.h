/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_MINT_MFA_H
#define CV_AGENT_MINT_MFA_H

#include "vault/agent/core/request.h"
#include "vault/aws/iam.h"
#include "vault/creds/source.h"
#include "vault/format/totp.h"
#include "vault/seal/record/mfa_step.h"

#include <stdint.h>

/**
 * MFA codes: asked for through the client, never sent twice. What was sent, and in which time-step,
 * is in the vault before it goes out, so that neither a crash nor a second agent sends it again.
 */

enum { MFA_TRIES = 3, MFA_CODE_BYTES = TOTP_DIGITS + 1, MFA_SKEW_MAX_S = 60, MFA_SAME_STEPS = 20 };

/** Seconds until a code appears that no step of the device has used: 0 = the one it shows now. */
MUST bool mfa_wait_s(struct agent *agent, const char *serial, int64_t now, int64_t *wait_s,
		     struct error *err);

/**
 * Takes the code for sending: from now on it has been sent. MFA_REFUSED for the last one again.
 * *before is what mfa_give_back() restores where it is certain that the code never left, and no
 * other code of the device was taken since.
 */
MUST bool mfa_claim(struct agent *agent, const char *serial, const char *code, int64_t now,
		    struct mfa_step *before, struct error *err);
void mfa_give_back(struct agent *agent, const char *code, const struct mfa_step *before);

/** What is asked: the device of an origin. */
struct mfa_question {
	const struct origin *origin;
	const char *serial;
	int64_t wait_s; /**< until a code appears that was not used yet */
	bool refused;	/**< the last one was */
};

/**
 * Asks for a code. INTERRUPTED where nobody answers; PROTOCOL where the answer is none. The code is
 * wiped by the caller.
 */
MUST bool mfa_ask(struct request *request, const struct mfa_question *question,
		  char code[static MFA_CODE_BYTES], struct error *err);

/** What was tried: a code of the origin's device, sent at `sent_at`, and what AWS answered. */
struct mfa_trial {
	const struct origin *origin;
	const char *serial;
	int64_t sent_at, skew_s;
	const struct aws_failure *failure;
};

/** What is said when AWS refused the code. Always returns false. */
bool mfa_explain(const struct mfa_trial *trial, struct error *err);

/** Whether AWS did not look at the code, because the device is not one of this user's. */
bool mfa_is_wrong_device(const struct aws_failure *failure);

/**
 * What is said then, with the devices that the user has, where IAM could be asked (NULL: it could
 * not). Always returns false.
 */
bool mfa_explain_device(const struct mfa_trial *trial, const struct iam_mfa_devices *devices,
			struct error *err);

/** What is said where a code is needed and nobody can be asked. Always returns false. */
bool mfa_needed(const char *profile, struct error *err);

#endif
