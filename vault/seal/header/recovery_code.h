/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_HEADER_RECOVERY_CODE_H
#define CV_SEAL_HEADER_RECOVERY_CODE_H

#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/seal/keys.h"

#include <stddef.h>

/**
 * The recovery code on paper: 160 random bits as CV-7K3M-QX9D-2FWT-HB6R-8ZPA-N4CE-VT5S-93GY-J1,
 * eight groups of Crockford's base32 and a check group of two characters that detects typing
 * mistakes.
 */

enum { RECOVERY_CODE_BYTES = 20, RECOVERY_CODE_TEXT_BYTES = 46 };

/** Makes a fresh code. */
MUST bool recovery_code_new(struct secret *code, struct error *err);

/** Writes the code as text, NUL-terminated; the caller wipes the text. */
void recovery_code_format(const struct secret *code, char out[static RECOVERY_CODE_TEXT_BYTES]);

/**
 * Whether text has the shape of a code (case, spaces, dashes and the leading CV do not matter; O is
 * 0, I and L are 1). The check group may be wrong.
 */
bool recovery_code_looks(const void *text, size_t len);

/**
 * Reads a code. USAGE when the text lacks the shape of a code or its check group does not match.
 */
MUST bool recovery_code_parse(const void *text, size_t len, struct secret *code, struct error *err);

/** Derives the X25519 private key (32 bytes) that belongs to a code in this vault. */
MUST bool recovery_code_private_key(const struct secret *code,
				    const unsigned char vault_id[static SEAL_ID_BYTES],
				    struct secret *private_key, struct error *err);

#endif
