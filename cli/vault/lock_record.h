/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_LOCK_RECORD_H
#define CV_CLI_VAULT_LOCK_RECORD_H

#include "cli/ui/context.h"
#include "cli/ui/out.h"
#include "vault/base/error.h"
#include "vault/wire/tables/msg_status.h"

#include <jansson.h>
#include <stdbool.h>

/**
 * The state file in the runtime directory. The agent leaves in it why and since when the vault is
 * locked; commands count in it the requests refused since.
 *
 *	{"locked_since":T|null,"locked_why":"…"|null,"refused":[{"profile","count","last_at","code"}…]}
 */

struct lock_record {
	json_t *json;		/**< the file's object */
	struct msg_state state; /**< what it says; borrowed from the object */
};

/** Reads the file. False, and an empty record, where it is absent or spoilt. */
bool lock_record_read(const struct cli *cli, struct lock_record *out);

/** Frees. Accepts empty. */
void lock_record_clear(struct lock_record *record);

/** The time since when the vault is locked, for people; false where it is not known. */
bool lock_record_since(const struct cli *cli, char since[static OUT_WHEN_BYTES]);

/** Counts a refused request for `profile`; failures are ignored. */
void lock_record_count_refusal(const struct cli *cli, const char *profile, enum error_code code);

#endif
