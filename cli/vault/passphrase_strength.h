/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_PASSPHRASE_STRENGTH_H
#define CV_CLI_VAULT_PASSPHRASE_STRENGTH_H

#include "vault/base/error.h"
#include "vault/base/secret.h"

#include <stdbool.h>

/**
 * Estimates how many guesses a passphrase stands, by libzxcvbn: that library is opened by name when
 * a passphrase is chosen, so that no other start of the program pays for it, and it may be absent.
 */

#define PASSPHRASE_STRENGTH_LIBRARY "libzxcvbn.so.0"

enum {
	PASSPHRASE_STRENGTH_FLOOR = 35, /**< bits; less is refused, unless --weak is said */
	PASSPHRASE_STRENGTH_GOOD = 50,	/**< bits; less is warned of */
	PASSPHRASE_STRENGTH_WHY_BYTES = 128
};

struct passphrase_strength {
	bool known; /**< false: the library is absent, or did not answer */
	int bits;
	char
	    why[PASSPHRASE_STRENGTH_WHY_BYTES]; /**< "common words, a year"; "" for nothing known */
};

/**
 * Fills in *out. The library runs in a process of its own, which wipes heap and stack before it
 * answers: the library keeps copies of the passphrase in memory that it does not wipe. `library` is
 * the name above but in tests. FAILED where no process can be started.
 */
MUST bool passphrase_strength_estimate(const char *library, const struct secret *passphrase,
				       struct passphrase_strength *out, struct error *err);

#endif
