/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_AGENT_START_H
#define CV_CLI_VAULT_AGENT_START_H

#include "cli/ui/context.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/header/header.h"
#include "vault/seal/keys.h"
#include "vault/wire/client.h"
#include "vault/wire/tables/msg_launch.h"

#include <jansson.h>
#include <stdbool.h>

/**
 * Starts an agent on a socketpair, and makes the calls that come before it is unlocked. The
 * program is found by its compiled-in place, never by PATH.
 */

/** Starts an agent; *client is connected to it. FAILED when it cannot be started. */
MUST bool agent_start_spawn(const struct cli *cli, struct client *client, struct error *err);

/**
 * Asks an agent for the vault's header, into *header (of at least HEADER_BYTES_MAX): `op` is "open"
 * of a fresh agent, "public" of others.
 */
MUST enum client_result agent_start_header(struct client *client, const char *op,
					   struct buf *header, struct error *err);

/** The same of a backup that lies beside the vault (cli/vault/staged_backup.h). */
MUST enum client_result agent_start_staged(struct client *client, const char *copy,
					   struct buf *header, struct error *err);

/** Lets a fresh agent close the vault's file until the next call, for as long as a person types. */
MUST bool agent_start_release(struct client *client, struct error *err);

/** What an agent is unlocked with; limits of 0 leave the vault's own settings. */
struct agent_start_terms {
	const struct keys *keys;
	const struct keys *new_keys; /**< with `act`: the subkeys of a new vault key, or NULL */
	const char *how;	     /**< "passphrase", "recovery code" or "key file" */
	int64_t idle_s;
	int64_t limit_s;
	bool resident;
	const struct buf *header; /**< a new vault's, or with `act` the changed one; else NULL */
	enum msg_act act;	  /**< what the log calls a change of the vault's header */
	const char *what;	  /**< with `act`: a few words for the log */
	bool accept;		  /**< the owner accepts a vault that the witness refuses */
};

/** Asks what the witness says of the vault (docs/protocol.md); *ok is the caller's. */
MUST enum client_result agent_start_compare(struct client *client, const struct keys *keys,
					    json_t **ok, struct error *err);

/** Sends "unlock", "create", "set_header" or "rekey", as the terms say. *ok is the caller's. */
MUST enum client_result agent_start_unlock(struct client *client,
					   const struct agent_start_terms *terms, json_t **ok,
					   struct error *err);

/**
 * Asks an agent that refused to unlock which part of the vault was changed. *found is the caller's,
 * NULL where the agent cannot tell.
 */
void agent_start_inspect(struct client *client, const struct keys *keys, json_t **found);

/**
 * Takes the lock that elects which command starts an agent, waiting for its holder a minute at
 * most. It is held from the start of an agent to its taking over, and never while somebody types.
 * The caller closes *fd, which gives the lock back.
 */
MUST bool agent_start_lock(const struct cli *cli, int *fd, struct error *err);

/** Whether a command holds the lock: it is unlocking the vault at this moment. */
bool agent_start_is_locked(const struct cli *cli);

/** Makes *client the command's connection, to an agent that answered the unlocking with `ok`. */
void agent_start_adopt(struct cli *cli, struct client *client,
		       const struct agent_start_terms *terms, const json_t *ok);

#endif
