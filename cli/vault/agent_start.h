/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_AGENT_START_H
#define CV_CLI_VAULT_AGENT_START_H

#include "cli/ui/context.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/header/header.h"
#include "vault/seal/keys.h"
#include "vault/wire/client.h"

#include <jansson.h>
#include <stdbool.h>

/**
 * A fresh agent on a socketpair, and what is said on it before it is unlocked. The helper is found
 * by its compiled-in place, never by PATH.
 */

/** A header's public bytes. */
#define LAUNCH_HEADER_INIT BUF_INIT(HEADER_BYTES_MAX)

/** Starts one; *client is connected to it. FAILED when it cannot be started. */
MUST bool agent_start_spawn(const struct cli *cli, struct client *client, struct error *err);

/**
 * Asks an agent for the header: `op` is "open" for a fresh one, "public" for one that is unlocked.
 */
MUST enum client_result agent_start_header(struct client *client, const char *op,
					   struct buf *header, struct error *err);

/** What an agent is unlocked with; limits of 0 leave the vault's own settings. */
struct agent_start_terms {
	const struct keys *keys;
	const struct keys *new_keys; /**< with `act`: those of a new vault key; NULL: it stays */
	const char *how;	     /**< "passphrase", "recovery code" or "key file" */
	int64_t idle_s;
	int64_t limit_s;
	bool resident;
	const struct buf *header; /**< the first one, or with `act` the new one; else NULL */
	const char *act;	  /**< "passwd" or "slot" where the vault's header is to change */
	const char *what;	  /**< with `act`: a few words for the log */
	bool accept; /**< unlock: also where the witness refuses the vault; its owner said so */
};

/**
 * What the witness says of the vault these keys open: the members of docs/protocol.md, the
 * caller's.
 */
MUST enum client_result agent_start_compare(struct client *client, const struct keys *keys,
					    json_t **ok, struct error *err);

/** Sends "unlock", "create", "set_header" or "rekey", as the terms are. *ok is the caller's. */
MUST enum client_result agent_start_unlock(struct client *client,
					   const struct agent_start_terms *terms, json_t **ok,
					   struct error *err);

/**
 * Has an agent that would not unlock for these keys say which part of the vault was changed: *found
 * is the caller's, NULL where it cannot.
 */
void agent_start_inspect(struct client *client, const struct keys *keys, json_t **found);

/**
 * Takes the lock that elects who starts an agent; *fd is the caller's to close, which gives it
 * back. Waits for whoever holds it.
 */
MUST bool agent_start_lock(const struct cli *cli, int *fd, struct error *err);

/** Whether somebody holds it, which means: is unlocking the vault, or asks for what that takes. */
bool agent_start_is_locked(const struct cli *cli);

/** Makes the connection the command's, as of an agent that this run has unlocked with `ok`. */
void agent_start_adopt(struct cli *cli, struct client *client,
		       const struct agent_start_terms *terms, const json_t *ok);

#endif
