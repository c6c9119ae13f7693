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
 * Opens a vault's header with what its owner has: a passphrase from a descriptor, else a key file
 * (cli/vault/key_path.h), else a passphrase or the recovery code that a person types. The vault key
 * never leaves this process.
 */
struct open_header {
	struct header header; /**< verified */
	struct secret vault_key;
	struct secret typed; /**< passphrase or code; empty for a key file */
	size_t slot;	     /**< the slot that has opened the header */
	const char *how;     /**< "passphrase", "recovery code", "key file" */
};

#define OPEN_HEADER_EMPTY ((struct open_header){.how = NULL})

/** Whether this run brings a way in of its own (a descriptor, a key file): nobody types. */
bool open_header_has_own(const struct cli *cli);

/** Whether there is a key file, or a way to ask for a passphrase. Nothing is read. */
bool open_header_can(const struct cli *cli);

/**
 * Opens the header. A passphrase is asked for three times on a terminal, once elsewhere; the header
 * is checked before that. WRONG_PASSPHRASE, also for a key file that fits no slot; TAMPERED; LOCKED
 * with nobody to ask.
 */
MUST bool open_header_ask(struct cli *cli, const struct buf *header, struct open_header *out,
			  struct error *err);

/** The same of the vault in another file, which prompts and errors name. */
MUST bool open_header_ask_of(struct cli *cli, const char *path, const struct buf *header,
			     struct open_header *out, struct error *err);

/** Opens the header as open_header_ask() does and derives the subkeys. *how is a constant text. */
MUST bool open_header_derive(struct cli *cli, const struct buf *header, struct keys *keys,
			     const char **how, struct error *err);

/** Wipes. Accepts empty. */
void open_header_clear(struct open_header *opened);

#endif
