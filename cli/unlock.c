/* SPDX-License-Identifier: MIT */
#include "cli/unlock.h"

#include "cli/agent.h"
#include "cli/ask.h"
#include "cli/launch.h"
#include "cli/place.h"
#include "cli/progress.h"
#include "cli/state.h"
#include "cli/tty.h"
#include "vault/seal/header.h"
#include "vault/seal/slot.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TRIES = 3, SHOWN = 256, PROMPT_MAX = 512 };

/* One typed text against the header. */
static bool try_typed(struct cli *cli, const struct buf *bytes, const struct secret *typed,
		      struct keys *keys, const char **how, struct error *err)
{
	struct secret vault_key = SECRET_EMPTY;
	struct header header;
	char shown[SHOWN];
	size_t slot = 0;
	bool ok;

	progress_show(cli, "Deriving the key …");
	ok = header_open(bytes->data, bytes->len, typed, &header, &vault_key, &slot, err);
	progress_hide(cli);
	ok = ok && keys_derive(&vault_key, keys, err);
	secret_clear(&vault_key);
	if (ok) {
		*how = header.slots[slot].type == SLOT_RECOVERY ? "recovery code" : "passphrase";
		return true;
	}
	out_path(cli->vault, shown, sizeof(shown));
	return error_detail(err, "File: %s", shown);
}

bool unlock_derive(struct cli *cli, const struct buf *bytes, struct keys *keys, const char **how,
		   struct error *err)
{
	char prompt[PROMPT_MAX], shown[SHOWN];
	struct secret typed = SECRET_EMPTY;
	struct header header;
	bool ok = false;

	/* Where it was put off (NEEDS_LATE_MEMORY). */
	if (!secret_open(option_flag(&cli->options, "insecure-memory"), err))
		return false;
	/* A cost out of bounds, say, is told before anybody is asked. */
	if (!header_decode(bytes->data, bytes->len, &header, err))
		return false;
	out_path(cli->vault, shown, sizeof(shown));
	(void)snprintf(prompt, sizeof(prompt), "Passphrase for %s: ", shown);
	for (int tries = 1; !ok && tries <= TRIES; tries++) {
		if (!ask_passphrase(cli, prompt, &typed, err))
			break;
		ok = try_typed(cli, bytes, &typed, keys, how, err);
		if (ok || err->code != ERROR_WRONG_PASSPHRASE ||
		    cli->passphrase_came != ASK_TERMINAL)
			break;
		if (tries < TRIES)
			tty_say("Wrong passphrase. Caps Lock?");
	}
	secret_clear(&typed);
	return ok;
}

/* What a person said yes to stays; what a descriptor opened leaves with us. */
static bool stays(const struct cli *cli, bool anew)
{
	return !cli->once && (anew || cli->passphrase_came == ASK_TERMINAL ||
			      cli->passphrase_came == ASK_PROGRAM);
}

/* A fresh agent with its header in *header. */
static bool launch(const struct cli *cli, struct client *fresh, struct buf *header,
		   struct error *err)
{
	client_close(fresh);
	return launch_agent(cli, fresh, err) &&
	       launch_header(fresh, "open", header, err) == CLIENT_OK;
}

/* The old agent closes the file and leaves; one that is gone already did. */
static bool dismiss(struct cli *cli, struct error *err)
{
	json_t *ok = NULL;
	enum client_result result = client_call(
	    &cli->agent.client, "lock", json_pack("{s:s}", "why", "replaced"), NULL, &ok, err);

	json_decref(ok);
	client_close(&cli->agent.client);
	return result != CLIENT_ERROR;
}

static bool same(const struct buf *a, const struct buf *b, struct error *err)
{
	if (a->len == b->len && memcmp(a->data, b->data, a->len) == 0)
		return true;
	return error_set(err, ERROR_TAMPERED, "the vault's header changed while it was unlocked");
}

/*
 * Sends the keys to a fresh agent. One that has tired of waiting for a slow typist, or that there is none
 * of yet (fd -1), is launched anew; its header must be the one the keys fit.
 */
