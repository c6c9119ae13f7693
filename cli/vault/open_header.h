/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_OPEN_HEADER_H
#define CV_CLI_VAULT_OPEN_HEADER_H

#include "cli/ui/context.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/seal/header/header.h"
#include "vault/seal/keys.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * A vault's header opened with what the owner has: a passphrase from a descriptor, else a key file
 * (cli/vault/key_path.h), else what a person types, which may be the recovery code. The vault key
 * never
 * leaves this process.
 */
struct open_header {
	struct header header; /**< verified */
	struct secret vault_key;
	struct secret typed; /**< empty for a key file */
	size_t slot;	     /**< the one that has opened it */
	const char *how;     /**< "passphrase", "recovery code", "key file" */
};

#define OPEN_HEADER_EMPTY ((struct open_header){.how = NULL})

/** Whether there is a key file or anybody to ask. Nothing is read. */
bool open_header_can(const struct cli *cli);

/**
 * Asks until it fits: three times on a terminal, once elsewhere. The header is checked before
 * anybody is asked. WRONG_PASSPHRASE, also for a key file that fits no slot; TAMPERED; LOCKED with
 * nobody to ask.
 */
MUST bool open_header_ask(struct cli *cli, const struct buf *header, struct open_header *out,
			  struct error *err);

/**
 * Subkeys from a header's public bytes, as open_header_ask() opens them. *how is a constant text.
 */
MUST bool open_header_derive(struct cli *cli, const struct buf *header, struct keys *keys,
			     const char **how, struct error *err);

/** Wipes. Accepts empty. */
void open_header_clear(struct open_header *opening);

#endif
