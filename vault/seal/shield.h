/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_SHIELD_H
#define CV_SEAL_SHIELD_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"

#include <stddef.h>

/**
 * Protects secrets that stay in memory between uses and are too many for the locked arena: a shield
 * seals them under a random key that only this process has, in the arena. Without that key,
 * swapped-out pages or a dump of the heap reveal no secret.
 */

/** A shield is empty until the first shield_put(). The holder of the struct owns the key. */
struct shield {
	struct secret key;
};

/** The bytes that shield_put() adds to a length. */
enum { SHIELD_EXTRA_BYTES = 40 };

/** Seals len bytes into *out, which is reset. MEMORY when the arena has no room for the key. */
MUST bool shield_put(struct shield *shield, const void *plain, size_t len, struct buf *out,
		     struct error *err);

/**
 * Opens what shield_put() made into *out, which is reset. TAMPERED when the sealed bytes have
 * changed.
 */
MUST bool shield_get(const struct shield *shield, const struct buf *sealed, struct buf *out,
		     struct error *err);

/** Wipes the key; no sealed secret can be opened again. Accepts an empty shield. */
void shield_clear(struct shield *shield);

#endif
