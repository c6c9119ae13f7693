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
 * The vault key VK (32 random bytes, held only by the command line and only while it unlocks) and
 * the subkeys derived from VK, one per purpose. The agent gets all subkeys but KEY_HEADER, so the
 * agent can neither add nor change a slot.
 */

/**
 * The id is the subkey number of crypto_kdf; an id never changes its meaning. 0 and 6 are not used.
 */
enum key_id {
	KEY_RECORD = 1,	  /**< seals records of keys and settings */
	KEY_INDEX = 2,	  /**< blind index of the names of those records */
	KEY_MANIFEST = 3, /**< seals the manifest */
	KEY_HEADER = 4,	  /**< MACs the header; never in a struct keys */
	KEY_LOG = 5,	  /**< wraps the log's segment keys */
	KEY_MARK = 7,	  /**< MACs the witness outside the vault */
	KEY_ROOT = 8,	  /**< digests of rows and buckets */
	KEY_SESSION = 9,  /**< its child keys seal and index sessions, usage and MFA steps */
	KEY_PROOF = 10	  /**< MACs the proof that a sensitive act carries */
};
enum { KEY_ID_END = 11 };

/**
 * The agent's set of subkeys. Each entry is empty or SEAL_KEY_BYTES long; entry KEY_HEADER is
 * always empty.
 */
struct keys {
	struct secret at[KEY_ID_END];
};

/**
 * The context of every seal: the subkeys, the vault, and the epoch of its key. All pointers are
 * borrowed.
 */
struct seal_ctx {
	const struct keys *keys;
	const unsigned char *vault_id; /**< SEAL_ID_BYTES */
	uint64_t epoch;
};

/** Makes a fresh vault key. */
MUST bool keys_new_vault_key(struct secret *vault_key, struct error *err);

/**
 * Derives the agent's set. The old content of *keys is cleared first; on failure *keys is empty.
 */
MUST bool keys_derive(const struct secret *vault_key, struct keys *keys, struct error *err);

/** Derives KEY_HEADER, for the command line alone. */
MUST bool keys_derive_header(const struct secret *vault_key, struct secret *key, struct error *err);

/** Wipes all keys. Accepts an empty set. */
void keys_clear(struct keys *keys);

/** Wipes KEY_RECORD and KEY_INDEX at the idle limit and keeps the other keys. */
void keys_clear_records(struct keys *keys);

/** Whether the set holds the key (not wiped). False for a number that is no key id. */
bool keys_have(const struct keys *keys, enum key_id id);

/** Copies the keys that are present; on failure *to is empty. */
MUST bool keys_copy(struct keys *to, const struct keys *from, struct error *err);

/** Moves the set: *to is cleared first, *from becomes empty. */
void keys_move(struct keys *to, struct keys *from);

/** Whether both sets are complete and equal (constant time). */
bool keys_equal(const struct keys *a, const struct keys *b);

/** Computes the commitment to VK that the header stores: no two vault keys fit one header. */
void keys_commit(const struct secret *vault_key, const unsigned char vault_id[static SEAL_ID_BYTES],
		 uint64_t epoch, unsigned char out[static SEAL_DIGEST_BYTES]);

/**
 * Appends the agent's set as one JSON object of hex texts: {"record":"…","index":"…",…}. Use it
 * only over a socketpair between two processes of credvault. FAILED unless the set is complete.
 */
MUST bool keys_append_json(const struct keys *keys, struct buf *out, struct error *err);

/**
 * Reads the object that keys_append_json() wrote; PROTOCOL unless it has exactly the agent's set.
 * The caller frees and wipes the JSON value.
 */
MUST bool keys_from_json(const json_t *object, struct keys *keys, struct error *err);

/**
 * The two keys of a table, as copies that the caller wipes with secret_wipe(). Only this layer uses
 * them. LOCKED when the idle limit has wiped the keys.
 */
struct keys_pair {
	unsigned char seal[SEAL_KEY_BYTES];
	unsigned char index[SEAL_KEY_BYTES];
};
MUST bool keys_of_records(const struct keys *keys, struct keys_pair *out, struct error *err);
MUST bool keys_of_sessions(const struct keys *keys, struct keys_pair *out, struct error *err);

#endif
