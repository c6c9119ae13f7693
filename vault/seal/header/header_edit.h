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
 * Changes of a header that keep the vault key: a slot more, or a dearer one in the place of a cheap
 * one. The header is one that was verified under `vault_key` (header_open(), header_verify()) or is
 * just being made; header_encode() then gives it a new MAC. A slot is taken away only together with
 * the vault key (vault/seal/header/rekeyed_header.h): whoever could open it has that key.
 */

/** The index of a slot by its id; NOT_FOUND. */
MUST bool header_find(const struct header *header, const unsigned char id[static SEAL_ID_BYTES],
		      size_t *slot, struct error *err);

/** Adds a passphrase; costs one derivation. FAILED at the limits of header_add(). */
MUST bool header_add_passphrase(struct header *header, const struct secret *vault_key,
				const struct secret *passphrase, const struct kdf_cost *cost,
				uint64_t created, struct error *err);

/** Adds a slot for a recovery code (recovery_code_new()). */
MUST bool header_add_recovery(struct header *header, const struct secret *vault_key,
			      const struct secret *code, uint64_t created, struct error *err);

/** Adds a slot for a key file's key (key_file_new()). EXISTS when there is one for it already. */
MUST bool header_add_key_file(struct header *header, const struct secret *vault_key,
			      const struct secret *key, uint64_t created, struct error *err);

/**
 * Whether a slot is a passphrase slot that costs less than new ones do. A slot with at least
 * KDF_PASSES_LOW passes is one that its owner asked to take little memory: it stays as it is.
 */
bool header_slot_is_cheap(const struct slot *slot);

/**
 * Wraps a passphrase slot again at this cost, in its place and with its date; costs one derivation.
 * The passphrase must be the one that has opened it.
 */
MUST bool header_raise_cost(struct header *header, const struct secret *vault_key, size_t slot,
			    const struct secret *passphrase, const struct kdf_cost *cost,
			    struct error *err);

#endif
