/* SPDX-License-Identifier: MIT */
#ifndef CV_ROTATE_RETIREMENT_H
#define CV_ROTATE_RETIREMENT_H

#include "vault/base/error.h"
#include "vault/rotate/rotate.h"
#include "vault/rotate/signer.h"

#include <stdbool.h>

/** The last steps of a rotation: the old key is switched off and deleted, or the new one undone. */

/** From the promoted new key to the old one off, and to its end. *waits: it is not yet time. */
MUST bool step_deactivate(struct rotate *rotate, bool *waits, struct error *err);
MUST bool step_delete_old(struct rotate *rotate, bool *waits, struct error *err);

/** Of an undo: the old key is on, proved and current again; then the new one is deleted. */
MUST bool step_restore(struct rotate *rotate, struct error *err);
MUST bool step_delete_new(struct rotate *rotate, struct error *err);

/** Deletes a key at IAM; one that is not there counts as deleted. */
MUST bool step_delete(struct rotate *rotate, enum signer_key who, const char *id,
		      struct error *err);

#endif
