/* SPDX-License-Identifier: MIT */
#include "cli/vault/unlock.h"

#include "cli/ui/ask.h"
#include "cli/vault/agent_start.h"
#include "cli/vault/link.h"
#include "cli/vault/paths.h"
#include "cli/ui/say.h"
#include "cli/vault/lock_record.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How long a fresh agent may take that another command is putting in an old one's place. */
enum { SUCCESSOR_MS = 15000, SUCCESSOR_STEP_MS = 20 };

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
	return agent_start_spawn(cli, fresh, err) &&
	       agent_start_header(fresh, "open", header, err) == CLIENT_OK;
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

/* The header a relaunched agent finds: the one we opened, or already the one it was to become. */
static bool found_again(const struct buf *found, const struct buf *header,
			struct agent_start_terms *terms, struct error *err)
{
	struct error why;

	if (!terms->act || !same(found, terms->header, &why))
		return same(found, header, err);
	/* The change was made before that agent went: what is left is to unlock. */
	if (terms->new_keys)
		terms->keys = terms->new_keys;
	terms->new_keys = NULL;
	terms->header = NULL;
	terms->act = NULL;
	return true;
}

/*
 * Sends the keys to a fresh agent. One that has tired of waiting for a slow typist, or that there
 * is none of yet (fd -1), is launched anew.
 */
static bool finish(struct cli *cli, struct client *fresh, const struct buf *header,
		   struct agent_start_terms *terms, json_t **ok, struct error *err)
{
	struct buf again = LAUNCH_HEADER_INIT;
	enum client_result result = CLIENT_GONE;

	for (int tries = 0; result == CLIENT_GONE && tries < 2; tries++) {
		if (fresh->fd < 0 && (!launch(cli, fresh, &again, err) ||
				      !found_again(&again, header, terms, err))) {
			result = CLIENT_ERROR;
			break;
		}
		result = agent_start_unlock(fresh, terms, ok, err);
	}
	buf_clear(&again);
	if (result == CLIENT_ERROR && err->code == ERROR_TAMPERED && cli->findings &&
	    !*cli->findings && fresh->fd >= 0)
		agent_start_inspect(fresh, terms->keys, cli->findings);
	if (result != CLIENT_OK)
		return false;
	agent_start_adopt(cli, fresh, terms, *ok);
	return true;
}

/* What one unlocking is for. */
struct purpose {
	struct unlock_limits limits;
	bool anew;
	unlock_change *change; /**< NULL: unlocking is all */
	void *ctx;
};

/*
 * A slot that is cheaper than new ones are is made dearer on the way; where that fails, it stays.
 */
static bool decide(struct cli *cli, const struct purpose *purpose,
		   const struct open_header *opening, struct changed *changed, struct error *err)
{
	struct error why;

	if (purpose->change)
		return purpose->change(cli, purpose->ctx, opening, changed, err);
	if (opening->typed.data && !header_change_raise(cli, opening, changed, &why)) {
		changed_clear(changed);
		say_detail(cli, "A guess at this passphrase costs less than it should today.");
	}
	return true;
}

static void fill_terms(struct agent_start_terms *terms, const struct changed *changed)
{
	if (changed->header.len == 0)
		return;
	terms->header = &changed->header;
	terms->act = changed->act;
	terms->what = changed->what;
	if (keys_have(&changed->keys, KEY_PROOF))
		terms->new_keys = &changed->keys;
}

/*
 * With the lock held: asks, and puts a fresh agent in the place of the one we are connected to, if
 * any.
 */
static bool replace(struct cli *cli, const struct purpose *purpose, json_t **ok, struct error *err)
{
	struct client fresh = CLIENT_EMPTY;
	struct buf header = LAUNCH_HEADER_INIT;
	struct open_header opening = OPENING_EMPTY;
	struct changed changed = CHANGED_EMPTY;
	struct keys keys = {0};
	struct agent_start_terms terms = {
	    .keys = &keys, .idle_s = purpose->limits.idle_s, .limit_s = purpose->limits.limit_s};
	enum client_result result = CLIENT_GONE;
	bool done = false;

	if (cli->agent.client.fd >= 0)
		result = agent_start_header(&cli->agent.client, "public", &header, err);
	if (result == CLIENT_ERROR ||
	    (result == CLIENT_GONE && !launch(cli, &fresh, &header, err)) ||
	    !open_header_ask(cli, &header, &opening, err) ||
	    !keys_derive(&opening.vault_key, &keys, err) ||
	    !decide(cli, purpose, &opening, &changed, err))
		goto out;
	terms.how = opening.how;
	/* Where one was there, one stays there. */
	terms.resident = stays(cli, purpose->anew || (purpose->change && result == CLIENT_OK));
	fill_terms(&terms, &changed);
	open_header_clear(&opening);
	done = (cli->agent.client.fd < 0 || dismiss(cli, err)) &&
	       finish(cli, &fresh, &header, &terms, ok, err);
out:
	client_close(&fresh);
	open_header_clear(&opening);
	changed_clear(&changed);
	keys_clear(&keys);
	buf_clear(&header);
	secret_wipe_stack();
	return done;
}

