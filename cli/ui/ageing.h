/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_UI_AGEING_H
#define CV_CLI_UI_AGEING_H

#include "vault/base/error.h"
#include "vault/wire/tables/msg_retire.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * Turns what people type about the age of keys and the end of old ones into the protocol's terms.
 */

enum { AGEING_NEVER = 0, AGEING_TEXT_BYTES = 64 };

/** "90d", "never" (AGEING_NEVER). USAGE. */
MUST bool ageing_parse_age(const char *text, int64_t *seconds, struct error *err);

/**
 * "deactivate", "delete", "when-idle=30d", and its seconds, 0 for the former.
 * USAGE.
 */
MUST bool ageing_parse_retire(const char *text, enum msg_retire *retire, int64_t *idle_s,
			      struct error *err);

/** How old keys retire: "when-idle=30d", "as the vault". */
void ageing_retire(enum msg_retire retire, int64_t idle_s, char out[static AGEING_TEXT_BYTES]);

#endif
