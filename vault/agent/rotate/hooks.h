/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_ROTATE_HOOKS_H
#define CV_AGENT_ROTATE_HOOKS_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/format/fields.h"
#include "vault/seal/record/rotation_record.h"

#include <jansson.h>
#include <stdbool.h>

/**
 * Hooks: commands that deliver a new key to other places. A request has them as a JSON array, and a
 * row stores that array as text, empty for none: at most ROTATION_HOOKS_MAX in
 * ROTATION_HOOKS_TEXT_MAX bytes.
 */

/** A buffer for a row's text. */
#define HOOKS_BUF BUF_INIT(ROTATION_HOOKS_TEXT_MAX + 1)

/** Writes a request's commands as a row's text into *out (empty before). USAGE where too long. */
MUST bool hooks_encode(const struct field_list *hooks, struct buf *out, struct error *err);

/** Adds the commands of a row's text to the array, each command once. */
MUST bool hooks_join(json_t *array, const char *text, struct error *err);

/** Writes the array as a row's text into *out (empty before). USAGE where too many or too long. */
MUST bool hooks_write(const json_t *array, struct buf *out, struct error *err);

#endif
