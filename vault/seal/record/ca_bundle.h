/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_RECORD_CA_BUNDLE_H
#define CV_SEAL_RECORD_CA_BUNDLE_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/format/pem.h"

#include <stddef.h>

/**
 * The certificate authorities that the vault's owner trusts besides the system's, such as that of a
 * proxy which inspects TLS: the one row of TABLE_CA_BUNDLE. Sealed, so that no file
 * and no variable may add an authority that AWS's answers are taken from.
 */

#define CA_BUNDLE_NAME "ca-bundle"

/** A plain value. */
struct ca_bundle {
	char name[sizeof(CA_BUNDLE_NAME)];
	char path[PEM_PATH_MAX + 1]; /**< the file that they were read from, absolute */
	struct buf pem;		     /**< pem_lacking()'s text, at most PEM_AUTHORITIES_MAX */
};

#define CA_BUNDLE_EMPTY ((struct ca_bundle){.name = CA_BUNDLE_NAME})

MUST bool ca_bundle_encode(const struct ca_bundle *bundle, struct buf *out, struct error *err);

/** TAMPERED, and *bundle is empty, when the plaintext is no such record. */
MUST bool ca_bundle_decode(const void *data, size_t len, struct ca_bundle *bundle,
			   struct error *err);

/** Frees. Accepts empty. */
void ca_bundle_clear(struct ca_bundle *bundle);

#endif
