/* SPDX-License-Identifier: MIT */
#ifndef CV_ROTATE_RETIREMENT_H
#define CV_ROTATE_RETIREMENT_H

#include "vault/base/error.h"
#include "vault/rotate/rotate.h"
#include "vault/rotate/signer.h"

#include <stdbool.h>

/** The last steps of a rotation: the old key is switched off and deleted, or the new one undone. */

/** What becomes of keys at IAM: off, deleted, on again. *waits: it is not yet time. */
MUST bool step_deactivate(struct rotate *rotate, bool *waits, struct error *err);
MUST bool step_delete_old(struct rotate *rotate, bool *waits, struct error *err);
MUST bool step_restore(struct rotate *rotate, struct error *err);
MUST bool step_delete_new(struct rotate *rotate, struct error *err);

/** Deletes at IAM; a key that is not there is deleted. */
MUST bool step_delete(struct rotate *rotate, enum signer who, const char *id, struct error *err);

#endif
