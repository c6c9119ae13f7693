/* SPDX-License-Identifier: MIT */
#ifndef CV_AUDIT_GAP_H
#define CV_AUDIT_GAP_H

#include "vault/audit/entry.h"
#include "vault/base/error.h"

#include <stdint.h>

/**
 * What a restored vault's log lacks. AWS knows entries of the log by their numbers (they name its
 * sessions), so numbers that a lost log has given away are not given again: entries of operation
 * `gap` stand in their place.
 */

struct store;

/** The most numbers that are filled; a log that lacks more says so and goes on with its own. */
enum { AUDIT_GAP_MAX = 65536 };

/**
 * Appends `gap` entries up to the number `last`, in several commits. `entry` is the first one; its
 * words say what is lost. Does nothing where the log is as long. Not while other threads commit.
 */
MUST bool audit_fill_gap(struct store *store, uint64_t last, struct audit_entry *entry,
			 struct error *err);

/**
 * Marks the closed parts of the log as gone where none of their files is there, as on a new
 * machine; `entry` tells of it. Does nothing where any of them is.
 */
MUST bool audit_leave_absent(struct store *store, struct audit_entry *entry, struct error *err);

#endif
