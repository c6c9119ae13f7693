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
 * The one row of the table manifest. What stands in the file is compared byte for byte with what
 * this process wrote last before anything is changed.
 */

/** The manifest row as it stands in the file, to be compared before each change. */
struct sealed_manifest {
	unsigned char nonce[SEAL_NONCE_BYTES];
	unsigned char sealed[MANIFEST_SEALED_MAX];
	size_t len;
};

/** TAMPERED where there is none, or more than one. */
MUST bool manifest_row_read(struct statements *statements, struct sealed_manifest *out,
			    struct error *err);

bool manifest_row_same(const struct sealed_manifest *a, const struct sealed_manifest *b);

/** By STATEMENT_MANIFEST_INSERT or STATEMENT_MANIFEST_UPDATE. */
MUST bool manifest_row_write(struct statements *statements, enum statement which,
			     const struct sealed_manifest *manifest, struct error *err);

/** Seals a manifest into what manifest_row_write() takes. */
MUST bool manifest_row_seal(const struct seal_ctx *ctx, const struct manifest *manifest,
			    struct sealed_manifest *out, struct error *err);

#endif