static bool nobody(struct cli *cli, struct error *err)
{
	bool one_line = cli->command->needs & NEEDS_ONE_LINE_ERRORS;
	char since[OUT_WHEN_BYTES];

	/* `process` counts its own, also those an agent refuses. */
	if (cli->profile && !one_line)
		lock_record_count_refusal(cli, cli->profile, ERROR_LOCKED);
	(void)ask_nobody(cli, err);
	if (one_line && lock_record_since(cli, since))
		(void)snprintf(err->message, sizeof(err->message), "locked since %s", since);
	return false;
}

/*
 * Between an agent that was sent away and the one in its place there is none for a moment. Whoever
 * comes then, and could not unlock the vault, waits for as long as the other command is at it.
 */
static bool await_successor(struct cli *cli, bool *absent, struct error *err)
{
	bool at_it = lock_record_was_replaced(cli);

	for (int left = SUCCESSOR_MS; at_it && left > 0; left -= SUCCESSOR_STEP_MS) {
		at_it = agent_start_is_locked(cli);
		if (!link_find(cli, absent, err))
			return false;
		if (!*absent)
			return true;
		if (at_it)
			clock_sleep_ms(cli->clock, SUCCESSOR_STEP_MS);
	}
	*absent = true;
	return true;
}

bool unlock_agent(struct cli *cli, struct error *err)
{
	const struct purpose purpose = {.anew = false};
	json_t *ok = NULL;
	bool absent = true, done;
	int lock = -1;

	if (!link_find(cli, &absent, err))
		return false;
	if (!absent)
		return true;
	if (!paths_check_vault(cli, err))
		return false;
	if (!open_header_can(cli))
		return await_successor(cli, &absent, err) && (!absent || nobody(cli, err));
	if (!agent_start_lock(cli, &lock, err))
		return false;
	/* Whoever held the lock before us may have unlocked it. */
	done = link_find(cli, &absent, err) && (!absent || replace(cli, &purpose, &ok, err));
	(void)close(lock);
	json_decref(ok);
	return done;
}

static bool run(struct cli *cli, const struct purpose *purpose, json_t **ok, struct error *err)
{
	bool absent = true, done;
	int lock = -1;

	*ok = NULL;
	if (!paths_check_vault(cli, err))
		return false;
	if (!open_header_can(cli))
		return nobody(cli, err);
	if (!agent_start_lock(cli, &lock, err))
		return false;
	done = link_find(cli, &absent, err) && replace(cli, purpose, ok, err);
	(void)close(lock);
	return done;
}

bool unlock_anew(struct cli *cli, const struct unlock_limits *limits, json_t **ok,
		 struct error *err)
{
	const struct purpose purpose = {.limits = *limits, .anew = true};

	return run(cli, &purpose, ok, err);
}

bool unlock_changing(struct cli *cli, unlock_change *change, void *ctx, json_t **ok,
		     struct error *err)
{
	const struct purpose purpose = {.change = change, .ctx = ctx};

	return run(cli, &purpose, ok, err);
}

bool unlock_again(struct cli *cli, struct error *err)
{
	const struct purpose purpose = {.anew = true};
	pid_t refused = cli->agent.client.pid;
	json_t *ok = NULL;
	bool absent = true, done;
	int lock = -1;

	if (!open_header_can(cli)) {
		struct error why;

		if (!lock_record_was_replaced(cli))
			return false;
		client_close(&cli->agent.client);
		return await_successor(cli, &absent, &why) && !absent;
	}
	if (!agent_start_lock(cli, &lock, err))
		return false;
	client_close(&cli->agent.client);
	done = link_find(cli, &absent, err);
	if (done && (absent || cli->agent.client.pid == refused))
		done = replace(cli, &purpose, &ok, err);
	(void)close(lock);
	json_decref(ok);
	return done;
}
