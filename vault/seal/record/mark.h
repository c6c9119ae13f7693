/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_RECORD_MARK_H
#define CV_SEAL_RECORD_MARK_H

#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/seal/record/manifest.h"

#include <stdint.h>

/**
 * The bytes of the mark that stands outside the vault and says how far it had come
 * (docs/format.md, "The witness"). Two slots are written in turn, so that a torn write always
 * leaves the one before. Pure: reading and writing files is vault/store/witness/witness.h.
 */

enum {
	MARK_SLOTS = 2,
	MARK_BYTES = 512,				/**< of one slot */
	MARK_DIGEST_AT = MARK_BYTES - SEAL_DIGEST_BYTES /**< in a slot: digest of what precedes */
};

/** A plain value. All but the sequence is what one manifest and its header say. */
struct mark {
	uint64_t sequence; /**< of the mark: from 1, one more with every writing */
	uint64_t generation;
	uint64_t epoch;
	unsigned char commitment[SEAL_DIGEST_BYTES]; /**< to the vault key: keys_commit() */
	unsigned char root[SEAL_DIGEST_BYTES];
	uint64_t log_count;
	unsigned char log_head[SEAL_DIGEST_BYTES];
	unsigned char header_digest[SEAL_DIGEST_BYTES];
	int64_t updated_at; /**< when that generation was written */
};

/** The highest sequence; a slot that says more is no mark. */
#define MARK_SEQUENCE_MAX (UINT64_MAX / 2)

/** The mark of a manifest under this epoch and commitment, with sequence 0. */
struct mark mark_of(const struct manifest *manifest, uint64_t epoch,
		    const unsigned char commitment[static SEAL_DIGEST_BYTES]);

/** Whether both say the same of the vault; the sequence does not count. */
bool mark_same(const struct mark *a, const struct mark *b);

/**
 * Writes a slot, MACed under KEY_MARK. LOCKED without that key, FAILED for a sequence that no mark
 * may have.
 */
MUST bool mark_encode(const struct keys *keys, const unsigned char vault_id[static SEAL_ID_BYTES],
		      const struct mark *mark, unsigned char out[static MARK_BYTES],
		      struct error *err);

/** What a slot is. */
enum mark_state {
	MARK_NONE,    /**< torn, empty or damaged: not what was once written */
	MARK_FOREIGN, /**< written whole, but by another vault or under another vault key */
	MARK_OURS     /**< verified */
};

struct mark_slot {
	enum mark_state state;
	struct mark mark; /**< zero for MARK_NONE; of MARK_FOREIGN nothing is verified */
	unsigned char digest[SEAL_DIGEST_BYTES]; /**< what a manifest seals as mark_digest */
};

/** Reads a slot, strictly: one encoding for each mark. LOCKED without KEY_MARK. */
MUST bool mark_decode(const struct keys *keys, const unsigned char vault_id[static SEAL_ID_BYTES],
		      const unsigned char bytes[static MARK_BYTES], struct mark_slot *out,
		      struct error *err);

/**
 * What people compare across machines (docs/format.md, "The witness"): 128 bits of a digest of what
 * the mark says of the vault's content, as eight groups of four hex digits.
 */
enum { MARK_FINGERPRINT_GROUPS = 8, MARK_FINGERPRINT_BYTES = 5 * MARK_FINGERPRINT_GROUPS };
void mark_fingerprint(const struct mark *mark, char out[static MARK_FINGERPRINT_BYTES]);

/**
 * The newer of the slots that are MARK_OURS, or -1: none is, or a whole one of another key is newer
 * than it. Such a one says that this vault key is not the last one: were the older slot believed,
 * the vault from before a re-key would pass for the newest.
 */
int mark_newest(const struct mark_slot slots[static MARK_SLOTS]);

/**
 * The slot that is the mark from just before this vault's re-key, or -1. Between the commit of a
 * re-key and its first mark there is only that one: none is MARK_OURS, every whole one is of an
 * older epoch and generation, and the digest of one is the one the manifest sealed.
 */
int mark_before(const struct mark_slot slots[static MARK_SLOTS], const struct mark *vault,
		const unsigned char sealed_digest[static SEAL_DIGEST_BYTES]);

#endif
