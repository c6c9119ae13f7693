/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_BACKUP_STAGED_H
#define CV_STORE_BACKUP_STAGED_H

#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/store/witness/witness.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A backup that lies beside the vault and is to be restored. Whatever is there is hostile until its
 * keys have verified it. It is turned into a copy as `backup` makes one, also where it is a plain
 * copy of a vault's file, so that neither sessions nor rotations come out of it.
 */

struct store;

enum { STAGED_DIGEST_BYTES = 32 };

struct staged {
	struct store *store; /**< unlocked, without a witness */
	char path[4200];     /**< of the turned copy, which staged_close() removes */
	unsigned char digest[STAGED_DIGEST_BYTES]; /**< of the manifest that the backup came with */
	uint64_t epoch, log_count, generation;
	int64_t updated_at;
	unsigned char vault_id[SEAL_ID_BYTES];
};

#define STAGED_EMPTY ((struct staged){.store = NULL})

/** Opens the file at `path`, verifies it under the keys, and turns it into `path` + ".turned". */
MUST bool staged_open(const char *path, const struct keys *keys, struct staged *out,
		      struct error *err);

/** Closes it and removes the turned copy. Accepts empty. */
void staged_close(struct staged *staged);

/**
 * What this machine's witness says of the backup, as if it lay at vault_path. The keys are those it
 * is open under.
 */
MUST bool staged_finding(const struct staged *staged, const char *vault_path,
			 const char *state_directory, const struct keys *keys,
			 struct witness_finding *out, struct error *err);

/** Whether the machine has seen a later vault key: what opens the backup was replaced since. */
bool staged_is_outdated(const struct witness_finding *finding, uint64_t epoch);

/**
 * Closes the backup and gives it the vault's name, where no file may be, in one step. EXISTS where
 * there is one, or a journal of a vault that is gone. The staged copy is gone either way.
 */
MUST bool staged_install(struct staged *staged, const char *vault_path, struct error *err);

/** A digest of the vault (NULL: none), the backup and the names: what a person says yes to. */
MUST bool staged_agree(const struct staged *staged, struct store *vault, const char *const *drop,
		       size_t drop_count, unsigned char out[static STAGED_DIGEST_BYTES],
		       struct error *err);

#endif
