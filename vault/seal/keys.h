/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_KEYS_H
#define CV_SEAL_KEYS_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/format/json.h"
#include "vault/seal/sizes.h"

#include <stdint.h>

/**
 * The vault key VK (32 random bytes, in nobody's hands but the command line's and only while it
 * unlocks) and the subkeys that are derived from it, one per purpose. The agent gets all of them
 * but KEY_HEADER, so it can neither add a slot nor change one.
 */

/**
 * The id is the subkey number of crypto_kdf and never gets another meaning. 0 and 6 are not used.
 */
enum key_id {
	KEY_RECORD = 1,	  /**< seals keys and settings */
	KEY_INDEX = 2,	  /**< blind index of their names */
	KEY_MANIFEST = 3, /**< seals the manifest */
	KEY_HEADER = 4,	  /**< MACs the header; never in a struct keys */
	KEY_LOG = 5,	  /**< wraps the log's segment keys */
	KEY_MARK = 7,	  /**< MACs the witness outside the vault */
	KEY_ROOT = 8,	  /**< digests of rows and buckets */
	KEY_SESSION = 9,  /**< its children seal and index sessions, usage and MFA steps */
	KEY_PROOF = 10	  /**< MACs the proof that a sensitive act carries */
};
enum { KEY_ID_END = 11 };

/**
 * The agent's set. Each entry is empty or SEAL_KEY_BYTES long; entry KEY_HEADER is always empty.
 */
struct keys {
	struct secret at[KEY_ID_END];
};

/** Whose seals they are: the subkeys, the vault, and the epoch of its key. All is borrowed. */
struct seal_ctx {
	const struct keys *keys;
	const unsigned char *vault_id; /**< SEAL_ID_BYTES */
	uint64_t epoch;
};

/** A fresh vault key. */
MUST bool keys_new_vault_key(struct secret *vault_key, struct error *err);

/** Derives the agent's set. What *keys held is cleared first; on failure it is empty. */
MUST bool keys_derive(const struct secret *vault_key, struct keys *keys, struct error *err);

/** Derives KEY_HEADER, for the command line alone. */
MUST bool keys_derive_header(const struct secret *vault_key, struct secret *key, struct error *err);

/** Wipes all. Accepts empty. */
void keys_clear(struct keys *keys);

/** At the idle limit: wipes KEY_RECORD and KEY_INDEX and keeps the others. */
void keys_clear_records(struct keys *keys);

/** Whether the key is there (not wiped). False for numbers that are no key. */
bool keys_have(const struct keys *keys, enum key_id id);

/** Copies what is there; on failure *to is empty. */
MUST bool keys_copy(struct keys *to, const struct keys *from, struct error *err);

/** Moves: *to is cleared, *from becomes empty. */
void keys_move(struct keys *to, struct keys *from);

/** Whether both sets are complete and equal (constant time). */
bool keys_equal(const struct keys *a, const struct keys *b);

/** The commitment to VK that stands in the header: no two keys fit one header. */
void keys_commit(const struct secret *vault_key, const unsigned char vault_id[static SEAL_ID_BYTES],
		 uint64_t epoch, unsigned char out[static SEAL_DIGEST_BYTES]);

/**
 * Appends the agent's set as one JSON object of hex texts: {"record":"…","index":"…",…}. For a
 * socketpair between two processes of ours only. FAILED unless the set is complete.
 */
MUST bool keys_append_json(const struct keys *keys, struct buf *out, struct error *err);

/**
 * Reads that object; PROTOCOL unless it has exactly the agent's set. The caller frees the value
 * (wiped).
 */
MUST bool keys_from_json(const json_t *object, struct keys *keys, struct error *err);

/**
 * The two keys of a table, as copies that the caller wipes with secret_wipe(). For this layer's
 * use. LOCKED when the idle limit has wiped them.
 */
struct keys_pair {
	unsigned char seal[SEAL_KEY_BYTES];
	unsigned char index[SEAL_KEY_BYTES];
};
MUST bool keys_of_records(const struct keys *keys, struct keys_pair *out, struct error *err);
MUST bool keys_of_sessions(const struct keys *keys, struct keys_pair *out, struct error *err);

#endif
