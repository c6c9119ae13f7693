/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_WITNESS_PIN_H
#define CV_STORE_WITNESS_PIN_H

#include "vault/base/error.h"
#include "vault/seal/keys.h"

#include <stdbool.h>

/**
 * Which vault lies at a path: its id and the commitment to its key, in a small file of the state
 * directory (docs/format.md, "The witness"). Anyone can make a whole vault that opens with
 * somebody's public key and put it in their path; only this says that it is not the one that was
 * there.
 */

/** A plain value. */
struct pin {
	bool there;
	bool damaged; /**< there and not readable: nothing may be believed */
	unsigned char vault_id[SEAL_ID_BYTES];
	unsigned char commitment[SEAL_DIGEST_BYTES];
};

/**
 * Reads the pin of a vault's resolved path; one that is not there, or damaged, is no failure.
 * UNSAFE_FILE when others can reach it, IO.
 */
MUST bool pin_read(const char *directory, const char *vault_path, struct pin *out,
		   struct error *err);

/** Replaces it, durable including the directory. */
MUST bool pin_write(const char *directory, const char *vault_path, const struct pin *pin,
		    struct error *err);

/** Takes it away, where it is. */
void pin_remove(const char *directory, const char *vault_path);

#endif
