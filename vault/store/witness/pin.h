/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_WITNESS_PIN_H
#define CV_STORE_WITNESS_PIN_H

#include "vault/base/error.h"
#include "vault/seal/keys.h"

#include <stdbool.h>

/**
 * The pin: id and key commitment of the vault at a path, in a small file of the state directory
 * (docs/format.md, "The witness"). An attacker can make a whole vault that opens with the public
 * key of its owner and put it at the path of the vault; only the pin shows that this is another
 * vault.
 */

/** A plain value. */
struct pin {
	bool there;
	bool damaged; /**< the pin exists and is unreadable: no vault at the path is trusted */
	unsigned char vault_id[SEAL_ID_BYTES];
	unsigned char commitment[SEAL_DIGEST_BYTES];
};

/**
 * Reads the pin of the resolved path of a vault; a missing or damaged pin is no failure.
 * UNSAFE_FILE when other users can access the pin; IO.
 */
MUST bool pin_read(const char *directory, const char *vault_path, struct pin *out,
		   struct error *err);

/** Replaces the pin, durable including the directory. */
MUST bool pin_write(const char *directory, const char *vault_path, const struct pin *pin,
		    struct error *err);

/** Removes the pin, if it exists. */
void pin_remove(const char *directory, const char *vault_path);

#endif
