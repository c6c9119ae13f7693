/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_MINT_MFA_H
#define CV_AGENT_MINT_MFA_H

#include "vault/agent/core/request.h"
#include "vault/aws/iam.h"
#include "vault/creds/plan.h"
#include "vault/creds/source.h"
#include "vault/format/totp.h"
#include "vault/seal/record/mfa_step.h"

#include <stdint.h>

/**
 * MFA codes: the client is asked for them, and no code is sent twice. The vault stores the code's
 * digest and time-step before the code is sent, so that neither a crash nor a second agent sends
 * the code again.
 */

enum { MFA_TRIES = 3, MFA_CODE_BYTES = TOTP_DIGITS + 1, MFA_SKEW_MAX_S = 60, MFA_SAME_STEPS = 20 };

/** Seconds until the device shows a code of a time-step that is unused; 0: the current code is. */
MUST bool mfa_wait_s(struct agent *agent, const char *serial, int64_t now, int64_t *wait_s,
		     struct error *err);

/**
 * Marks the code as sent, before it is sent. MFA_REFUSED where it is the code that was sent last.
 * mfa_give_back() restores *before where the code certainly never left and no other code of the
 * device was claimed since.
 */
MUST bool mfa_claim(struct agent *agent, const char *serial, const char *code, int64_t now,
		    struct mfa_step *before, struct error *err);
void mfa_give_back(struct agent *agent, const char *code, const struct mfa_step *before);

/** A question for an MFA code of an origin's device. */
struct mfa_question {
	const struct origin *origin;
	const char *serial;
	int64_t wait_s; /**< until the device shows an unused code */
	bool refused;	/**< AWS refused the last code */
};

/**
 * Asks the client for a code. INTERRUPTED where nobody answers; PROTOCOL where the answer is not a
 * code. The caller wipes the code.
 */
MUST bool mfa_ask(struct request *request, const struct mfa_question *question,
		  char code[static MFA_CODE_BYTES], struct error *err);

/** An attempt with a code of the origin's device: sent at `sent_at`, and AWS's answer. */
struct mfa_trial {
	const struct origin *origin;
	const char *serial;
	int64_t sent_at, skew_s;
	const struct aws_failure *failure;
};

/** Sets the error for a code that AWS refused. Always returns false. */
bool mfa_explain(const struct mfa_trial *trial, struct error *err);

/** Whether AWS refused the device, because it does not belong to this user, and not the code. */
bool mfa_is_wrong_device(const struct aws_failure *failure);

/**
 * Asks IAM for the user's devices, signed with the key itself; false where the key may not. Leaves
 * the gate meanwhile. `http` reaches AWS where the agent has none of its own.
 */
bool mfa_list_devices(struct request *request, const struct plan *plan, const struct http *http,
		      const struct origin *origin, struct iam_mfa_devices *out);

/**
 * Sets the error for a wrong device, with the devices that the user has (NULL: IAM could not be
 * asked). Always returns false.
 */
bool mfa_explain_device(const struct mfa_trial *trial, const struct iam_mfa_devices *devices,
			struct error *err);

/** Sets the error for a code that is needed where nobody can be asked. Always returns false. */
bool mfa_needed(const char *profile, struct error *err);

#endif
