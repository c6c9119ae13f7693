/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SHOW_ROTATION_SHOW_H
#define CV_CLI_SHOW_ROTATION_SHOW_H

#include "cli/ui/context.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What people see of rotations: plans, steps and ends, out of the agent's words (docs/protocol.md).
 */

/** The plan on stdout: who, the keys at IAM, what will happen, what may be done. */
void rotation_show_plan(struct cli *cli, const json_t *plan);

/**
 * Warns on stderr of a use of the key that the plan cannot explain, where nobody is asked about the
 * plan. Nothing where there is none, and with --json, whose element says it.
 */
void rotation_show_use(const struct cli *cli, const json_t *plan);

/** Tells what the step before this event has brought ("" for the first), as a note. */
void rotation_show_step(const struct cli *cli, const char *before, const json_t *event);

/** How one rotation has ended, on stdout. `plan` (NULL: not known) names who shares the key. */
void rotation_show_done(struct cli *cli, const json_t *rotation, const json_t *plan,
			int64_t took_ms);

/**
 * One line of many, on stdout: what has become of it, how long it took, the hooks that took it; or
 * its error.
 */
void rotation_show_line(struct cli *cli, const json_t *rotation, int64_t took_ms,
			const char *hooked, size_t width);

/**
 * What a key's rotation leaves to be seen of it: "old key off, deleted in 23h", "rotation
 * unfinished: prove". `row` is one of the agent's `rotations`; false where its step is not known.
 */
enum { ROTATION_SHOW_SEEN_BYTES = 96 };
bool rotation_show_seen(const json_t *row, int64_t now, char out[static ROTATION_SHOW_SEEN_BYTES]);

/** Whether all that is left of it waits for its time: an old key whose grace is not over. */
bool rotation_show_waits(const json_t *row, int64_t now);

/** Whether a row of `rotations` holds the key of this name. */
bool rotation_show_is_of(const json_t *row, const char *name);

#endif
