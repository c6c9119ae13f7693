/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_SHIELD_H
#define CV_SEAL_SHIELD_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"

#include <stddef.h>

/**
 * For secrets that wait in memory between uses and are too many for the locked arena: sealed under
 * a random key that only this process has, in the arena. What is swapped out, or found by who reads
 * the heap, is of no use without that page.
 */

/** Empty until the first shield_put(). Owned by whoever holds the struct. */
struct shield {
	struct secret key;
};

/** What shield_put() adds to a length. */
enum { SHIELD_EXTRA_BYTES = 40 };

/** Seals len bytes into *out, which is reset. MEMORY when the arena has no room for the key. */
MUST bool shield_put(struct shield *shield, const void *plain, size_t len, struct buf *out,
		     struct error *err);

/**
 * Opens what shield_put() made into *out, which is reset. TAMPERED when it is not that any more.
 */
MUST bool shield_get(const struct shield *shield, const struct buf *sealed, struct buf *out,
		     struct error *err);

/** Forgets the key; nothing that was sealed opens again. Accepts empty. */
void shield_clear(struct shield *shield);

#endif
