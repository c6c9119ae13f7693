/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_VERIFIED_MANIFEST_ROW_H
#define CV_STORE_VERIFIED_MANIFEST_ROW_H

#include "vault/base/error.h"
#include "vault/seal/keys.h"
#include "vault/seal/record/manifest.h"
#include "vault/store/file/statement.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The single row of the table manifest. Before each change the store compares the row in the file
 * byte for byte with the row this process wrote last.
 */

/** The manifest row as stored in the file, for the comparison before each change. */
struct sealed_manifest {
	unsigned char nonce[SEAL_NONCE_BYTES];
	unsigned char sealed[MANIFEST_SEALED_MAX];
	size_t len;
};

/** Reads the manifest row; TAMPERED where the table has no row, or more than one. */
MUST bool manifest_row_read(struct statements *statements, struct sealed_manifest *out,
			    struct error *err);

bool manifest_row_same(const struct sealed_manifest *a, const struct sealed_manifest *b);

/** Writes the manifest row with STATEMENT_MANIFEST_INSERT or STATEMENT_MANIFEST_UPDATE. */
MUST bool manifest_row_write(struct statements *statements, enum statement which,
			     const struct sealed_manifest *manifest, struct error *err);

/** Seals a manifest into the form that manifest_row_write() takes. */
MUST bool manifest_row_seal(const struct seal_ctx *ctx, const struct manifest *manifest,
			    struct sealed_manifest *out, struct error *err);

#endif
