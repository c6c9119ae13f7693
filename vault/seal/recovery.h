/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_RECOVERY_H
#define CV_SEAL_RECOVERY_H

#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/seal/keys.h"

#include <stddef.h>

/**
 * The recovery code on paper: 160 random bits as CV-7K3M-QX9D-2FWT-HB6R-8ZPA-N4CE-VT5S-93GY-J1,
 * eight groups of Crockford's base32 and a group of two that finds typing mistakes.
 */

enum { RECOVERY_BYTES = 20, RECOVERY_TEXT_BYTES = 46 };

/** A fresh code. */
CV_MUST_USE
bool recovery_new(struct secret *code, struct error *err);

/** The code as text, NUL-terminated; the caller wipes it. */
void recovery_format(const struct secret *code, char out[static RECOVERY_TEXT_BYTES]);

/**
 * Whether text has the shape of a code (case, spaces, dashes and the leading CV do not matter; O is
 * 0, I and L are 1). The check group may be wrong.
 */
bool recovery_looks(const void *text, size_t len);

/** Reads a code. USAGE when it has not the shape or its check group does not fit. */
CV_MUST_USE
bool recovery_parse(const void *text, size_t len, struct secret *code, struct error *err);

/** The X25519 private key a code stands for in this vault (32 bytes). */
CV_MUST_USE
bool recovery_private_key(const struct secret *code,
			  const unsigned char vault_id[static SEAL_ID_BYTES],
			  struct secret *private_key, struct error *err);

#endif
