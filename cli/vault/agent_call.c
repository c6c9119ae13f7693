/* SPDX-License-Identifier: MIT */
#include "cli/vault/agent_call.h"

#include "cli/show/call_show.h"
#include "cli/ui/progress.h"
#include "cli/vault/answer.h"
#include "cli/vault/holder.h"
#include "cli/vault/link.h"
#include "cli/vault/prove.h"
#include "cli/vault/unlock.h"
#include "vault/format/json.h"

#include <stdint.h>
#include <string.h>

enum { TRIES = 8 };

/*
 * What a call waits for that takes longer than a moment. Of other operations nothing is said: they
 * are short, or show themselves how far they are.
 */
static const char *const waits[][2] = {
    {"credentials", "Waiting for AWS, or for a code that is asked for elsewhere …"},
    {"add", "Waiting for AWS, which is asked about the key …"},
    {"edit", "Waiting for AWS, which is asked about the device …"},
    {"verify", "Waiting for the agent, which reads the whole vault …"},
    {"backup", "Waiting for the agent, which copies the vault …"},
    {"prune", "Waiting for the agent, which writes the log anew …"},
};

bool agent_call_gather(void *ctx, const json_t *row, struct error *err)
{
	return json_array_append_new(ctx, json_deep_copy(row)) == 0 ||
	       error_set(err, ERROR_MEMORY, "out of memory");
}

/* What the handlers of a call are given. */
struct call {
	struct cli *cli;
	const struct agent_watch *watch;
	bool saw_rows;
	struct error needed; /* why the agent wants a channel; empty: the operation does */
	const char *waits;   /* what is shown while it takes long; NULL: nothing */
	bool shown;
	bool (*silent)(const struct client *client, unsigned earlier, struct error *err);
	const void *silent_ctx; /* of the connection, as they were before this call */
};

/* The agent was silent for a while: says what is waited for, on a terminal. */
static bool call_is_silent(const struct client *client, unsigned earlier, struct error *err)
{
	struct call *call = (struct call *)(uintptr_t)client->silent_ctx;
	struct client as_before = *client;

	if (!call->shown && call->waits)
		progress_show(call->cli, call->waits);
	call->shown = call->shown || call->waits;
	as_before.silent_ctx = call->silent_ctx;
	return !call->silent || call->silent(&as_before, earlier, err);
}

/* Something came: the line goes before anything is printed. */
static void call_heard(struct call *call)
{
	if (call->shown)
		progress_hide(call->cli);
	call->shown = false;
}

static void call_watch(struct call *call, const char *op, struct client *client)
{
	call->silent = client->silent;
	call->silent_ctx = client->silent_ctx;
	client->silent = call_is_silent;
	client->silent_ctx = call;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		if (strcmp(waits[i][0], op) == 0)
			call->waits = waits[i][1];
	}
}

static void call_unwatch(struct call *call, struct client *client)
{
	call_heard(call);
	client->silent = call->silent;
	client->silent_ctx = call->silent_ctx;
}

static bool call_event(void *ctx, const json_t *event, struct error *err)
{
	struct call *call = ctx;

	call_heard(call);
	return call_show(call->cli, event) || !call->watch || !call->watch->event ||
	       call->watch->event(call->watch->ctx, event, err);
}

static bool call_row(void *ctx, const json_t *row, struct error *err)
{
	struct call *call = ctx;

	call_heard(call);
	call->saw_rows = true;
	return !call->watch || !call->watch->row || call->watch->row(call->watch->ctx, row, err);
}

static bool call_row_text(void *ctx, const char *text, size_t len, struct error *err)
{
	struct call *call = ctx;

	call_heard(call);
	call->saw_rows = true;
	return call->watch->row_text(call->watch->ctx, text, len, err);
}

static bool call_ok_text(void *ctx, const char *text, size_t len, struct error *err)
{
	struct call *call = ctx;

	call_heard(call);
	return call->watch->ok_text(call->watch->ctx, text, len, err);
}

static bool call_ask(void *ctx, const json_t *ask, json_t **answer, struct error *err)
{
	struct call *call = ctx;
	const char *kind = json_text_of(ask, "kind");

	call_heard(call);
	if (call->watch && call->watch->ask && strcmp(kind, "mfa") != 0)
		return call->watch->ask(call->watch->ctx, ask, answer, err);
	return answer_ask(call->cli, call->watch ? call->watch->mfa_process : NULL, ask, answer,
			  err);
}

