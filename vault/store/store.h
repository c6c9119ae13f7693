/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_STORE_H
#define CV_STORE_STORE_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/keys.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * The vault file: SQLite treated as hostile storage. One store per file and process,
 * one owner per file (exclusive lock). Thread-safe but for create, open, unlock and close, which
 * one thread calls while no other uses the store. SQLite never sees a plaintext byte.
 *
 * open → header readable, nothing else → unlock (everything verified) → rows and log →
 * drop_record_keys (idle: log and sessions go on) → unlock again, or close.
 */
struct store;

/** A vault that is to be made. */
struct store_new {
	const char *path;
	const char *state_directory; /**< where its witness is kept; NULL: it has none */
	const struct buf *header;    /**< encoded (vault/seal/header/header.h) */
	const struct keys *keys;     /**< copied */
	int64_t now;		     /**< Unix seconds */
};

/**
 * Makes the file (0600; EXISTS when anything has that name), its schema, its header and the first
 * manifest and log segment, durable including the directory, and leaves it unlocked. The witness's
 * mark is there before the vault's name is, so that no crash leaves a new vault that is refused for
 * want of a mark. A failure leaves nothing behind. UNSAFE_FILE when the directory is not the
 * owner's alone.
 */
MUST bool store_create(const struct store_new *fresh, struct store **out, struct error *err);

/**
 * The whole opening sequence of docs/format.md, in its order; no key is needed. NOT_FOUND when
 * there is no such file, UNSAFE_FILE when file or directory are not ours alone, TAMPERED when it is
 * not a vault or its schema is not exactly ours, FAILED while another process holds it.
 */
MUST bool store_open(const char *path, struct store **out, struct error *err);

/** As store_open(), waiting at most busy_ms for another process. */
MUST bool store_open_waiting(const char *path, int busy_ms, struct store **out, struct error *err);

/**
 * The encoded header as it stands in the file: public bytes. Borrowed until the store is closed.
 */
const struct buf *store_header(const struct store *store);

/**
 * Verifies the whole vault under the keys (copied; the caller clears its own) in one read
 * transaction: manifest seal, digest of the header, row count, root over every row, log count and
 * head over every log entry. From then on each row is compared with what was verified here before
 * it is used. TAMPERED on any difference. Calling it on an unlocked store brings the record keys
 * back and verifies again.
 */
MUST bool store_unlock(struct store *store, const struct keys *keys, struct error *err);

/** Wipes the keys to records and names (idle); log, manifest and sessions go on. Thread-safe. */
void store_drop_record_keys(struct store *store);

/** Whether the keys to records and names are there. Thread-safe. */
bool store_has_record_keys(struct store *store);

/** What the verified manifest says. Thread-safe. */
struct store_state {
	uint64_t generation;
	uint64_t rows;
	uint64_t log_count;
	unsigned char log_head[32];
	unsigned char root[32];
};

/** LOCKED before store_unlock(). */
MUST bool store_state(struct store *store, struct store_state *state, struct error *err);

/**
 * Fills the journal once after an unlock, so that commits need not lengthen it
 * (sqlite_connection_prefill()). It is no part of store_unlock(), whose answer somebody waits for;
 * commits before it are as safe, and slower. Thread-safe.
 */
void store_prefill(struct store *store);

/**
 * wal_checkpoint(TRUNCATE) that must answer (0,0,0): nothing that was overwritten is left in the
 * journal. IO when it does not. Thread-safe.
 */
MUST bool store_checkpoint(struct store *store, struct error *err);

/**
 * Checkpoints, closes, wipes and frees in any case; IO when the checkpoint, or the mark of a store
 * with a witness (witnessed.h), failed. Accepts NULL.
 */
bool store_close(struct store *store, struct error *err);

#endif
