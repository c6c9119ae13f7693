/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SETUP_SETUP_EDIT_H
#define CV_CLI_SETUP_SETUP_EDIT_H

#include "cli/setup/setup_plan.h"
#include "vault/base/error.h"

/**
 * Plans the edits of all profiles that will change, in both files, and makes the new texts. FAILED,
 * before anything is written, where a profile would not lead to the same credentials afterwards.
 */
MUST bool setup_edit_make(struct setup_plan *plan, struct error *err);

#endif
