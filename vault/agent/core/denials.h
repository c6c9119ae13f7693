/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_DENIALS_H
#define CV_AGENT_CORE_DENIALS_H

#include "vault/base/clock.h"
#include "vault/base/error.h"
#include "vault/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Counts refused requests, for `status` and for the log. A flood of one refusal makes one entry at
 * once and one with a count later, so that it cannot fill the disk. Thread-safe.
 */
struct denials;

enum { DENIALS_MAX = 64, DENIALS_WINDOW_MS = 10000 };

/** One profile's refusals of one kind. */
struct denial {
	char profile[TEXT_NAME_MAX + 1];
	enum error_code code;
	int64_t count;	  /**< of programs, since the unlock */
	int64_t last_at;  /**< Unix seconds */
	int64_t held;	  /**< refusals that are not in the log yet */
	int64_t since_ms; /**< time of the last log entry, boot clock */
};

MUST bool denials_new(const struct clock *clock, struct denials **out, struct error *err);

/** Accepts NULL. */
void denials_free(struct denials *denials);

/**
 * Notes one refusal, and counts it for `status` where a program was refused rather than a person
 * who gave up or mistyped. True when its entry is due now; otherwise it is held back.
 */
bool denials_note(struct denials *denials, const char *profile, enum error_code code,
		  bool of_program);

/**
 * Takes out one count that is due: its window has passed, and refusals were held back (`all`:
 * whatever the window). False: none is due.
 */
bool denials_due(struct denials *denials, bool all, struct denial *out);

/** Copies what was counted, at most DENIALS_MAX; returns how many. */
size_t denials_list(struct denials *denials, struct denial out[static DENIALS_MAX]);

/** Whether any count changed since the last call of this function. */
bool denials_changed(struct denials *denials);

#endif
