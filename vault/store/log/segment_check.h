/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_LOG_SEGMENT_CHECK_H
#define CV_STORE_LOG_SEGMENT_CHECK_H

#include "vault/store/log/segment.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * Reads the whole log and reports each problem, without stopping at the first: entries that were
 * cut off, exchanged or changed, and files that are missing, foreign or of another vault.
 */

struct store;

enum { SEGMENT_NAME_MAX = 256 };

struct segment_problem {
	uint64_t from, to;	     /**< the entries that the problem makes unreadable; 0: none */
	char what[128];		     /**< a phrase: "the file is missing" */
	char file[SEGMENT_NAME_MAX]; /**< the file's name; empty: the open segment's table */
};

/** Callbacks, in the log's order. entry may be NULL; problem returns false to end the check. */
struct segment_watch {
	segment_fn *entry;
	bool (*problem)(void *arg, const struct segment_problem *problem, struct error *err);
	void *arg;
};

/**
 * False when the log cannot be read or a callback returns false; a problem in the log is not a
 * failure. The store is locked during the check: the callbacks must not call it. Thread-safe.
 */
MUST bool segment_check(struct store *store, const struct segment_watch *watch, struct error *err);

struct keys;
struct verified_state;

/**
 * For this layer: checks only the files of closed segments, which `state` lists, with the segment
 * keys that `keys` unwrap. The caller holds the store's lock.
 */
MUST bool segment_check_files(struct store *store, const struct keys *keys,
			      const struct verified_state *state, const struct segment_watch *watch,
			      struct error *err);

#endif
