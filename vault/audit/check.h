/* SPDX-License-Identifier: MIT */
#ifndef CV_AUDIT_CHECK_H
#define CV_AUDIT_CHECK_H

#include "vault/base/error.h"
#include "vault/store/log/segment_check.h"
#include "vault/store/store.h"

#include <stddef.h>
#include <stdint.h>

/**
 * Finds the problems of the log, entry by entry, in all its files
 * (vault/store/log/segment_check.h).
 */

enum { AUDIT_PROBLEMS_MAX = 32 };

struct audit_problem {
	struct segment_problem found;
	int64_t after;	/**< time of the last readable entry before it; 0: none */
	int64_t before; /**< time of the next readable entry; 0: none */
};

/** A plain value. */
struct audit_report {
	size_t problems;
	size_t count; /**< of `at`: the first problems */
	struct audit_problem at[AUDIT_PROBLEMS_MAX];
};

/**
 * Checks the log and lists its problems in *report. False when the log could not be read, and, for
 * a log without a fault, with NEWER where an entry is of a newer program. Thread-safe.
 */
MUST bool audit_check(struct store *store, struct audit_report *report, struct error *err);

#endif
