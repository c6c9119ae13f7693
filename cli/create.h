/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_CREATE_H
#define CV_CLI_CREATE_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/seal/header.h"
#include "vault/seal/kdf.h"
#include "vault/seal/keys.h"
#include "vault/seal/recovery.h"

#include <stdbool.h>
#include <stdint.h>

/** A new vault's header and keys, from a passphrase. Nothing is written. */

struct create {
	struct keys keys;
	struct buf header; /**< CREATE_EMPTY gives it its limit */
	struct secret
	    recovery_text; /**< the code as people write it, with its NUL; empty without one */
};

#define CREATE_EMPTY ((struct create){.header = BUF_INIT(HEADER_BYTES_MAX)})

/** Makes all of it; costs one derivation. `key` is a key file's, or NULL. `now` is Unix seconds. */
CV_MUST_USE
bool create_make(const struct secret *passphrase, const struct kdf_cost *cost, bool with_recovery,
		 const struct secret *key, int64_t now, struct create *out, struct error *err);

/** Wipes all. Accepts empty. */
void create_clear(struct create *create);

#endif
