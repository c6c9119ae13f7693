/* SPDX-License-Identifier: MIT */
#ifndef CV_CREDS_SOURCE_KEY_H
#define CV_CREDS_SOURCE_KEY_H

#include "vault/base/error.h"
#include "vault/format/credentials.h"
#include "vault/seal/record/access_key.h"
#include "vault/seal/record/record.h"
#include "vault/store/store.h"

/** The long-term keys of the vault, read by their names; as an origin, see source.h. */

/**
 * Reads the key of that name; the caller clears it. *id (may be NULL) is its row: id and version.
 * NOT_FOUND with the names of the commands that help, LOCKED at the idle limit.
 */
MUST bool source_key_read(struct store *store, const char *name, struct access_key *key,
			  struct record_id *id, struct error *err);

/** The key as a signer: a copy, to be cleared after the call. */
MUST bool source_key_signer(const struct access_key *key, struct credentials *signer,
			    struct error *err);

#endif
