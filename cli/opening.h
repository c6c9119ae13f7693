/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_OPENING_H
#define CV_CLI_OPENING_H

#include "cli/command.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/seal/header.h"
#include "vault/seal/keys.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * A vault's header opened with what the owner has: a passphrase from a descriptor, else a key file
 * (cli/key_path.h), else what a person types, which may be the recovery code. The vault key never
 * leaves this process.
 */
struct opening {
	struct header header; /**< verified */
	struct secret vault_key;
	struct secret typed; /**< empty for a key file */
	size_t slot;	     /**< the one that has opened it */
	const char *how;     /**< "passphrase", "recovery code", "key file" */
};

#define OPENING_EMPTY ((struct opening){.how = NULL})

/** Whether there is a key file or anybody to ask. Nothing is read. */
bool opening_can(const struct cli *cli);

/**
 * Asks until it fits: three times on a terminal, once elsewhere. The header is checked before
 * anybody is asked. WRONG_PASSPHRASE, also for a key file that fits no slot; TAMPERED; LOCKED with
 * nobody to ask.
 */
CV_MUST_USE
bool opening_ask(struct cli *cli, const struct buf *header, struct opening *out, struct error *err);

/** Subkeys from a header's public bytes, as opening_ask() opens them. *how is a constant text. */
CV_MUST_USE
bool opening_derive(struct cli *cli, const struct buf *header, struct keys *keys, const char **how,
		    struct error *err);

/** Wipes. Accepts empty. */
void opening_clear(struct opening *opening);

#endif
