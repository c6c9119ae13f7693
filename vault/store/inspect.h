/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_INSPECT_H
#define CV_STORE_INSPECT_H

#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What exactly was changed from outside: reads the whole file again and goes on behind the first
 * thing that does not fit, where opening and using a vault stop at it. Nothing here is ever used as
 * data.
 */

enum { INSPECTION_PROBLEMS = 24, INSPECTION_TEXT = 200 };

/** A plain value. */
struct inspection {
	bool told; /**< the manifest could be read: generation and log_entries are what it says */
	uint64_t generation;
	uint64_t log_entries;
	uint64_t records; /**< rows that are in the file now */
	size_t count;
	char problems[INSPECTION_PROBLEMS][INSPECTION_TEXT]; /**< "1 of 3 records fails its seal" */
};

/**
 * Header, manifest, every row, the log, SQLite's own structure, and who can reach the files. With
 * keys NULL the store is unlocked, and everything is compared with what it has verified; with keys
 * it may be locked, and the file is held against its own manifest. What is wrong stands in *out.
 * False only when it could not be looked at: IO, MEMORY, LOCKED. Thread-safe.
 */
CV_MUST_USE
bool store_inspect(struct store *store, const struct keys *keys, struct inspection *out,
		   struct error *err);

/** Adds a line; what does not fit any more is left out. */
void inspection_add(struct inspection *inspection, const char *fmt, ...) CV_PRINTF(2, 3);

#endif
