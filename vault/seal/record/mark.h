/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_RECORD_MARK_H
#define CV_SEAL_RECORD_MARK_H

#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/seal/record/manifest.h"

#include <stdint.h>

/**
 * The bytes of the mark, which is stored outside the vault and records how far the vault had come
 * (docs/format.md, "The witness"). Two slots are written in turn, so that a torn write always
 * leaves the previous mark intact. This module does no I/O: vault/store/witness/witness.h reads and
 * writes the files.
 */

enum {
	MARK_SLOTS = 2,
	MARK_BYTES = 512,				/**< size of one slot */
	MARK_DIGEST_AT = MARK_BYTES - SEAL_DIGEST_BYTES /**< offset of a slot's digest */
};

/** A plain value. All fields but the sequence come from one manifest and its header. */
struct mark {
	uint64_t sequence; /**< number of the mark: from 1, one more with every write */
	uint64_t generation;
	uint64_t epoch;
	unsigned char commitment[SEAL_DIGEST_BYTES]; /**< to the vault key: keys_commit() */
	unsigned char root[SEAL_DIGEST_BYTES];
	uint64_t log_count;
	unsigned char log_head[SEAL_DIGEST_BYTES];
	unsigned char header_digest[SEAL_DIGEST_BYTES];
	int64_t updated_at; /**< when that generation was written */
};

/** The highest sequence; a slot with a higher one is no mark. */
#define MARK_SEQUENCE_MAX (UINT64_MAX / 2)

/** Makes the mark of a manifest under this epoch and commitment, with sequence 0. */
struct mark mark_of(const struct manifest *manifest, uint64_t epoch,
		    const unsigned char commitment[static SEAL_DIGEST_BYTES]);

/** Whether both marks describe the same state of the vault; the sequence does not count. */
bool mark_same(const struct mark *a, const struct mark *b);

/**
 * Writes a slot, MACed under KEY_MARK. LOCKED without that key, FAILED
 * when the sequence, generation, epoch or time is out of range.
 */
MUST bool mark_encode(const struct keys *keys, const unsigned char vault_id[static SEAL_ID_BYTES],
		      const struct mark *mark, unsigned char out[static MARK_BYTES],
		      struct error *err);

/** The state of a slot. */
enum mark_state {
	MARK_NONE,    /**< torn, empty or damaged: not a complete mark */
	MARK_FOREIGN, /**< complete, but of another vault or under another vault key */
	MARK_OURS     /**< verified */
};

struct mark_slot {
	enum mark_state state;
	struct mark mark; /**< zero for MARK_NONE; unverified for MARK_FOREIGN */
	unsigned char digest[SEAL_DIGEST_BYTES]; /**< digest that a manifest seals as mark_digest */
};

/** Reads a slot, strictly: each mark has one encoding. LOCKED without KEY_MARK. */
MUST bool mark_decode(const struct keys *keys, const unsigned char vault_id[static SEAL_ID_BYTES],
		      const unsigned char bytes[static MARK_BYTES], struct mark_slot *out,
		      struct error *err);

/**
 * The fingerprint that people compare across machines (docs/format.md, "The witness"): 128 bits of
 * a digest of the mark's fields about the vault's content, as eight groups of four hex digits.
 */
enum { MARK_FINGERPRINT_GROUPS = 8, MARK_FINGERPRINT_BYTES = 5 * MARK_FINGERPRINT_GROUPS };
void mark_fingerprint(const struct mark *mark, char out[static MARK_FINGERPRINT_BYTES]);

/**
 * The index of the newer slot that is MARK_OURS, or -1 when no slot is, or when a complete slot
 * under another key is newer. Such a foreign slot shows that this vault key is not the latest: if
 * the older slot were accepted, the vault from before a re-key would pass for the newest.
 */
int mark_newest(const struct mark_slot slots[static MARK_SLOTS]);

/**
 * The index of the slot with the mark from just before this vault's re-key, or -1. Between the
 * commit of a re-key and its first mark, no slot is MARK_OURS, every complete slot has an older
 * epoch and generation, and one slot has the digest that the manifest sealed.
 */
int mark_before(const struct mark_slot slots[static MARK_SLOTS], const struct mark *vault,
		const unsigned char sealed_digest[static SEAL_DIGEST_BYTES]);

#endif
