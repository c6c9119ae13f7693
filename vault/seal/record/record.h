/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_RECORD_RECORD_H
#define CV_SEAL_RECORD_RECORD_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/keys.h"

#include <stddef.h>
#include <stdint.h>

/**
 * A row of `rec` is one padded, sealed blob, bound to its vault, epoch, table, id, version and
 * blind index. The *_encode() functions of this layer make the plaintext; its first field is the
 * record's name.
 */

/**
 * Tables. Child keys of KEY_SESSION seal tables 2, 3, 4 and 8, so that these stay readable after
 * the idle limit.
 */
enum record_table {
	TABLE_KEY = 1,	     /**< struct access_key, by name */
	TABLE_SESSION = 2,   /**< struct session_record, by the hex of its step's digest */
	TABLE_USAGE = 3,     /**< struct usage, by the hex of the key's row id */
	TABLE_MFA = 4,	     /**< struct mfa_step, by serial */
	TABLE_SETTINGS = 5,  /**< struct settings, one row */
	TABLE_ROTATION = 6,  /**< struct rotation_record, by the old key's id */
	TABLE_CA_BUNDLE = 7, /**< struct ca_bundle, one row */
	TABLE_ANCHOR = 8     /**< struct log_anchor, one row */
};

enum {
	RECORD_NAME_MAX = 256,
	RECORD_PLAIN_MAX = 32768 - 1,
	RECORD_SEALED_MIN = SEAL_PAD_BYTES + SEAL_TAG_BYTES,
	RECORD_SEALED_MAX = 32768 + SEAL_TAG_BYTES
};

/**
 * Whether the table is one of enum record_table. This program has no key for rows of another table:
 * only the manifest tells whether such a row is good.
 */
bool record_table_is_known(uint64_t table);

/** The public fields of a row; all of them are authenticated with the blob. */
struct record_id {
	unsigned char id[SEAL_ID_BYTES]; /**< random, made once */
	uint64_t table;			 /**< enum record_table */
	uint64_t version;		 /**< from 1, one more with every change */
	uint64_t epoch;			 /**< epoch of the header */
	unsigned char name_index[SEAL_DIGEST_BYTES];
};

/** A whole row, as stored in the file. `sealed` is borrowed. */
struct record_row {
	struct record_id id;
	unsigned char nonce[SEAL_NONCE_BYTES];
	const void *sealed;
	size_t sealed_len;
};

/**
 * Computes the blind index of a name: BLAKE2b under the table's index key. LOCKED when that key is
 * wiped; USAGE when the name is empty or longer than RECORD_NAME_MAX.
 */
MUST bool record_name_index(const struct keys *keys, enum record_table table, const char *name,
			    unsigned char out[static SEAL_DIGEST_BYTES], struct error *err);

/** Makes the identity of a new row: random id, version 1, the name's index. */
MUST bool record_id_new(const struct seal_ctx *ctx, enum record_table table, const char *name,
			struct record_id *out, struct error *err);

/**
 * Seals plain with a fresh nonce into *sealed (reset first; its limit must allow
 * RECORD_SEALED_MAX). FAILED when the name in plain is not the one that id->name_index was made
 * from, or plain is too long.
 */
MUST bool record_seal(const struct seal_ctx *ctx, const struct record_id *id,
		      const struct buf *plain, unsigned char nonce[static SEAL_NONCE_BYTES],
		      struct buf *sealed, struct error *err);

/**
 * Opens a row into *plain (reset first; limit at least RECORD_PLAIN_MAX + 1). The name inside must
 * have the row's blind index and, unless `name` is NULL, equal `name`. TAMPERED otherwise; LOCKED
 * when the keys are wiped. The manifest proves freshness; this function does not check it.
 */
MUST bool record_open(const struct seal_ctx *ctx, const struct record_row *row, const char *name,
		      struct buf *plain, struct error *err);

/**
 * Seals a record under another vault key: the row is opened under `from` and sealed under `to`,
 * with the blind index that its name has under `to`; id, table, version and plaintext stay, even
 * when this program does not know the record's fields. *sealed is reset first, and *out borrows it.
 * Errors as record_open() and record_seal(); NEWER for an unknown table (the caller knows that the
 * manifest lists the row).
 */
MUST bool record_reseal(const struct seal_ctx *from, const struct seal_ctx *to,
			const struct record_row *row, struct record_row *out, struct buf *sealed,
			struct error *err);

#endif
