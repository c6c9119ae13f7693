/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_NEW_HEADER_H
#define CV_CLI_VAULT_NEW_HEADER_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/seal/header/header.h"
#include "vault/seal/kdf.h"
#include "vault/seal/keys.h"
#include "vault/seal/header/recovery_code.h"

#include <stdbool.h>
#include <stdint.h>

/** Makes a new vault's header and keys from a passphrase. Nothing is written to a file. */

struct new_header {
	struct keys keys;
	struct buf header;	     /**< NEW_HEADER_EMPTY gives it its limit */
	struct secret recovery_text; /**< the recovery code as text, with its NUL, or empty */
};

#define NEW_HEADER_EMPTY ((struct new_header){.header = BUF_INIT(HEADER_BYTES_MAX)})

/**
 * Makes header and keys, which takes one derivation. `key` is a key file's, or NULL; `now` is Unix
 * seconds.
 */
MUST bool new_header_make(const struct secret *passphrase, const struct kdf_cost *cost,
			  bool with_recovery, const struct secret *key, int64_t now,
			  struct new_header *out, struct error *err);

/** Wipes all. Accepts empty. */
void new_header_clear(struct new_header *made);

#endif
