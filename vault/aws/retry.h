/* SPDX-License-Identifier: MIT */
#ifndef CV_AWS_RETRY_H
#define CV_AWS_RETRY_H

#include <stdbool.h>
#include <stdint.h>

/**
 * When to ask AWS again, and after how long: the SDKs' standard mode with the delays of its 2026
 * revision. Pure; the caller sleeps. A call that must not be repeated (it holds an MFA code, or it
 * creates a key) is sent again only when it is certain that it never left.
 */

enum {
	RETRY_ATTEMPTS = 3,
	RETRY_BASE_MS = 50,
	RETRY_THROTTLE_BASE_MS = 1000,
	RETRY_DELAY_MAX_MS = 20000,
	RETRY_AFTER_EXTRA_MS = 5000 /**< how far beyond our own delay x-amz-retry-after may go */
};

/** Why an attempt failed, as far as trying again is concerned. */
enum retry_kind {
	RETRY_NEVER,	 /**< asking again gives the same answer */
	RETRY_TRANSIENT, /**< a server error or a broken connection */
	RETRY_THROTTLED, /**< too many requests */
	RETRY_UNSENT	 /**< nothing of the request left this machine */
};

/** The kind that an HTTP status and AWS's code stand for ("" when there is none). */
enum retry_kind retry_classify(int status, const char *aws_code);

/**
 * Whether the attempt number `attempt` (from 1) that failed with this kind may be followed by
 * another.
 */
bool retry_again(enum retry_kind kind, int attempt, bool once);

/**
 * Milliseconds to wait after the attempt (from 1): random below min(base · 2^(attempt-1), 20 s);
 * where retry_after_ms (x-amz-retry-after, -1 for none) is given, that time, but not less than the
 * computed delay nor more than 5 s beyond it.
 */
int64_t retry_delay_ms(enum retry_kind kind, int attempt, int64_t retry_after_ms);

#endif
