/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_RECORD_RECORD_H
#define CV_SEAL_RECORD_RECORD_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/keys.h"

#include <stddef.h>
#include <stdint.h>

/**
 * A row of `rec`: one padded, sealed blob, bound to its vault, epoch, table, id, version and blind
 * index. The plaintext is what the *_encode() functions of this layer make; its first field is the
 * record's name.
 */

/** Tables; keys of KEY_SESSION seal 2, 3 and 4, so that they outlive the idle limit. */
enum record_table {
	TABLE_KEY = 1,	    /**< struct access_key, by name */
	TABLE_SESSION = 2,  /**< struct session_record, by the hex of its step's digest */
	TABLE_USAGE = 3,    /**< struct usage, by the hex of the key's row id */
	TABLE_MFA = 4,	    /**< struct mfa_step, by serial */
	TABLE_SETTINGS = 5, /**< struct settings, one row */
	TABLE_ROTATION = 6  /**< struct rotation_record, by the old key's id */
};

enum {
	RECORD_NAME_MAX = 256,
	RECORD_PLAIN_MAX = 32768 - 1,
	RECORD_SEALED_MIN = SEAL_PAD_BYTES + SEAL_TAG_BYTES,
	RECORD_SEALED_MAX = 32768 + SEAL_TAG_BYTES
};

/**
 * Whether it is one of enum record_table. The key to a row of any other is not known here either:
 * whether such a row is good the manifest alone says.
 */
bool record_table_is_known(uint64_t table);

/** What a row says about itself in the open; all of it is authenticated with the blob. */
struct record_id {
	unsigned char id[SEAL_ID_BYTES]; /**< random, made once */
	uint64_t table;			 /**< enum record_table */
	uint64_t version;		 /**< from 1, one more with every change */
	uint64_t epoch;			 /**< the header's */
	unsigned char name_index[SEAL_DIGEST_BYTES];
};

/** A whole row, as it stands in the file. `sealed` is borrowed. */
struct record_row {
	struct record_id id;
	unsigned char nonce[SEAL_NONCE_BYTES];
	const void *sealed;
	size_t sealed_len;
};

/**
 * The blind index of a name: BLAKE2b under the table's index key. LOCKED when that key is wiped;
 * USAGE when the name is empty or longer than RECORD_NAME_MAX.
 */
MUST bool record_name_index(const struct keys *keys, enum record_table table, const char *name,
			    unsigned char out[static SEAL_DIGEST_BYTES], struct error *err);

/** A new row's identity: random id, version 1, the name's index. */
MUST bool record_id_new(const struct seal_ctx *ctx, enum record_table table, const char *name,
			struct record_id *out, struct error *err);

/**
 * Seals plain with a fresh nonce into *sealed (reset first; its limit must allow
 * RECORD_SEALED_MAX). The name in plain must be the one that id->name_index was made of; FAILED
 * otherwise, or when it is too long.
 */
MUST bool record_seal(const struct seal_ctx *ctx, const struct record_id *id,
		      const struct buf *plain, unsigned char nonce[static SEAL_NONCE_BYTES],
		      struct buf *sealed, struct error *err);

/**
 * Opens a row into *plain (reset first; limit at least RECORD_PLAIN_MAX + 1). The name inside must
 * have the row's blind index and, where `name` is not NULL, be that name. TAMPERED otherwise;
 * LOCKED when the keys are wiped. Freshness is the manifest's matter, not checked here.
 */
MUST bool record_open(const struct seal_ctx *ctx, const struct record_row *row, const char *name,
		      struct buf *plain, struct error *err);

/**
 * The same record under another vault key: opened under `from`, sealed under `to`, with the blind
 * index its name has there; id, table, version and plaintext stay, whether its fields are known
 * here or not. *sealed is reset first, and *out borrows it. Errors as record_open() and
 * record_seal(); NEWER for a table that is not known, of a row that the manifest is known to have.
 */
MUST bool record_reseal(const struct seal_ctx *from, const struct seal_ctx *to,
			const struct record_row *row, struct record_row *out, struct buf *sealed,
			struct error *err);

#endif
