/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_RECORD_USAGE_H
#define CV_SEAL_RECORD_USAGE_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/keys.h"

#include <stddef.h>
#include <stdint.h>

/**
 * The time a key last gave out credentials, in a row of TABLE_USAGE, so that the log need not be
 * searched.
 */

enum { USAGE_NAME_BYTES = 2 * SEAL_ID_BYTES + 1 };

/** A plain value. */
struct usage {
	char name[USAGE_NAME_BYTES]; /**< hex of the key's row id */
	int64_t last_emitted_at;
};

/** Writes the record's name for a key's row id. */
void usage_name(const unsigned char key_id[static SEAL_ID_BYTES],
		char out[static USAGE_NAME_BYTES]);

MUST bool usage_encode(const struct usage *usage, struct buf *out, struct error *err);

/** TAMPERED, and *usage zero, when the plaintext is no usage record. */
MUST bool usage_decode(const void *data, size_t len, struct usage *usage, struct error *err);

#endif
