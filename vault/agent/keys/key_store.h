/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_KEYS_KEY_STORE_H
#define CV_AGENT_KEYS_KEY_STORE_H

#include "vault/agent/core/request.h"
#include "vault/seal/record/access_key.h"
#include "vault/store/rows/rows.h"

/** A key that comes into the vault, by `add` or `import`, or takes the place of another there. */

/** Whether the vault has a key of this name. */
MUST bool key_store_has(struct agent *agent, const char *name, bool *there, struct error *err);

/** EXISTS, with what to do about it. */
bool key_store_taken(const char *name, struct error *err);

/**
 * Puts the key into the vault, and its entry into the log. With `replace` the one of this name
 * makes room, with its sessions, and is erased; what is on record is REPLACE then, else `op`.
 * *row is where the key stands. EXISTS without `replace` where there is one by now.
 */
MUST bool key_store_put(struct request *request, const struct access_key *key, enum audit_op op,
			bool replace, struct record_id *row, struct error *err);

#endif
