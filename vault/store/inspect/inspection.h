/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_INSPECT_INSPECTION_H
#define CV_STORE_INSPECT_INSPECTION_H

#include "vault/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What an inspection of the vault file has found (inspect.h), line by line. */

enum { INSPECTION_PROBLEMS = 24, INSPECTION_TEXT = 200 };

/** A plain value. */
struct inspection {
	bool told; /**< the manifest was readable; it gives generation and log_entries */
	uint64_t generation;
	uint64_t log_entries;
	uint64_t records; /**< rows that are in the file now */
	size_t count;
	char problems[INSPECTION_PROBLEMS][INSPECTION_TEXT]; /**< "1 of 3 records fails its seal" */
};

/** Adds a line; a line beyond the limit is left out. */
void inspection_add(struct inspection *inspection, const char *fmt, ...) CV_PRINTF(2, 3);

#endif
