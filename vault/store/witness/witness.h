/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_WITNESS_WITNESS_H
#define CV_STORE_WITNESS_WITNESS_H

#include "vault/base/clock.h"
#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/seal/record/mark.h"
#include "vault/store/witness/pin.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * The witness: the last state of the vault that this machine saw, in a directory that is not
 * copied, synced or restored together with the vault (docs/format.md). The vault is committed
 * before its mark is written: a mark that lags behind the vault means a crash, a mark ahead of it
 * means an older vault. Two files of the state directory, 0600: <vault_id in hex>.hwm holds the
 * mark in two slots, and the pin (pin.h) names the vault at a path. Not thread-safe: the store
 * calls these functions under its own lock.
 */
struct witness;

/**
 * The distance of the slots in the file: they never share a block, because a disk may lose a whole
 * block.
 */
enum { WITNESS_SLOT_STRIDE = 4096 };

/**
 * Reads both slots and the pin of the vault with this id at this resolved path. Creates the state
 * directory (0700) where it is missing. UNSAFE_FILE when the state directory is the directory of
 * the vault, or when other users can access directory or files. A missing mark is no failure here.
 */
MUST bool witness_open(const char *state_directory, const char *vault_path,
		       const unsigned char vault_id[static SEAL_ID_BYTES], struct witness **out,
		       struct error *err);

/** Closes and frees the witness; writes no file. Accepts NULL. */
void witness_close(struct witness *witness);

/**
 * The verdicts. Every verdict after WITNESS_RECOVERED makes the store refuse the vault until the
 * owner accepts it.
 */
enum witness_verdict {
	WITNESS_AGREES,
	WITNESS_LAGS,	      /**< the vault is newer: a crash, or log entries of the last second */
	WITNESS_RECOVERED,    /**< a crash between a re-key and its first mark */
	WITNESS_ABSENT,	      /**< no mark: a new machine, or a removed mark */
	WITNESS_UNVERIFIABLE, /**< both slots are lost, or belong to another vault key */
	WITNESS_AHEAD,	      /**< the vault is older than the one used last */
	WITNESS_DIVERGED,     /**< the vault is as old or newer, but has another history */
	WITNESS_SUBSTITUTED   /**< another vault, or another vault key, lies at this path */
};

/** A plain value: the result of a comparison, for messages and for `restore`. */
struct witness_finding {
	enum witness_verdict verdict;
	struct mark vault;
	struct mark mark;   /**< the newest complete mark; zero where there is none */
	bool mark_verified; /**< if false, the mark is an unverified claim */
	uint64_t highest;   /**< highest generation in a verified slot; 0: none */
	struct pin pin;
};

/**
 * Compares the verified vault (mark_of()) with the mark and the pin. `sealed_digest` is the
 * mark_digest of the manifest. The verdict is the answer; the call fails only with LOCKED (no
 * KEY_MARK).
 */
MUST bool witness_check(struct witness *witness, const struct keys *keys, const struct mark *vault,
			const unsigned char sealed_digest[static SEAL_DIGEST_BYTES],
			struct witness_finding *out, struct error *err);

/** Whether the vault may be used with this verdict. */
bool witness_trusts(enum witness_verdict verdict);

/** The name of a verdict in the protocol and the log: "older". Static. */
const char *witness_name(enum witness_verdict verdict);

/**
 * Describes a verdict that is not trusted as an error: TAMPERED, with both generations and dates.
 * Always returns false.
 */
bool witness_refuse(const struct witness *witness, const struct witness_finding *finding,
		    struct error *err);

/**
 * The digest of the newest mark, for the seal of the next manifest; zero where there is no mark.
 * This digest makes a re-key and its first mark one step.
 */
void witness_digest(const struct witness *witness, unsigned char out[static SEAL_DIGEST_BYTES]);

/**
 * Writes a mark into the older slot and syncs it; with a new epoch, writes both slots, so that no
 * mark of the old key remains to agree with an old vault. Then writes the pin where it differs.
 * Call it only for a committed state, after witness_check() has trusted the vault. IO on failure;
 * the last good mark then stays valid.
 */
MUST bool witness_write(struct witness *witness, const struct keys *keys, const struct mark *vault,
			struct error *err);

/** How soon a change of the vault must be marked. */
enum witness_kind {
	WITNESS_LOG, /**< changes of log and sessions: a mark at most once a second */
	WITNESS_KEYS /**< changes of keys, slots, epoch, and the close: a mark before the answer */
};

/**
 * Called after each commit: writes the mark when it is due and differs from the newest. *clock is
 * read only for WITNESS_LOG.
 */
MUST bool witness_note(struct witness *witness, const struct keys *keys, const struct mark *vault,
		       enum witness_kind kind, const struct clock *clock, struct error *err);

/**
 * Accepts the vault in its present state, whatever the old mark says: writes both slots and the pin
 * anew. For a new vault, and for an older copy that its owner has proved to be intended; the
 * generation of that vault must already be above the generation of the mark.
 */
MUST bool witness_accept(struct witness *witness, const struct keys *keys, const struct mark *vault,
			 struct error *err);

/**
 * Removes mark and pin of a vault whose creation failed, as far as possible. The caller then closes
 * the witness.
 */
void witness_remove(struct witness *witness);

#endif
