/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_BACKUP_COPY_H
#define CV_STORE_BACKUP_COPY_H

#include "vault/base/error.h"

#include <stdint.h>

/**
 * A copy of an unlocked vault as a file of its own, for backups. It is a whole vault of the same
 * format, id, epoch and generation that opens with what opens the vault today, without what is of
 * no use later or does harm then: sessions and the last codes of MFA devices are left out, and the
 * closed parts of the log, which stay beside the vault. Nothing in a copy goes on by itself: of an
 * unfinished rotation only the second key is kept, as a key with a name of its own (copy_spare.h).
 */

struct store;

/** A plain value: what a copy holds. */
struct copy_facts {
	uint64_t generation;
	uint64_t epoch;
	uint64_t keys;	    /**< access keys, spare ones included */
	uint64_t spares;    /**< second keys of unfinished rotations */
	uint64_t log_count; /**< number of the last entry of the log */
	uint64_t log_first; /**< number of the first entry that the copy holds */
	int64_t updated_at; /**< Unix seconds */
};

/**
 * Writes the copy to `path`, a new file in the vault's directory (0600, durable), and verifies it
 * as the next one to open it will: header, manifest, every row, the log. On failure the file is
 * removed. EXISTS; LOCKED without the record keys; TAMPERED where the vault was changed while it
 * was open; IO. Commits wait until the copy is made. Thread-safe.
 */
MUST bool copy_write(struct store *store, const char *path, struct copy_facts *out,
		     struct error *err);

/**
 * Removes copies beside the vault that nobody has taken away, since a command was killed: files
 * whose names are the vault's with the infix behind it, last written before that time.
 */
void copies_sweep(const char *vault_path, const char *infix, int64_t before);

#endif
