/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_STORE_H
#define CV_STORE_STORE_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/keys.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * The vault file: SQLite treated as hostile storage. A process opens one store per file, and a file
 * has one owner (exclusive lock). The functions are thread-safe except create, open, unlock and
 * close: one thread calls these while no other thread uses the store. SQLite never sees a plaintext
 * byte.
 *
 * open → only the header is readable → unlock (verifies the whole vault) → rows and log are usable
 * → drop_record_keys (idle: log and sessions stay usable) → unlock again, or close.
 */
struct store;

/** The parameters of a new vault. */
struct store_new {
	const char *path;
	const char *state_directory; /**< directory of the witness; NULL: no witness */
	const struct buf *header;    /**< encoded (vault/seal/header/header.h) */
	const struct keys *keys;     /**< copied */
	int64_t now;		     /**< Unix seconds */
};

/**
 * Creates the vault file (0600; EXISTS when a file of that name exists) with its schema, its header
 * and the first manifest and log segment, all durable including the directory, and leaves the store
 * unlocked. The mark of the witness is written before the vault gets its name, so that a crash
 * never leaves a new vault that is refused for lack of a mark. A failure leaves no file behind.
 * UNSAFE_FILE when other users can write to the directory.
 */
MUST bool store_create(const struct store_new *fresh, struct store **out, struct error *err);

/**
 * Runs the opening sequence of docs/format.md in its order; needs no key. NOT_FOUND when the file
 * does not exist, UNSAFE_FILE when other users can access the file or write to the directory,
 * TAMPERED when the file is not a vault or its schema differs from ours, FAILED while another
 * process holds the vault.
 */
MUST bool store_open(const char *path, struct store **out, struct error *err);

/** Like store_open(), but waits up to busy_ms for another process to release the vault. */
MUST bool store_open_waiting(const char *path, int busy_ms, struct store **out, struct error *err);

/** The encoded header as stored in the file: public bytes. Borrowed until the store is closed. */
const struct buf *store_header(const struct store *store);

/**
 * Verifies the whole vault under the keys (copied; the caller clears its own copy) in one read
 * transaction: manifest seal, digest of the header, row count, root over every row, log count and
 * head over every log entry. After the unlock the store compares each row with the verified digest
 * before it uses the row. TAMPERED on any difference. On an unlocked store this call restores the
 * record keys and verifies the vault again.
 */
MUST bool store_unlock(struct store *store, const struct keys *keys, struct error *err);

/**
 * Wipes the keys of records and names (idle); log, manifest and sessions stay usable. Thread-safe.
 */
void store_drop_record_keys(struct store *store);

/** Whether the store holds the keys of records and names. Thread-safe. */
bool store_has_record_keys(struct store *store);

/** The state that the verified manifest records. Thread-safe. */
struct store_state {
	uint64_t generation;
	uint64_t rows;
	uint64_t log_count;
	uint64_t log_first; /**< the number of the first entry that was not pruned */
	unsigned char log_head[32];
	unsigned char root[32];
};

/** Fails with LOCKED before store_unlock(). */
MUST bool store_state(struct store *store, struct store_state *state, struct error *err);

/**
 * Fills the journal once after an unlock, so that commits need not lengthen it
 * (sqlite_connection_prefill()). The filling is not part of store_unlock(), because a caller waits
 * for that answer; commits before the filling are just as safe, only slower. Thread-safe.
 */
void store_prefill(struct store *store);

/**
 * Runs wal_checkpoint(TRUNCATE), which must answer (0,0,0): the journal then holds no overwritten
 * data. IO on any other answer. Thread-safe.
 */
MUST bool store_checkpoint(struct store *store, struct error *err);

/**
 * Checkpoints and closes the vault, wipes the keys and frees the store in any case; IO when the
 * checkpoint failed, or the mark of a store with a witness (witnessed.h). Accepts NULL.
 */
bool store_close(struct store *store, struct error *err);

#endif
