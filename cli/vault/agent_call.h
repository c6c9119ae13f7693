/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_AGENT_CALL_H
#define CV_CLI_VAULT_AGENT_CALL_H

#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/wire/client.h"

#include <jansson.h>
#include <stdbool.h>

/**
 * Calls to the vault's agent, for commands. The connection is kept in cli->agent and closed by
 * main().
 */

/** What a caller may want to see of a call; NULL members are fine. */
struct agent_watch {
	bool (*event)(void *ctx, const json_t *event, struct error *err);
	bool (*row)(void *ctx, const json_t *row, struct error *err);
	/** Instead of row: each as JSON text, without having been parsed. */
	bool (*row_text)(void *ctx, const char *text, size_t len, struct error *err);
	/** Instead of *ok, in the same way. */
	bool (*ok_text)(void *ctx, const char *text, size_t len, struct error *err);
	void *ctx;
	const char *mfa_process; /**< asked first for a code */
};

/** For agent_watch.row: appends a copy of each row to ctx, a JSON array of the caller's. */
bool agent_call_gather(void *ctx, const json_t *row, struct error *err);

/**
 * Calls `op` with args (taken over, NULL: none), on the agent that is there or on one that is
 * unlocked for it (cli/vault/unlock.h). Questions (mfa, proof) are answered by cli/vault/answer.h.
 * An agent
 * that vanishes before it answered is looked for once more, unless rows were seen already. *ok is
 * the caller's.
 */
MUST bool agent_call(struct cli *cli, const char *op, json_t *args, const struct agent_watch *watch,
		     json_t **ok, struct error *err);

/** As agent_call(), but only on an agent that is there: *absent and true otherwise, *ok NULL. */
MUST bool agent_call_if_there(struct cli *cli, const char *op, json_t *args,
			      const struct agent_watch *watch, bool *absent, json_t **ok,
			      struct error *err);

#endif
