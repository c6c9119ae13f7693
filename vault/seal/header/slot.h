/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_HEADER_SLOT_H
#define CV_SEAL_HEADER_SLOT_H

#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/seal/kdf.h"
#include "vault/seal/keys.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * A slot is the vault key wrapped for one way to open the vault. A slot commits to the one key that
 * opens it and to all its parameters. A slot of X25519 type holds a public key, so that a new vault
 * key can be wrapped without the matching private key.
 */

/** Type numbers of the format; 2 (passphrase and device) and 5 (FIDO2) are reserved. */
enum slot_type {
	SLOT_PASSPHRASE = 1,
	SLOT_RECOVERY = 3, /**< X25519, private key from the recovery code */
	SLOT_X25519 = 4,   /**< X25519, another person's public key */
	SLOT_KEY_FILE = 6  /**< X25519, private key in a file */
};

enum slot_kdf { SLOT_KDF_NONE = 0, SLOT_KDF_ARGON2ID = 1 };

enum {
	SLOTS_MAX = 8,
	SLOTS_PASSPHRASE_MAX = 4, /**< each costs one Argon2id per attempt */
	SLOT_PUBLIC_BYTES = 32,
	SLOT_WRAPPED_BYTES = SEAL_KEY_BYTES + SEAL_TAG_BYTES
};

/** All fields are public. Fields that the slot's type does not use are zero. */
struct slot {
	unsigned char id[SEAL_ID_BYTES];
	uint64_t type; /**< enum slot_type */
	uint64_t kdf;  /**< enum slot_kdf */
	struct kdf_cost cost;
	uint64_t created; /**< seconds since the epoch */
	unsigned char salt[KDF_SALT_BYTES];
	unsigned char recipient[SLOT_PUBLIC_BYTES]; /**< X25519: public key of the slot's owner */
	unsigned char ephemeral[SLOT_PUBLIC_BYTES]; /**< X25519: fresh for each wrapping */
	unsigned char commitment[SEAL_DIGEST_BYTES];
	unsigned char nonce[SEAL_NONCE_BYTES];
	unsigned char wrapped[SLOT_WRAPPED_BYTES];
};

/** The vault id and epoch that every slot of a vault is bound to. */
struct slot_vault {
	unsigned char id[SEAL_ID_BYTES];
	uint64_t epoch;
};

/**
 * The slot's name for people: "passphrase", "recovery", "key file", "public key"; "?" for another
 * type.
 */
const char *slot_name(const struct slot *slot);

/**
 * Checks that the type is known, the cost within the bounds and unused fields zero; else TAMPERED.
 * Derives nothing.
 */
MUST bool slot_check(const struct slot *slot, struct error *err);

/** The vault key that a slot wraps, the vault it is bound to, and the time of its creation. */
struct slot_wrapping {
	const struct slot_vault *vault;
	const struct secret *vault_key;
	uint64_t created; /**< seconds since the epoch */
};

/** Wraps the vault key under a passphrase, with fresh id, salt and nonce. Costs one derivation. */
MUST bool slot_seal_passphrase(const struct slot_wrapping *wrapping,
			       const struct secret *passphrase, const struct kdf_cost *cost,
			       struct slot *out, struct error *err);

/**
 * Wraps the vault key for a public key (type SLOT_RECOVERY, SLOT_KEY_FILE or SLOT_X25519) with
 * fresh id, ephemeral key and nonce. TAMPERED for a public key that X25519 refuses.
 */
MUST bool slot_seal_x25519(const struct slot_wrapping *wrapping, enum slot_type type,
			   const unsigned char recipient[static SLOT_PUBLIC_BYTES],
			   struct slot *out, struct error *err);

/** As slot_seal_x25519(), from the private key (recovery_code_private_key()). */
MUST bool slot_seal_private(const struct slot_wrapping *wrapping, enum slot_type type,
			    const struct secret *private_key, struct slot *out, struct error *err);

/**
 * Tries a passphrase on a passphrase slot. *fits says whether the commitment matches; if not, the
 * vault key stays empty and the call still succeeds. TAMPERED when the commitment matches and the
 * wrapped key does not open.
 */
MUST bool slot_open_passphrase(const struct slot_vault *vault, const struct slot *slot,
			       const struct secret *passphrase, bool *fits,
			       struct secret *vault_key, struct error *err);

/** As slot_open_passphrase(), with a private key on a slot of X25519 type. */
MUST bool slot_open_private(const struct slot_vault *vault, const struct slot *slot,
			    const struct secret *private_key, bool *fits, struct secret *vault_key,
			    struct error *err);

#endif
