/* SPDX-License-Identifier: MIT */
#ifndef CV_ROTATE_SIGNER_H
#define CV_ROTATE_SIGNER_H

#include "vault/aws/call.h"
#include "vault/rotate/rotate.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * Who signs the calls of a rotation: the old key, the new key, or a session with MFA.
 *
 * signer_session() makes ready for one call, signer_again() ends it and tells whether another
 * signer may make the same call:
 *
 *	struct signer by = {.rotate = rotate, .who = SIGNER_NEW};
 *	bool ok;
 *
 *	do {
 *		ok = signer_session(&by, err) &&
 *		     iam_list_access_keys(&by.aws, by.user_name, &keys, &by.failure, err);
 *	} while (signer_again(&by, ok, err));
 *
 * A call of IAM is signed by the key until AWS denies the key alone, and from then on by a session
 * with MFA: one code serves a whole rotation. Where the owner says that the key requires MFA, the
 * session signs from the beginning, and nothing at IAM is signed without it. A key is read from the
 * vault for each call and wiped behind it.
 */

enum signer_key { SIGNER_OLD, SIGNER_NEW };

/** One call. Must not move between signer_session() and signer_again(). */
struct signer {
	struct rotate *rotate;
	enum signer_key who;
	bool
	    no_code; /**< no MFA code is spent or waited for: where the key is denied, that is it */
	bool stays;  /**< the call is made inside the gate, so nobody ends the agent behind it */
	const struct endpoint *sts; /**< STS is asked there, by the key itself; NULL: IAM is */
	int64_t wait_ms;	    /**< the longest wait for an answer; 0: as any call's */
	/* Filled in by signer_session(). */
	struct aws aws;
	const char *user_name; /**< for the calls of IAM; NULL for the root user, who has no name */
	struct aws_failure failure;
	/* Private. */
	struct credentials key;
	struct pace_watch watch;
	bool ready, outside, last;
};

/**
 * Fills by->aws and leaves the gate, or with `stays` waits outside for the call's turn. Fails as
 * reading the key does, as rotate_seams.session does, and with INTERRUPTED.
 */
MUST bool signer_session(struct signer *by, struct error *err);

/**
 * Ends the call and enters the gate; `ok` is what the call returned. True, with *err empty, where
 * the call is to be made again: the key was denied and there is a session now, or the session has
 * died and the key signs. Otherwise *err says why there is no other signer.
 */
MUST bool signer_again(struct signer *by, bool ok, struct error *err);

/** Changes one key at IAM; *failure says how AWS refused. */
enum signer_change { SIGNER_SWITCH_OFF, SIGNER_SWITCH_ON, SIGNER_DELETE };
MUST bool signer_change(struct rotate *rotate, enum signer_key who, enum signer_change change,
			const char *id, struct aws_failure *failure, struct error *err);

#endif
