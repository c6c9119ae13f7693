/* SPDX-License-Identifier: MIT */
#ifndef CV_ROTATE_CREATION_H
#define CV_ROTATE_CREATION_H

#include "vault/base/error.h"
#include "vault/rotate/rotate.h"

#include <stdbool.h>

/** The step of a rotation that makes the new key at IAM, and the end of an intent without a key. */

/** From the intent to the new key in the journal. */
MUST bool step_create(struct rotate *rotate, struct error *err);

/**
 * Before an abort: takes in the key that an earlier run put into the recovery file, or names the
 * one whose answer was lost, as step_create() does. Where there is neither, the rotation is over.
 */
MUST bool step_abort_intent(struct rotate *rotate, struct error *err);

/** NOT_FOUND: no key of a lost answer is there, which --keep-orphan could keep. Always false. */
bool step_nothing_to_keep(struct error *err);

#endif
