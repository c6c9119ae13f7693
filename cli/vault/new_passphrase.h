/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_NEW_PASSPHRASE_H
#define CV_CLI_VAULT_NEW_PASSPHRASE_H

#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/seal/kdf.h"

#include <stdbool.h>

/**
 * What a new slot is made of: a passphrase, what a guess at it costs, a recovery code shown once.
 */

/**
 * A new passphrase of at least 12 characters: from descriptor `fd` (-1: none), typed twice on the
 * terminal or made there, or from askpass. `what` begins the prompt. LOCKED with nobody to ask,
 * USAGE when it is too short.
 */
MUST bool new_passphrase_ask(struct cli *cli, int fd, const char *what, struct secret *out,
			     struct error *err);

/**
 * The cost: asked for in bytes (NULL: measured here, with a word on the terminal), or low memory.
 */
MUST bool new_passphrase_cost(struct cli *cli, const char *memory, bool low_memory,
			      struct kdf_cost *cost, struct error *err);

/** Shows a recovery code on the terminal and has its last group typed back, unless --yes. */
MUST bool new_passphrase_show_code(struct cli *cli, const struct secret *text, struct error *err);

/** The code on stdout, for whom no terminal could be used. */
void new_passphrase_print_code(struct cli *cli, const struct secret *text);

#endif
