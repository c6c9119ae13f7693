/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SHOW_SLOT_ROW_H
#define CV_CLI_SHOW_SLOT_ROW_H

#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/seal/header/header.h"

#include <jansson.h>
#include <stdbool.h>

/** Shows the slots of a vault, the ways to open it, as `slot list` prints them. */

/** What opens the slot: "passphrase", "recovery", "key-file". */
const char *slot_row_type(const struct slot *slot);

/** Prints all, as a table or as {"slots":[…]}. */
MUST bool slot_row_print(struct cli *cli, const struct header *header, struct error *err);

/**
 * {"id","type","created_at","memory","passes"}: type is "passphrase", "recovery", "key-file" or
 * "public-key", memory (bytes) and passes are null but for a passphrase. *out is the caller's.
 */
MUST bool slot_row_json(const struct slot *slot, json_t **out, struct error *err);

/** The first eight hex digits of a slot's id, which people see and type. */
enum { SLOT_ROW_ID_BYTES = 9 };
void slot_row_id(const struct slot *slot, char out[static SLOT_ROW_ID_BYTES]);

#endif