/* Through a channel with `sealed`, on a connection of its own. */
static enum client_result call_once(struct call *call, bool sealed, const char *op,
				    const struct message *args, json_t **ok, struct error *err)
{
	const struct client_handler handler = {
	    .event = call_event,
	    .row = call_row,
	    .row_text = call->watch && call->watch->row_text ? call_row_text : NULL,
	    .ok_text = call->watch && call->watch->ok_text ? call_ok_text : NULL,
	    .ask = call_ask,
	    .ctx = call};
	struct cli *cli = call->cli;
	struct client client = CLIENT_EMPTY;
	enum client_result result;
	bool absent = false;

	if (!sealed) {
		call_watch(call, op, &cli->agent.client);
		result = client_call(&cli->agent.client, op, args, &handler, ok, err);
		call_unwatch(call, &cli->agent.client);
		return result;
	}
	result = prove_key(cli, call->needed.detail[0] ? call->needed.detail : NULL, err);
	if (result == CLIENT_OK && !link_connect(cli, &client, &absent, err))
		result = CLIENT_ERROR;
	/* An agent that has left meanwhile is as one that hangs up. */
	if (result == CLIENT_OK) {
		call_watch(call, op, &client);
		result = client_call_sealed(&client, &cli->agent.proof_key, op, args, &handler, ok,
					    err);
		call_unwatch(call, &client);
	}
	if (result == CLIENT_GONE)
		client_close(&cli->agent.client);
	return result;
}

bool agent_call(struct cli *cli, const char *op, const struct message *args,
		const struct agent_watch *watch, json_t **ok, struct error *err)
{
	struct call call = {.cli = cli, .watch = watch};
	bool done = false, proves = client_op_is_sealed(op);

	*ok = NULL;
	for (int tries = 0; tries < TRIES && !done; tries++) {
		enum client_result result;

		if (cli->agent.client.fd < 0 && !unlock_agent(cli, err))
			break;
		/* Whoever unlocked this very agent needs no channel to it. */
		result = call_once(&call, proves && !cli->agent.client.known, op, args, ok, err);
		/* Anybody may say yes at the socket: what is always proved is asked again. */
		if (result == CLIENT_OK && watch && watch->proves && !proves &&
		    !cli->agent.client.known) {
			json_decref(*ok);
			*ok = NULL;
			proves = true;
			continue;
		}
		done = result == CLIENT_OK;
		if (done || call.saw_rows || result == CLIENT_CUT)
			break;
		if (result == CLIENT_GONE)
			continue;
		if (err->code == ERROR_CHANNEL_NEEDED && !proves) {
			proves = true;
			call.needed = *err;
			continue;
		}
		/* An agent that others have started may leave with them, again and again. */
		if (err->code != ERROR_LOCKED || cli->agent.started || !unlock_again(cli, err))
			break;
	}
	return done;
}

bool agent_call_prepare(struct cli *cli, struct error *err)
{
	enum client_result result = CLIENT_GONE;

	for (int tries = 0; tries < 2 && result == CLIENT_GONE; tries++) {
		if (!unlock_agent(cli, err))
			return false;
		result = cli->agent.client.known ? CLIENT_OK : prove_key(cli, NULL, err);
	}
	return result == CLIENT_OK ||
	       (err->code == ERROR_LOCKED && unlock_again(cli, err) && cli->agent.client.known);
}

bool agent_call_if_there(struct cli *cli, const char *op, const struct message *args,
			 const struct agent_watch *watch, bool *absent, json_t **ok,
			 struct error *err)
{
	struct call call = {.cli = cli, .watch = watch};
	enum client_result result = CLIENT_GONE;
	struct holder holder;

	*ok = NULL;
	for (int tries = 0; result == CLIENT_GONE && !call.saw_rows && tries < 3; tries++) {
		if (!link_find(cli, absent, err))
			return false;
		if (*absent)
			return true;
		result = call_once(&call, false, op, args, ok, err);
		cli->agent.broke = result == CLIENT_GONE;
	}
	if (result != CLIENT_GONE)
		return result == CLIENT_OK;
	/* An agent that ends during the call counts as absent, once it has let go of the vault. */
	holder_find(cli, &holder);
	*absent = holder.pid == 0;
	return *absent || holder_is_silent(&holder, err);
}
