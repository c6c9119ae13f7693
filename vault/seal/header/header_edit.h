/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_HEADER_HEADER_EDIT_H
#define CV_SEAL_HEADER_HEADER_EDIT_H

#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/seal/header/header.h"
#include "vault/seal/kdf.h"

#include <stddef.h>
#include <stdint.h>

/**
 * Changes of a header that keep the vault key: adding a slot, or replacing a cheap slot by a more
 * expensive one. The header was verified under `vault_key` (header_open(), header_verify()) or is
 * being created; header_encode() then gives the header a new MAC. Removing a slot always changes
 * the vault key too (vault/seal/header/rekeyed_header.h), because whoever could open the slot has
 * the old key.
 */

/** Finds the index of a slot by its id; NOT_FOUND. */
MUST bool header_find(const struct header *header, const unsigned char id[static SEAL_ID_BYTES],
		      size_t *slot, struct error *err);

/** Adds a passphrase slot; costs one derivation. FAILED at the limits of header_add(). */
MUST bool header_add_passphrase(struct header *header, const struct secret *vault_key,
				const struct secret *passphrase, const struct kdf_cost *cost,
				uint64_t created, struct error *err);

/** Adds a slot for a recovery code (recovery_code_new()). */
MUST bool header_add_recovery(struct header *header, const struct secret *vault_key,
			      const struct secret *code, uint64_t created, struct error *err);

/** Adds a slot for a key file's key (key_file_new()). EXISTS when that key already has a slot. */
MUST bool header_add_key_file(struct header *header, const struct secret *vault_key,
			      const struct secret *key, uint64_t created, struct error *err);

/**
 * Whether a slot is a passphrase slot that costs less than a new one. A slot with at least
 * KDF_PASSES_LOW passes does not count: its owner asked for low memory, so the slot stays as it is.
 */
bool header_slot_is_cheap(const struct slot *slot);

/**
 * Wraps the vault key of a passphrase slot again at this cost; the slot keeps its place and date.
 * Costs one derivation. The passphrase must be the one that opened the slot.
 */
MUST bool header_raise_cost(struct header *header, const struct secret *vault_key, size_t slot,
			    const struct secret *passphrase, const struct kdf_cost *cost,
			    struct error *err);

#endif
