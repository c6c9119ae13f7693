/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_FAULT_WORLD_H
#define CV_TESTS_FAULT_WORLD_H

#include "tests/fault/files.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/seal/keys.h"
#include "vault/seal/record/record.h"
#include "vault/store/store.h"
#include "vault/store/txn.h"
#include "vault/store/witness/witness.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * A scratch directory in memory, a vault in it made with a vault key at hand, and eyes that see all
 * of it. Everything random is drawn from a seed, so that a run can be repeated to the byte.
 */

enum { WORLD_PATH_BYTES = 128 };

#define WORLD_VAULT "vault.db"

struct world {
	unsigned char number; /**< which vault key */
	char directory[WORLD_PATH_BYTES];
	char path[WORLD_PATH_BYTES + 16];
	struct secret vault_key;
	struct keys keys;
	struct buf header;
	bool witnessed; /**< its state directory lies beside the vault */
	char state[WORLD_PATH_BYTES + 16];
	struct secret next_key; /**< what world_next() made */
	struct keys next_keys;
	struct buf next_header;
	bool changed;	     /**< what a re-key said of itself */
	struct store *store; /**< what an operation works on */
};

/**
 * Where the worlds that follow get their directories; world_sweep() removes it with all of them.
 */
void world_root(void);
void world_sweep(void);

/** Makes directory, keys and header bytes; worlds with different numbers have different keys. */
void world_start(struct world *world, unsigned char number);
void world_end(struct world *world);

/** After fork(), which has zeroed every secret: derives the keys again. */
void world_rekey(struct world *world);

/** The vault's next vault key, subkeys and header; world_look() knows them from then on. */
void world_next(struct world *world);

/** Restarts libsodium's and SQLite's random numbers. */
void world_seed(uint64_t seed);

/** What one opening of a vault has shown. */
struct look {
	enum error_code code; /**< ERROR_NONE when it opened, verified, and all was read */
	char message[160];
	uint64_t generation;
	uint64_t rows;
	unsigned char content[32];  /**< of every plaintext, the header and the counts */
	unsigned char manifest[32]; /**< of that and the whole manifest */
	enum witness_verdict verdict;
};

/**
 * Opens the vault at world->path as a reader would, verifies it, reads everything, and closes it.
 */
void world_look(struct world *world, struct look *look);

/** world_look(), and when it was whole: adds one record before closing. */
void world_look_and_write(struct world *world, struct look *look, struct error *wrote);

/** The same through a store that is open. False where something does not open. */
bool world_read(struct world *world, struct store *store, struct look *look, struct error *err);

bool look_same_content(const struct look *a, const struct look *b);
bool look_same(const struct look *a, const struct look *b);

/** The same, whatever the generation. */
bool look_same_plaintexts(const struct look *a, const struct look *b);

/** Creates the vault and leaves world->store open. Ends the program where it cannot. */
void world_create(struct world *world);
void world_open(struct world *world);
void world_close(struct world *world);

/** Changes, for use inside store_commit(): a record of `bytes` bytes, and its absence. */
struct change {
	enum record_table table;
	const char *name;
	uint64_t value;
	size_t bytes;
	bool decline; /**< makes the change and then refuses */
};
bool change_put(struct txn *txn, void *change, struct error *err);
bool change_delete(struct txn *txn, void *change, struct error *err);
bool change_log(struct txn *txn, void *text, struct error *err);

/** Commits one of these; ends the program where it cannot. */
void world_put(struct world *world, enum record_table table, const char *name, uint64_t value);
void world_delete(struct world *world, enum record_table table, const char *name);
void world_log(struct world *world, const char *text);

/** A small vault with a few of everything, open. */
void world_furnish(struct world *world);

/** Ends the program with the library's words. */
_Noreturn void world_fail(const char *what, const struct error *err);

#endif
