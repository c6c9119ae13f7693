/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_HEADER_REKEYED_HEADER_H
#define CV_SEAL_HEADER_REKEYED_HEADER_H

#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/seal/header/header.h"
#include "vault/seal/kdf.h"

#include <stddef.h>
#include <stdint.h>

/**
 * A header under a new vault key: what changing a passphrase and removing a slot are made of. To
 * wrap the old vault key anew would leave it alive, and with it every copy of the file from before
 * (trap 15). The keys that wrap are nowhere kept (trap 14): a passphrase slot is made again from
 * its passphrase, slots of X25519 type from the public key that stands in the verified header.
 */

/** A passphrase slot of the header to come. */
struct rekeyed_header_passphrase {
	unsigned char replaces[SEAL_ID_BYTES]; /**< the old slot in whose place it stands */
	const struct secret *passphrase;       /**< borrowed; may be the old one */
	struct kdf_cost cost;
	uint64_t created; /**< seconds; the old slot's where the passphrase is the same */
};

/** What is to become of the old slots; those of X25519 type that are not dropped stay. */
struct rekeyed_header {
	struct rekeyed_header_passphrase passphrases[SLOTS_PASSPHRASE_MAX];
	size_t passphrases_count;
	unsigned char dropped[SLOTS_MAX][SEAL_ID_BYTES];
	size_t dropped_count;
};

/**
 * Makes *out from `old`: a new vault key (*new_key, the caller's), epoch + 1, all slots wrapped
 * anew with fresh ids, in their order. Costs one derivation per passphrase.
 *
 * The old header is verified under the OLD vault key before one public key is taken from it
 * (TAMPERED; trap 3). FAILED when a passphrase slot is neither replaced nor dropped (the message
 * names it), or no way for a person to type would be left; NOT_FOUND for an id that is no slot's.
 */
MUST bool rekeyed_header_make(const struct header *old, const struct secret *old_key,
			      const struct rekeyed_header *rekey, struct header *out,
			      struct secret *new_key, struct error *err);

/** Drops a slot; asserts that there is room. */
void rekeyed_header_drop(struct rekeyed_header *rekey,
			 const unsigned char id[static SEAL_ID_BYTES]);

#endif
