/* SPDX-License-Identifier: MIT */
#ifndef CV_COURIER_JSON_ANSWER_H
#define CV_COURIER_JSON_ANSWER_H

#include "vault/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** Parses JSON into the generic tree of vault/aws/answer_tree.h, the same as for XML. */

enum { JSON_ANSWER_DEPTH_MAX = 16, JSON_ANSWER_VALUES_MAX = 10000, JSON_ANSWER_NAME_MAX = 127 };

/**
 * False for anything but one object within the limits above. *tree is the caller's; NULL on
 * failure.
 */
MUST bool json_answer_parse(const char *data, size_t len, json_t **tree);

#endif
