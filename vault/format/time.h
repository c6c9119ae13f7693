/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_TIME_H
#define CV_FORMAT_TIME_H

#include <stdbool.h>
#include <stdint.h>

/**
 * The ways AWS and HTTP write a time, to and from seconds since the epoch (UTC); text_format_time()
 * of vault/base/text.h writes RFC 3339. Strict: fixed widths, valid dates, years 1970 to 9999, no
 * trailing text. The functions never use the locale or the machine's time zone.
 */

enum { TIME_BASIC_BYTES = 17, TIME_DAY_BYTES = 9 };

/**
 * RFC 3339 and the like of ISO 8601: "2026-11-20T09:02:11Z", with a fraction (1 to 9 digits,
 * rounded down) and an offset ("+01:00", "-0330"). Also basic: "20261120T090211Z". A leap second
 * counts as the following second.
 */
bool time_parse_iso(const char *text, int64_t *seconds);

/**
 * IMF-fixdate of RFC 9110, the Date header: "Sun, 06 Nov 1994 08:49:37 GMT". The weekday must match
 * the date.
 */
bool time_parse_http(const char *text, int64_t *seconds);

/** "20261120T090211Z", for SigV4; "" outside the years 1970 to 9999. */
void time_format_basic(int64_t seconds, char out[static TIME_BASIC_BYTES]);

/** "20261120", for SigV4's scope; "" likewise. */
void time_format_day(int64_t seconds, char out[static TIME_DAY_BYTES]);

#endif
