/* SPDX-License-Identifier: MIT */
#ifndef CV_ROTATE_SIGNER_H
#define CV_ROTATE_SIGNER_H

#include "vault/aws/sts.h"
#include "vault/rotate/rotate.h"

/**
 * Who signs. Calls of IAM are signed by the key that is current, and by a session with MFA from the
 * moment on that the key alone was refused (or at once, where the owner says that the key needs
 * MFA): one code serves the whole of a rotation. Keys are read from the vault for the moment that
 * they sign.
 */

enum signer { SIGNER_OLD, SIGNER_NEW };

/** One call of IAM. Returns what the call of vault/aws/iam.h returned. */
typedef bool signer_call(const struct aws *aws, const char *user_name, void *arg,
			 struct aws_failure *failure, struct error *err);

/**
 * Makes the call, outside of the gate unless `stay` (then nobody ends the agent between AWS's
 * answer and what is done with it). Where the key is refused with AccessDenied and a session can be
 * had, once more with that; where a session that has died is refused, once more with the key.
 */
MUST bool signer_iam(struct rotate *rotate, enum signer who, signer_call *fn, void *arg, bool stay,
		     struct aws_failure *failure, struct error *err);

/**
 * The same with neither a code nor the wait for one: where the key alone is refused, that is the
 * answer.
 */
MUST bool signer_iam_without_code(struct rotate *rotate, enum signer who, signer_call *fn,
				  void *arg, struct aws_failure *failure, struct error *err);

/** What is asked about one key; the `arg` of the calls below. */
struct signer_key {
	const char *id;
	bool active;		   /**< signer_update() */
	struct iam_last_used last; /**< signer_last_used() */
};
signer_call signer_update, signer_delete, signer_last_used;

/** Who STS says that the key is. */
MUST bool signer_identity(struct rotate *rotate, enum signer who, struct sts_identity *out,
			  struct aws_failure *failure, struct error *err);

/** The same at another endpoint of STS, within wait_ms; 0: as long as any call. */
MUST bool signer_identity_at(struct rotate *rotate, enum signer who,
			     const struct endpoint *endpoint, int64_t wait_ms,
			     struct sts_identity *out, struct aws_failure *failure,
			     struct error *err);

/**
 * Waits outside of the gate, in short pieces. False, INTERRUPTED, when the client goes meanwhile.
 */
MUST bool signer_wait(struct rotate *rotate, int64_t ms, struct error *err);

#endif
