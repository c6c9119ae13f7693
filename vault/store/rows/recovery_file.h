/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_ROWS_RECOVERY_FILE_H
#define CV_STORE_ROWS_RECOVERY_FILE_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/record/record.h"

#include <stdbool.h>

/**
 * A sealed record beside the vault, for the one moment when something exists nowhere else and the
 * vault cannot be written: `<vault>.new-<id>`, id in hex, 0600 (docs/format.md). Its blocks are on
 * the disk before that moment comes, so that writing it needs no room. Thread-safe as far as ids
 * differ.
 */

struct store;

enum { RECOVERY_FILE_BYTES = 16384 };

/**
 * Makes the file, zeros, synced with its directory. One that is there with a record in it is left
 * as it is. IO where the disk is full; UNSAFE_FILE where something else has the name.
 */
MUST bool recovery_file_reserve(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
				struct error *err);

/** Seals plain (its name must be `name`) into the reserved file, synced. */
MUST bool recovery_file_write(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
			      enum record_table table, const char *name, const struct buf *plain,
			      struct error *err);

/**
 * Opens it into *plain (ROW_BUF). NOT_FOUND where there is no file or only zeros; TAMPERED, LOCKED.
 */
MUST bool recovery_file_read(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
			     enum record_table table, const char *name, struct buf *plain,
			     struct error *err);

/** Removes the file, durably. Accepts one that is not there. */
MUST bool recovery_file_remove(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
			       struct error *err);

#endif
