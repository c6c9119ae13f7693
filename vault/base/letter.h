/* SPDX-License-Identifier: MIT */
#ifndef CV_BASE_LETTER_H
#define CV_BASE_LETTER_H

#include <stdbool.h>
#include <stdint.h>

/**
 * The letters and digits beyond ASCII that a name may hold (docs/format.md). The table is fixed and
 * no locale changes it: a job that cron starts must find the key that a person named.
 */

/** Whether a code point from U+0080 on is such a letter or digit. */
bool letter_is(uint32_t point);

#endif
