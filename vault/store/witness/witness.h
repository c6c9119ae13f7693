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
 * The witness: what this machine saw of the vault last, in a directory that is not copied, synced
 * or restored together with it (docs/format.md). The vault is committed first and the mark follows:
 * a mark that lags is a crash, one that is ahead is an older vault. Two files of the state
 * directory, 0600: <vault_id in hex>.hwm holds the mark in two slots, and a pin (pin.h) says which
 * vault lies at a path. Not thread-safe: the store calls it under its own lock.
 */
struct witness;

/** Where the slots begin in the file: never in one block, which a disk may lose whole. */
enum { WITNESS_SLOT_STRIDE = 4096 };

/**
 * Reads both slots and the pin of the vault with this id at this resolved path. Makes the state
 * directory (0700) where it is missing. UNSAFE_FILE when it is the vault's own, or when directory
 * or files are not ours alone. No mark is no failure yet.
 */
MUST bool witness_open(const char *state_directory, const char *vault_path,
		       const unsigned char vault_id[static SEAL_ID_BYTES], struct witness **out,
		       struct error *err);

/** Closes and frees; writes nothing. Accepts NULL. */
void witness_close(struct witness *witness);

/** The verdicts. Everything behind WITNESS_RECOVERED is refused until it is accepted. */
enum witness_verdict {
	WITNESS_AGREES,
	WITNESS_LAGS,	      /**< the vault is newer: a crash, or log entries of the last second */
	WITNESS_RECOVERED,    /**< a crash between a re-key and its first mark */
	WITNESS_ABSENT,	      /**< a new machine, or somebody removed it */
	WITNESS_UNVERIFIABLE, /**< both slots lost, or of another vault key */
	WITNESS_AHEAD,	      /**< the vault is older than what was used last */
	WITNESS_DIVERGED,     /**< as old, or newer, and with another past */
	WITNESS_SUBSTITUTED   /**< another vault, or another vault key, lies at this path */
};

/** A plain value: what was compared, for messages and for `restore`. */
struct witness_finding {
	enum witness_verdict verdict;
	struct mark vault;
	struct mark mark;   /**< the newest whole one; zero without one */
	bool mark_verified; /**< else what it says is a claim */
	uint64_t highest;   /**< generation that any verified slot names; 0 = none */
	struct pin pin;
};

/**
 * Compares the verified vault (mark_of()) with what stands here. `sealed_digest` is the manifest's
 * mark_digest. Fails with LOCKED alone (no KEY_MARK); the answer is the verdict.
 */
MUST bool witness_check(struct witness *witness, const struct keys *keys, const struct mark *vault,
			const unsigned char sealed_digest[static SEAL_DIGEST_BYTES],
			struct witness_finding *out, struct error *err);

/** Whether the vault may be used with this verdict. */
bool witness_trusts(enum witness_verdict verdict);

/** A verdict as the protocol and the log name it: "older". Static. */
const char *witness_name(enum witness_verdict verdict);

/**
 * Puts a verdict that is not trusted into words: TAMPERED, with both generations and dates.
 * Always returns false.
 */
bool witness_refuse(const struct witness *witness, const struct witness_finding *finding,
		    struct error *err);

/**
 * The digest of the newest mark, to be sealed into the next manifest; zero where there is none.
 * What makes a re-key and its first mark one step.
 */
void witness_digest(const struct witness *witness, unsigned char out[static SEAL_DIGEST_BYTES]);

/**
 * Writes a mark into the older slot and syncs it; into both where the epoch is a new one, so that
 * no mark of the old key is left to agree with an old vault. Then the pin where it differs. To be
 * called only for what is committed, after witness_check() has trusted the vault. IO; the last good
 * mark then still stands.
 */
MUST bool witness_write(struct witness *witness, const struct keys *keys, const struct mark *vault,
			struct error *err);

/** How soon a change must be marked. */
enum witness_kind {
	WITNESS_LOG, /**< log, sessions: at most once a second */
	WITNESS_KEYS /**< keys, slots, epoch, and at the end: before the answer */
};

/**
 * After each commit: writes the mark when it is due and says something new. *clock is read for
 * WITNESS_LOG alone.
 */
MUST bool witness_note(struct witness *witness, const struct keys *keys, const struct mark *vault,
		       enum witness_kind kind, const struct clock *clock, struct error *err);

/**
 * The vault as it stands is the right one, whatever was here: both slots and the pin are written
 * anew. For a new vault, and when its owner has proved that an older copy is meant; then the
 * vault's generation has to be above the mark's already.
 */
MUST bool witness_accept(struct witness *witness, const struct keys *keys, const struct mark *vault,
			 struct error *err);

/** Takes mark and pin away, as far as it can: of a vault that came to nothing. Then close it. */
void witness_remove(struct witness *witness);

#endif
