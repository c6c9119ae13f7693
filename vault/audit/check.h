/* SPDX-License-Identifier: MIT */
#ifndef CV_AUDIT_CHECK_H
#define CV_AUDIT_CHECK_H

#include "vault/base/error.h"
#include "vault/store/log/segment_check.h"
#include "vault/store/store.h"

#include <stddef.h>
#include <stdint.h>

/**
 * What is wrong with the log, entry by entry, through all its files
 * (vault/store/log/segment_check.h).
 */

enum { AUDIT_PROBLEMS_MAX = 32 };

struct audit_problem {
	struct segment_problem found;
	int64_t after;	/**< time of the entry before it that can be read; 0: none */
	int64_t before; /**< time of the next one; 0: none */
};

/** A plain value. */
struct audit_report {
	size_t problems;
	size_t count; /**< of `at`: the first problems */
	struct audit_problem at[AUDIT_PROBLEMS_MAX];
};

/**
 * False only when it could not be looked at, or, where nothing is wrong, with NEWER when an entry
 * says what is not known here; what is wrong stands in *report. Thread-safe.
 */
MUST bool audit_check(struct store *store, struct audit_report *report, struct error *err);

#endif