static bool finish(struct cli *cli, struct client *fresh, const struct buf *header,
		   const struct launch_terms *terms, json_t **ok, struct error *err)
{
	struct buf again = LAUNCH_HEADER_INIT;
	enum client_result result = CLIENT_GONE;

	for (int tries = 0; result == CLIENT_GONE && tries < 2; tries++) {
		if (fresh->fd < 0 &&
		    (!launch(cli, fresh, &again, err) || !same(header, &again, err))) {
			result = CLIENT_ERROR;
			break;
		}
		result = launch_unlock(fresh, terms, ok, err);
	}
	buf_clear(&again);
	if (result == CLIENT_ERROR && err->code == ERROR_TAMPERED && cli->findings &&
	    !*cli->findings && fresh->fd >= 0)
		launch_inspect(fresh, terms->keys, cli->findings);
	if (result != CLIENT_OK)
		return false;
	launch_adopt(cli, fresh, terms, *ok);
	return true;
}

/* With the lock held: asks, and puts a fresh agent in the place of the one we are connected to, if any. */
static bool replace(struct cli *cli, const struct unlock_limits *limits, bool anew, json_t **ok,
		    struct error *err)
{
	struct client fresh = CLIENT_EMPTY;
	struct buf header = LAUNCH_HEADER_INIT;
	struct keys keys = {0};
	struct launch_terms terms = {
	    .keys = &keys, .idle_s = limits->idle_s, .limit_s = limits->limit_s};
	enum client_result result = CLIENT_GONE;
	bool done = false;

	if (cli->agent.client.fd >= 0)
		result = launch_header(&cli->agent.client, "public", &header, err);
	if (result == CLIENT_ERROR ||
	    (result == CLIENT_GONE && !launch(cli, &fresh, &header, err)) ||
	    !unlock_derive(cli, &header, &keys, &terms.how, err))
		goto out;
	terms.resident = stays(cli, anew);
	done = (cli->agent.client.fd < 0 || dismiss(cli, err)) &&
	       finish(cli, &fresh, &header, &terms, ok, err);
out:
	client_close(&fresh);
	keys_clear(&keys);
	buf_clear(&header);
	return done;
}

static bool nobody(struct cli *cli, struct error *err)
{
	/* `process` counts its own, also those an agent refuses. */
	if (cli->profile && !(cli->command->needs & NEEDS_ONE_LINE_ERRORS))
		state_count_refusal(cli, cli->profile, ERROR_LOCKED);
	return ask_nobody(cli, err);
}

bool unlock_agent(struct cli *cli, struct error *err)
{
	const struct unlock_limits limits = {0};
	json_t *ok = NULL;
	bool absent = true, done;
	int lock = -1;

	if (!agent_find(cli, &absent, err))
		return false;
	if (!absent)
		return true;
	if (!place_check_vault(cli, err))
		return false;
	if (!ask_can_passphrase(cli))
		return nobody(cli, err);
	if (!launch_lock(cli, &lock, err))
		return false;
	/* Whoever held the lock before us may have unlocked it. */
	done = agent_find(cli, &absent, err) && (!absent || replace(cli, &limits, false, &ok, err));
	(void)close(lock);
	json_decref(ok);
	return done;
}

bool unlock_anew(struct cli *cli, const struct unlock_limits *limits, json_t **ok,
		 struct error *err)
{
	bool absent = true, done;
	int lock = -1;

	*ok = NULL;
	if (!place_check_vault(cli, err))
		return false;
	if (!ask_can_passphrase(cli))
		return nobody(cli, err);
	if (!launch_lock(cli, &lock, err))
		return false;
	done = agent_find(cli, &absent, err) && replace(cli, limits, true, ok, err);
	(void)close(lock);
	return done;
}

bool unlock_again(struct cli *cli, struct error *err)
{
	const struct unlock_limits limits = {0};
	pid_t refused = cli->agent.client.pid;
	json_t *ok = NULL;
	bool absent = true, done;
	int lock = -1;

	if (!ask_can_passphrase(cli))
		return false;
	if (!launch_lock(cli, &lock, err))
		return false;
	client_close(&cli->agent.client);
	done = agent_find(cli, &absent, err);
	if (done && (absent || cli->agent.client.pid == refused))
		done = replace(cli, &limits, true, &ok, err);
	(void)close(lock);
	json_decref(ok);
	return done;
}
