/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_TOTP_H
#define CV_FORMAT_TOTP_H

#include <stdbool.h>
#include <stdint.h>

/** Time-based one-time codes as AWS takes them: RFC 6238 with 6 digits and steps of 30 s. */

enum { TOTP_STEP_SECONDS = 30, TOTP_DIGITS = 6 };

/** The number of the step a time lies in: floor(t / 30). */
int64_t totp_step(int64_t unix_seconds);

/** Seconds until the next step begins: 1 to 30. */
int64_t totp_seconds_left(int64_t unix_seconds);

/** Whether text is 6 ASCII digits and nothing else. */
bool totp_is_code(const char *text);

#endif
