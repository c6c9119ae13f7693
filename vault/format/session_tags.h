/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_SESSION_TAGS_H
#define CV_FORMAT_SESSION_TAGS_H

#include "vault/format/span.h"

#include <stdbool.h>

/**
 * The tags that go with an assumed role, as aws-vault's settings write them: `session_tags =
 * team=red, stage = prod` and `transitive_session_tags = team`. Blanks around a name and a value
 * are no part of them. The limits are those of STS.
 */

enum { SESSION_TAGS_MAX = 50, SESSION_TAGS_KEY_MAX = 128, SESSION_TAGS_VALUE_MAX = 256 };

struct session_tag {
	struct span key, value; /**< into the text */
};

/**
 * Reads the next tag and moves *rest behind it; false at the end. A tag without '=' has all its
 * text as its key.
 */
bool session_tags_next(const char **rest, struct session_tag *out);

/** 1 to 50 of KEY=VALUE, parted by commas, each key once, whatever its case. */
bool session_tags_are_valid(const char *text);

/** 1 to 50 of KEY, parted by commas. */
bool session_tags_are_keys(const char *text);

#endif
