/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_AGENT_CALL_H
#define CV_CLI_VAULT_AGENT_CALL_H

#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/wire/client.h"

#include <jansson.h>
#include <stdbool.h>

/**
 * Calls to the vault's agent, for commands. The connection is kept in cli->agent; main() closes it.
 */

/** Handlers for what the agent sends before its answer; each may be NULL. */
struct agent_watch {
	bool (*event)(void *ctx, const json_t *event, struct error *err);
	bool (*row)(void *ctx, const json_t *row, struct error *err);
	/** Takes each row as JSON text, not parsed, in the place of `row`. */
	bool (*row_text)(void *ctx, const char *text, size_t len, struct error *err);
	/** Takes the answer as JSON text, not parsed, in the place of *ok. */
	bool (*ok_text)(void *ctx, const char *text, size_t len, struct error *err);
	/** Answers every question but those for a code; NULL: nobody does. */
	bool (*ask)(void *ctx, const json_t *ask, json_t **answer, struct error *err);
	void *ctx;
	const char *mfa_process; /**< the program that is asked first for an MFA code */
	/** Every such act wants a proof: a plain success is not believed, a refusal is. */
	bool proves;
};

/** For agent_watch.row: appends a copy of each row to ctx, a JSON array of the caller's. */
bool agent_call_gather(void *ctx, const json_t *row, struct error *err);

/**
 * Calls `op` with args (taken over; NULL: none) on the vault's agent, and unlocks the vault first
 * where there is none (cli/vault/unlock.h). What is secret, and what the agent wants a proof for,
 * goes through a channel (cli/vault/prove.h). Questions for a code are answered by
 * cli/vault/answer.h. Where the agent ends before it has answered, the call is made once more,
 * unless rows were seen already or the request had gone through a channel. *ok is the caller's.
 */
MUST bool agent_call(struct cli *cli, const char *op, const struct message *args,
		     const struct agent_watch *watch, json_t **ok, struct error *err);

/**
 * Unlocks the vault where it is locked, and asks for what a channel needs: a call through one asks
 * nobody then.
 */
MUST bool agent_call_prepare(struct cli *cli, struct error *err);

/**
 * As agent_call(), but unlocks nothing: where no process holds the vault, *absent and true, and *ok
 * is NULL. FAILED where one holds it and does not answer.
 */
MUST bool agent_call_if_there(struct cli *cli, const char *op, const struct message *args,
			      const struct agent_watch *watch, bool *absent, json_t **ok,
			      struct error *err);

#endif
