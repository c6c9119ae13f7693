/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_BAR_H
#define CV_CLI_UI_BAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Makes the progress line of a rotation, as wide as the terminal has room for. It only makes text;
 * progress.h shows it.
 */

enum { BAR_BYTES = 1024, BAR_BUSY_MAX = 64 };

/** A rotation under way. Borrowed; printable ASCII. */
struct bar_busy {
	const char *name;
	const char *doing;
};

struct bar {
	size_t done, count;
	int64_t elapsed_ms;
	int columns;  /**< of the terminal; the last one is left free */
	bool unicode; /**< else ASCII */
	struct bar_busy busy[BAR_BUSY_MAX];
	size_t busy_count;
};

/**
 * " ▕██████░░▏ 9 of 12   ci-pay proving, ci-mail creating +6    00:14": as many of the busy ones as
 * fit.
 */
void bar_many(const struct bar *bar, char out[static BAR_BYTES]);

/**
 * "  proving ▕████████░░▏ 2nd of 2 in 3 s": between two proofs of a key, of which `proved` are done,
 * `passed_ms` of `wait_ms` are over.
 */
void bar_proving(int proved, int64_t passed_ms, int64_t wait_ms, bool unicode,
		 char out[static BAR_BYTES]);

#endif
