/* SPDX-License-Identifier: MIT */
#ifndef CV_COURIER_XML_H
#define CV_COURIER_XML_H

#include "vault/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** Parses XML into the generic tree of vault/aws/answer_tree.h. */

enum { XML_DEPTH_MAX = 32, XML_ELEMENTS_MAX = 10000, XML_NAME_MAX = 127 };

/**
 * False for anything but one well-formed UTF-8 document without a DOCTYPE, within the limits above.
 * *tree is the caller's; NULL on failure.
 */
MUST bool xml_parse(const char *data, size_t len, json_t **tree);

#endif
