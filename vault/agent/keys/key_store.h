/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_KEYS_KEY_STORE_H
#define CV_AGENT_KEYS_KEY_STORE_H

#include "vault/agent/core/request.h"
#include "vault/seal/record/access_key.h"
#include "vault/store/rows/rows.h"

/** Stores a key by `add` or `import`, as a new key or in place of another key of the same name. */

/** Whether the vault has a key of this name. */
MUST bool key_store_has(struct agent *agent, const char *name, bool *there, struct error *err);

/** Sets EXISTS, with advice to the user. */
bool key_store_taken(const char *name, struct error *err);

/**
 * Stores the key, and its entry in the log. With `replace` an old key of the same name is erased
 * together with its sessions; the log entry is REPLACE then, else `op`. *row is the id of the key's
 * row. EXISTS without `replace` where a key of this name exists by now.
 */
MUST bool key_store_put(struct request *request, const struct access_key *key, enum audit_op op,
			bool replace, struct record_id *row, struct error *err);

#endif
