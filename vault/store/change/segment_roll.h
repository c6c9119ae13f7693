/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_CHANGE_SEGMENT_ROLL_H
#define CV_STORE_CHANGE_SEGMENT_ROLL_H

#include <stdint.h>

/** When the log begins a new segment. */

struct store;

/**
 * Closes the open segment if it is full, and opens the next one. After a failure the segment stays
 * open and a later call tries again. Called before a batch, with the store's lock held.
 */
void segment_roll(struct store *store);

/** For tests: how many entries or sealed bytes make a segment full. */
void segment_set_limits(struct store *store, uint64_t entries, uint64_t bytes);

#endif
