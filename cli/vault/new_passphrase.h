/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_NEW_PASSPHRASE_H
#define CV_CLI_VAULT_NEW_PASSPHRASE_H

#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/seal/kdf.h"

#include <stdbool.h>

/**
 * Asks for what a new slot needs: a passphrase (or one made here), the cost of a guess at it, and a
 * recovery code that is shown once.
 */

enum { NEW_PASSPHRASE_WORDS = 6, NEW_PASSPHRASE_BITS = 75 };

/**
 * Makes a passphrase that can be said and typed: six words of four letters, consonant and vowel in
 * turn, parted by single spaces. Each letter is drawn uniformly: (16 * 5)^2 words, six of them.
 */
MUST bool new_passphrase_make(struct secret *out, struct error *err);

/**
 * A new passphrase of at least 12 characters that is not too weak (passphrase_strength.h): from
 * descriptor `fd` (-1: none), typed twice on the terminal or made there, or from askpass. `what`
 * begins the prompt. LOCKED with nobody to ask, USAGE when it is too short, or too weak without
 * --weak.
 */
MUST bool new_passphrase_ask(struct cli *cli, int fd, const char *what, struct secret *out,
			     struct error *err);

/**
 * The cost of a guess at a new passphrase: of so much `memory` ("1GiB"; NULL: calibrated on this
 * machine, which the terminal shows), or with low_memory of little.
 */
MUST bool new_passphrase_cost(struct cli *cli, const char *memory, bool low_memory,
			      struct kdf_cost *cost, struct error *err);

/** Shows a recovery code on the terminal and has its last group typed back, unless --yes. */
MUST bool new_passphrase_show_code(struct cli *cli, const struct secret *text, struct error *err);

/** Prints a recovery code on stdout, where there is no terminal to show it on. */
void new_passphrase_print_code(struct cli *cli, const struct secret *text);

#endif
