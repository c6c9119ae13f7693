/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_LOCK_RECORD_H
#define CV_CLI_VAULT_LOCK_RECORD_H

#include "cli/ui/context.h"
#include "cli/ui/out.h"
#include "vault/base/error.h"

#include <jansson.h>
#include <stdbool.h>

/**
 * The state file in the runtime directory: why and since when the vault is locked, which the agent
 * leaves behind, and how many requests were refused since, which we count.
 *
 *	{"locked_since":T|null,"locked_why":"…"|null,"refused":[{"profile","count","last_at","code"}…]}
 */

/** Reads it; an absent or spoilt file is NULL. The caller's. */
json_t *lock_record_read(const struct cli *cli);

/** Since when the vault is locked, as people read it; false where that is not known. */
bool lock_record_since(const struct cli *cli, char since[static OUT_WHEN_BYTES]);

/** Whether the last agent was sent away for another, which is not there yet. */
bool lock_record_was_replaced(const struct cli *cli);

/** Counts a refused request for `profile`. What cannot be counted is let go. */
void lock_record_count_refusal(const struct cli *cli, const char *profile, enum error_code code);

#endif
