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
 * Makes a header under a new vault key, to change a passphrase or remove a slot. Wrapping the old
 * vault key again would keep that key valid, and with it every earlier copy of the file (trap 15).
 * No wrapping key is stored (trap 14): a passphrase slot is made again from its passphrase, a slot
 * of X25519 type from the public key in the verified header.
 */

/** A passphrase slot of the new header. */
struct rekeyed_header_passphrase {
	unsigned char replaces[SEAL_ID_BYTES]; /**< the old slot whose place the new slot takes */
	const struct secret *passphrase;       /**< borrowed; may be the old one */
	struct kdf_cost cost;
	uint64_t created; /**< seconds; the old slot's date when the passphrase is the same */
};

/** What happens to the old slots; a slot of X25519 type stays unless it is dropped. */
struct rekeyed_header {
	struct rekeyed_header_passphrase passphrases[SLOTS_PASSPHRASE_MAX];
	size_t passphrases_count;
	unsigned char dropped[SLOTS_MAX][SEAL_ID_BYTES];
	size_t dropped_count;
};

/**
 * Makes *out from `old`: a new vault key (*new_key, owned by the caller), epoch + 1, and the new
 * vault key wrapped for every kept slot, with fresh ids, in the old order. Costs one derivation per
 * passphrase.
 *
 * The old header is verified under the OLD vault key before any public key is taken from that
 * header (TAMPERED; trap 3). FAILED when a passphrase slot is neither replaced nor dropped (the
 * message names the slot), or when no slot would remain that a person can open by typing; NOT_FOUND
 * for an id that belongs to no slot.
 */
MUST bool rekeyed_header_make(const struct header *old, const struct secret *old_key,
			      const struct rekeyed_header *rekey, struct header *out,
			      struct secret *new_key, struct error *err);

/** Marks a slot as dropped; asserts that the list has room. */
void rekeyed_header_drop(struct rekeyed_header *rekey,
			 const unsigned char id[static SEAL_ID_BYTES]);

#endif
