/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_ROWS_RECOVERY_FILE_H
#define CV_STORE_ROWS_RECOVERY_FILE_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/record/record.h"

#include <stdbool.h>

/**
 * A sealed record in a file beside the vault, for a secret that exists nowhere else at a moment
 * when the vault cannot be written: `<vault>.new-<id>`, id in hex, 0600 (docs/format.md). The
 * blocks of the file are on the disk before that moment, so that the write needs no space.
 * Thread-safe for different ids.
 */

struct store;

enum { RECOVERY_FILE_BYTES = 16384 };

/**
 * Creates the file, filled with zeros, synced with its directory. A file that already holds a
 * record stays unchanged. IO where the disk is full; UNSAFE_FILE where a file that is not private
 * to us has the name.
 */
MUST bool recovery_file_reserve(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
				struct error *err);

/** Seals plain (whose name must be `name`) into the reserved file and syncs the file. */
MUST bool recovery_file_write(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
			      enum record_table table, const char *name, const struct buf *plain,
			      struct error *err);

/**
 * Opens the record into *plain (ROW_BUF). NOT_FOUND where the file is missing or holds only zeros;
 * TAMPERED, LOCKED.
 */
MUST bool recovery_file_read(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
			     enum record_table table, const char *name, struct buf *plain,
			     struct error *err);

/** Removes the file, durably. Accepts a missing file. */
MUST bool recovery_file_remove(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
			       struct error *err);

#endif
