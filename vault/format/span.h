/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_SPAN_H
#define CV_FORMAT_SPAN_H

#include <stdbool.h>
#include <stddef.h>

/** Runs of bytes inside a parsed text, and the functions that cut AWS's shared files into them. */

/** Borrowed; may hold any byte. */
struct span {
	const char *at;
	size_t len;
};

/** Blank, tab, CR, VT or FF. */
bool span_is_white(char c);

/** The span without white bytes at its ends. */
struct span span_trim(struct span s);

/** Cuts off a comment: from the first # or ; on, which in values must follow white space. Trims. */
struct span span_uncomment(struct span s, bool after_white);

/** Whether the span is this text. */
bool span_equals(struct span s, const char *text);

/** Splits at the first '=' and trims both sides; false when the line has no '='. */
bool span_split(struct span line, struct span *key, struct span *value);

#endif
