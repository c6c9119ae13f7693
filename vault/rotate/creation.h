/* SPDX-License-Identifier: MIT */
#ifndef CV_ROTATE_CREATION_H
#define CV_ROTATE_CREATION_H

#include "vault/base/error.h"
#include "vault/rotate/rotate.h"

#include <stdbool.h>

/** The step of a rotation that makes the new key at IAM, and what takes an intent back. */

/** From the intent to the new key in the journal. */
MUST bool step_create(struct rotate *rotate, struct error *err);

/**
 * Before an abort: what a lost answer left is taken in, or named as in step_create(). Where there
 * is nothing, the rotation is over.
 */
MUST bool step_abort_intent(struct rotate *rotate, struct error *err);

#endif
