/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SHOW_ROTATION_SHOW_H
#define CV_CLI_SHOW_ROTATION_SHOW_H

#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/wire/tables/msg_rotate.h"
#include "vault/wire/tables/msg_rotate_plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Prints rotations for people: plans, steps and ends, from the agent's answers (docs/protocol.md).
 */

/** The plan on stdout: the user, its keys at IAM, what will happen, what the user may do. */
void rotation_show_plan(struct cli *cli, const struct msg_rotate_plan *plan);

/**
 * Warns on stderr of a use of the key that this vault does not explain, for a rotation that goes
 * without a question. Prints nothing where the plan names none, and with --json, whose element
 * names it.
 */
void rotation_show_use(struct cli *cli, const struct msg_rotate_plan *plan);

/** Notes what the step `before` has brought when the event begins the next; "": no step yet. */
void rotation_show_step(struct cli *cli, const char *before, const struct msg_step *event);

/** How one rotation has ended, on stdout. `plan` (empty: not known) has the names of the key. */
void rotation_show_done(struct cli *cli, const struct msg_rotation *rotation,
			const struct msg_rotate_plan *plan, int64_t took_ms);

/**
 * One of many rotations as a line on stdout: what has become of the key, how long that took, the
 * hooks that took the new key; or the error, unless it is ERROR_NONE.
 */
void rotation_show_line(struct cli *cli, const struct msg_rotation *rotation,
			const struct error *error, int64_t took_ms, const char *hooked,
			size_t width);

/**
 * What lists say of a rotation that is not over: "old key off, deleted in 23h", "rotation
 * unfinished: prove".
 */
enum { ROTATION_SHOW_SEEN_BYTES = 96 };
void rotation_show_seen(const struct msg_begun *begun, int64_t now,
			char out[static ROTATION_SHOW_SEEN_BYTES]);

/** The first of the steps that this word stands for; 0 for another word. */
uint64_t rotation_show_step_of(const char *word);

/** Whether only the deletion is left, and waits until the grace of the old key is over. */
bool rotation_show_waits(const struct msg_begun *begun, int64_t now);

/** Whether the key of this name is one of the rotation's. */
bool rotation_show_is_of(const struct msg_begun *begun, const char *name);

#endif
