/* SPDX-License-Identifier: MIT */
#ifndef CV_ROTATE_DISTRIBUTION_H
#define CV_ROTATE_DISTRIBUTION_H

#include "vault/base/error.h"
#include "vault/rotate/rotate.h"

#include <stdbool.h>

/** The step that hands the new key out, by hooks. */

/** The hooks that have not acknowledged, each journaled. */
MUST bool step_distribute(struct rotate *rotate, struct error *err);

#endif
