/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_HEADER_HEADER_H
#define CV_SEAL_HEADER_HEADER_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/seal/keys.h"
#include "vault/seal/header/slot.h"

#include <stddef.h>
#include <stdint.h>

/**
 * The header holds what must be readable before the vault is open. Its bytes are public and end in
 * a MAC under KEY_HEADER, which is checked before any other part of the vault is used.
 */

enum { HEADER_FORMAT = 1, HEADER_BYTES_MAX = 8192 };

/** A plain value that needs no clearing. */
struct header {
	uint64_t format;     /**< HEADER_FORMAT */
	uint64_t min_reader; /**< the oldest format a reader must know */
	unsigned char vault_id[SEAL_ID_BYTES];
	uint64_t epoch;	  /**< 1 at first, one more with every new vault key */
	uint64_t created; /**< seconds since the epoch */
	unsigned char commitment[SEAL_DIGEST_BYTES]; /**< keys_commit() */
	size_t slots_count;
	struct slot slots[SLOTS_MAX];
	unsigned char mac[SEAL_DIGEST_BYTES];
};

/** Makes a header without slots: random vault id, epoch 1, committed to the vault key. */
void header_init(struct header *header, const struct secret *vault_key, uint64_t created);

/**
 * Whether the numbers of slots and their work are within their limits, each slot passes
 * slot_check(), and no id occurs twice.
 */
MUST bool header_check_slots(const struct header *header, struct error *err);

/** Describes the slots for people: "passphrase (2026-11-20), recovery, key file". */
void header_describe_slots(const struct header *header, char *out, size_t size);

/** The vault id and epoch that the slots of this header are bound to. */
struct slot_vault header_vault(const struct header *header);

/** The work of a wrong passphrase, which is tried on each slot: memory times passes, summed. */
uint64_t header_work(const struct header *header);

/**
 * Adds a slot. FAILED when there are SLOTS_MAX, SLOTS_PASSPHRASE_MAX of passphrase type, or when
 * these cost more than KDF_TOTAL_MAX together.
 */
MUST bool header_add(struct header *header, const struct slot *slot, struct error *err);

/** Computes the MAC (header->mac) and appends the bytes to store. Checks the header first. */
MUST bool header_encode(struct header *header, const struct secret *vault_key, struct buf *out,
			struct error *err);

/**
 * Reads header bytes, strictly, and checks every slot (slot_check()). The MAC is NOT verified, so
 * use the result only to try to open the header. TAMPERED; FAILED for a newer format.
 */
MUST bool header_decode(const void *data, size_t len, struct header *out, struct error *err);

/** Checks commitment and MAC with the vault key. TAMPERED when either does not match. */
MUST bool header_verify(const struct header *header, const struct secret *vault_key,
			struct error *err);

/** Computes the digest of header bytes, for the manifest and for comparing two readings. */
void header_digest(const void *data, size_t len, unsigned char out[static SEAL_DIGEST_BYTES]);

/**
 * Opens header bytes with the typed text: first as a recovery code if the text looks like one (that
 * is cheap), then as a passphrase. On success *header is verified, *vault_key holds VK (owned by
 * the caller) and *slot is the index of the slot that opened. WRONG_PASSPHRASE (with the slots as
 * details) when no slot fits; TAMPERED when a slot fits and the rest of the header does not, or the
 * bytes are no header. Costs one derivation per passphrase slot.
 */
MUST bool header_open(const struct buf *bytes, const struct secret *typed, struct header *header,
		      struct secret *vault_key, size_t *slot, struct error *err);

/** As header_open(), with an X25519 private key on the slots of this type (a key file). */
MUST bool header_open_private(const struct buf *bytes, enum slot_type type,
			      const struct secret *private_key, struct header *header,
			      struct secret *vault_key, size_t *slot, struct error *err);

#endif
