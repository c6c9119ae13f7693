/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_EXPOSURE_H
#define CV_CLI_UI_EXPOSURE_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

/**
 * Who may look on while a passphrase is read: a process that traces this one, and one that opened
 * this one's memory between its start and its first instructions. Root is not asked about: whoever
 * traces root's programs is root.
 */

/** FAILED, with the tracer's pid, while another process traces this one. Comes before a prompt. */
MUST bool exposure_check(struct error *err);

/**
 * Says, once per state directory, that this program's file can be read by its user, why that
 * matters, and what closes it. Silent, and not counted, with --quiet, --json and --no-input.
 */
void exposure_warn(struct cli *cli);

#endif
