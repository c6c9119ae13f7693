/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_LOG_SEGMENT_CHECK_H
#define CV_STORE_LOG_SEGMENT_CHECK_H

#include "vault/store/log/segment.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * Reads the whole log and says what is wrong with it, going on behind each problem: entries that
 * were cut off, exchanged or changed, files that are missing, foreign or of another vault.
 */

struct store;

enum { SEGMENT_NAME_MAX = 256 };

struct segment_problem {
	uint64_t from, to;	     /**< the entries that are lost by it; 0: none */
	char what[128];		     /**< "the file is missing": no sentence */
	char file[SEGMENT_NAME_MAX]; /**< its name; empty: the table of the open segment */
};

/** What is found, in the log's order. entry may be NULL; problem returns false to end. */
struct segment_watch {
	segment_fn *entry;
	bool (*problem)(void *arg, const struct segment_problem *problem, struct error *err);
	void *arg;
};

/**
 * False when it could not be looked at, or with what the watch said. A problem is none of these.
 * The store is held meanwhile: the watch must not call it. Thread-safe.
 */
MUST bool segment_check(struct store *store, const struct segment_watch *watch, struct error *err);

struct keys;
struct verified_state;

/**
 * For this layer: the same for the files of closed segments alone, as `state` lists them and `keys`
 * unwrap them. With the lock held.
 */
MUST bool segment_check_files(struct store *store, const struct keys *keys,
			      const struct verified_state *state, const struct segment_watch *watch,
			      struct error *err);

#endif
