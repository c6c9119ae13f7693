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

/** What a new header is made of; borrowed. */
struct new_header_parts {
	const struct secret *passphrase;
	const struct kdf_cost *cost; /**< of a guess at the passphrase */
	const struct secret *key;    /**< of a key file; NULL: no such slot */
	bool with_recovery;	     /**< a slot for a fresh recovery code */
	int64_t now;		     /**< Unix seconds */
};

/** Makes header and keys, which takes one derivation. */
MUST bool new_header_make(const struct new_header_parts *parts, struct new_header *out,
			  struct error *err);

/** Wipes all. Accepts empty. */
void new_header_clear(struct new_header *made);

#endif
