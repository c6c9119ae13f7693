/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_CHANGE_WITNESSED_H
#define CV_STORE_CHANGE_WITNESSED_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/store/witness/witness.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * A store with its witness (witness.h). store_unlock() then refuses a vault that is not the one
 * this machine used last, each store_commit() seals the digest of the last mark and marks what it
 * committed, and store_close() marks the end. A mark that could not be written fails no commit,
 * since the change is made: it lags, which is safe, and the next commit tries again. A store
 * without a witness is neither checked nor marked.
 */

struct store;

/**
 * Opens the witness of an opened store that is not unlocked yet; the store keeps and closes it.
 * Fails as witness_open() does, TAMPERED when the header cannot be read.
 */
MUST bool store_set_witness(struct store *store, const char *state_directory, struct error *err);

/**
 * As store_unlock() for an owner who has proved that this vault is the right one: the witness does
 * not refuse it. The next commit (which puts the acceptance on record) gets a generation above the
 * mark's and makes witness and pin agree; until then nothing outside the vault changes. All that
 * the keys can verify is still verified.
 */
MUST bool store_unlock_accepting(struct store *store, const struct keys *keys, struct error *err);

/** What the witness found at the last unlock, refused or not; false without witness or check. */
bool store_finding(struct store *store, struct witness_finding *out);

/**
 * Marks the last commit at once. Operations that retire key material call it before they answer;
 * the owner's clock calls it a second after the last commit. Without a new commit nothing is
 * written. IO. True without a witness. Thread-safe.
 */
MUST bool store_mark(struct store *store, struct error *err);

/**
 * Marks the last commit and reads the mark again from the state directory. True if that mark has
 * this vault's generation, and so its log. False also without a witness, and if the mark cannot be
 * written or read. For an unlocked store. Thread-safe.
 */
bool store_is_marked(struct store *store, const char *state_directory);

struct header;
struct manifest;

/*
 * For this layer, with the store's lock held.
 */

/** Compares a vault that the keys have verified with the witness; true without a witness. */
MUST bool witnessed_check(struct store *store, const struct keys *keys, const struct header *header,
			  const struct manifest *manifest, bool accept, struct error *err);

/** Adds the witness's fields to the next manifest. */
void witnessed_next(const struct store *store, struct manifest *manifest);

/** Marks the last commit when a mark is due. */
MUST bool witnessed_note(struct store *store, enum witness_kind kind, struct error *err);

#endif
