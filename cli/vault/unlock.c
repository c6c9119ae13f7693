/* SPDX-License-Identifier: MIT */
#include "cli/vault/unlock.h"

#include "cli/ui/ask.h"
#include "cli/vault/agent_start.h"
#include "cli/vault/holder.h"
#include "cli/vault/link.h"
#include "cli/vault/paths.h"
#include "cli/ui/say.h"
#include "cli/vault/lock_record.h"
#include "cli/vault/vault_folder.h"
#include "vault/wire/tables/msg_vault.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The longest wait for an agent that another command is putting in an old one's place. */
enum { SUCCESSOR_MS = 15000, SUCCESSOR_STEP_MS = 20, LEAVING_MS = 10000 };

/* What one unlocking is for. */
struct unlock_purpose {
	struct unlock_limits limits;
	bool anew;	       /* a person asked for an agent: it stays when the command ends */
	bool if_none;	       /* an agent that another command has unlocked meanwhile will do */
	pid_t refused;	       /* but not this one, whose keys are gone; 0: any */
	unlock_change *change; /* NULL: unlocking is all */
	void *ctx;
};

/* Starts an agent and fetches the vault's header from it. */
static bool unlock_launch(const struct cli *cli, struct client *fresh, struct buf *header,
			  struct error *err)
{
	client_close(fresh);
	return agent_start_spawn(cli, fresh, err) &&
	       agent_start_header(fresh, "open", header, err) == CLIENT_OK;
}

/* Nobody shall find the vault held while a person types. */
static bool unlock_release(const struct cli *cli, struct client *fresh, struct error *err)
{
	json_t *ok = NULL;
	bool done = open_header_has_own(cli) ||
		    client_call(fresh, "release", NULL, NULL, &ok, err) == CLIENT_OK;

	json_decref(ok);
	return done;
}

static bool unlock_same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/*
 * Sends the keys to the fresh agent and makes its connection the command's. An agent that was not
 * launched yet (fd -1), or that closed while a slow typist was typing, is launched here.
 */
static bool unlock_send(struct cli *cli, struct client *fresh, const struct buf *header,
			struct agent_start_terms *terms, json_t **ok, struct error *err)
{
	struct buf found = BUF_INIT(HEADER_BYTES_MAX);
	enum client_result result = CLIENT_GONE;

	for (int tries = 0; result == CLIENT_GONE && tries < 2; tries++) {
		if (fresh->fd < 0) {
			result = CLIENT_ERROR;
			if (!unlock_launch(cli, fresh, &found, err))
				break;
			if (terms->act && unlock_same(&found, terms->header)) {
				/* The lost agent had changed the header; unlocking is left. */
				if (terms->new_keys)
					terms->keys = terms->new_keys;
				terms->new_keys = NULL;
				terms->header = NULL;
				terms->act = MSG_ACT_NONE;
			} else if (!unlock_same(&found, header)) {
				error_set(err, ERROR_TAMPERED,
					  "the vault's header changed while it was unlocked");
				break;
			}
		}
		result = agent_start_unlock(fresh, terms, ok, err);
	}
	buf_clear(&found);
	if (result == CLIENT_ERROR && err->code == ERROR_TAMPERED && cli->findings &&
	    !*cli->findings && fresh->fd >= 0)
		agent_start_inspect(fresh, terms->keys, cli->findings);
	if (result != CLIENT_OK)
		return false;
	agent_start_adopt(cli, fresh, terms, *ok);
	if (terms->resident)
		vault_folder_warn(cli);
	return true;
}

/*
 * Opens the header with what the owner has, and puts a fresh agent in the place of the connected
 * one, if any. The caller holds the lock that elects who starts an agent.
 */
static bool unlock_replace(struct cli *cli, const struct unlock_purpose *purpose, json_t **ok,
			   struct error *err)
{
	struct client fresh = CLIENT_EMPTY;
	struct buf header = BUF_INIT(HEADER_BYTES_MAX);
	struct open_header opened = OPEN_HEADER_EMPTY;
	struct changed changed = CHANGED_EMPTY;
	struct keys keys = {0};
	struct agent_start_terms terms = {
	    .keys = &keys, .idle_s = purpose->limits.idle_s, .limit_s = purpose->limits.limit_s};
	enum client_result old = CLIENT_GONE;
	json_t *left = NULL;
	struct error why;
	bool asked, done = false;

	if (cli->agent.client.fd >= 0)
		old = agent_start_header(&cli->agent.client, "public", &header, err);
	/* An agent that is ending has no more to say; it lets go of the vault by itself. */
	if (old == CLIENT_ERROR && err->code == ERROR_LOCKED && holder_wait_gone(cli, LEAVING_MS)) {
		client_close(&cli->agent.client);
		old = CLIENT_GONE;
	}
	if (old == CLIENT_ERROR ||
	    (old == CLIENT_GONE &&
	     (!unlock_launch(cli, &fresh, &header, err) || !unlock_release(cli, &fresh, err))) ||
	    !open_header_ask(cli, &header, &opened, err) ||
	    !keys_derive(&opened.vault_key, &keys, err))
		goto out;
	if (purpose->change) {
		if (!purpose->change(cli, purpose->ctx, &opened, &changed, err))
			goto out;
	} else if (opened.typed.data && !header_change_raise(cli, &opened, &changed, &why)) {
		/* A slot that cannot be made dearer stays as it is. */
		changed_clear(&changed);
		say_detail(cli, "A guess at this passphrase costs less than it should today.");
	}
	if (changed.header.len > 0) {
		terms.header = &changed.header;
		terms.act = changed.act;
		terms.what = changed.what;
		if (keys_have(&changed.keys, KEY_PROOF))
			terms.new_keys = &changed.keys;
	}
	terms.how = opened.how;
	/* An agent that a person unlocked stays; one unlocked through a descriptor leaves. */
	asked = cli->passphrase_came == ASK_TERMINAL || cli->passphrase_came == ASK_PROGRAM;
	terms.resident = !cli->once &&
			 (asked || purpose->anew ||
			  ((purpose->change || purpose->refused) && old == CLIENT_OK));
	open_header_clear(&opened);
	if (cli->agent.client.fd >= 0) {
		/* The old agent closes the vault before it answers; a lost one has done so. */
		old = client_call(&cli->agent.client, "lock",
				  MESSAGE(msg_lock, &(struct msg_lock){MSG_LOCK_REPLACED}), NULL,
				  &left, err);
		json_decref(left);
		client_close(&cli->agent.client);
		if (old == CLIENT_ERROR)
			goto out;
	}
	done = unlock_send(cli, &fresh, &header, &terms, ok, err);
out:
	client_close(&fresh);
	open_header_clear(&opened);
	changed_clear(&changed);
	keys_clear(&keys);
	buf_clear(&header);
	secret_wipe_stack();
	return done;
}

/* Takes the lock that elects who starts an agent, and unlocks unless another command has. */
static bool unlock_elected(struct cli *cli, const struct unlock_purpose *purpose, json_t **ok,
			   struct error *err)
{
	bool absent = true, done;
	int lock = -1;

	*ok = NULL;
	if (!agent_start_lock(cli, &lock, err))
		return false;
	if (purpose->refused)
		client_close(&cli->agent.client);
	done = link_find(cli, &absent, err);
	if (done && (absent || !purpose->if_none || cli->agent.client.pid == purpose->refused))
		done = unlock_replace(cli, purpose, ok, err);
	(void)close(lock);
	return done;
}

static bool unlock_nobody(struct cli *cli, struct error *err)
{
	bool one_line = cli->command->needs & NEEDS_ONE_LINE_ERRORS;
	char since[OUT_WHEN_BYTES];

	/* `process` counts its refused requests itself, also those that an agent refuses. */
	if (cli->profile && !one_line)
		lock_record_count_refusal(cli, cli->profile, ERROR_LOCKED);
	(void)ask_nobody(cli, err);
	if (one_line && lock_record_since(cli, since))
		(void)snprintf(err->message, sizeof(err->message), "locked since %s", since);
	return false;
}

/*
 * While an agent is being replaced no agent is there for a moment. A command that could not unlock
 * the vault itself waits for the new one, as long as the replacing command holds the lock.
 */
static bool unlock_await_successor(struct cli *cli, bool *absent, struct error *err)
{
	bool replacing = lock_record_was_replaced(cli);

	for (int left = SUCCESSOR_MS; replacing && left > 0; left -= SUCCESSOR_STEP_MS) {
		replacing = agent_start_is_locked(cli);
		if (!link_find(cli, absent, err))
			return false;
		if (!*absent)
			return true;
		if (replacing)
			clock_sleep_ms(cli->clock, SUCCESSOR_STEP_MS);
	}
	*absent = true;
	return true;
}

bool unlock_agent(struct cli *cli, struct error *err)
{
	const struct unlock_purpose purpose = {.if_none = true};
	bool absent = true, done;
	json_t *ok;

	if (!link_find(cli, &absent, err))
		return false;
	if (!absent)
		return true;
	if (!paths_check_vault(cli, err))
		return false;
	if (!open_header_can(cli))
		return unlock_await_successor(cli, &absent, err) &&
		       (!absent || unlock_nobody(cli, err));
	done = unlock_elected(cli, &purpose, &ok, err);
	json_decref(ok);
	return done;
}

bool unlock_again(struct cli *cli, struct error *err)
{
	const struct unlock_purpose purpose = {.if_none = true, .refused = cli->agent.client.pid};
	bool absent = true, done;
	struct error why;
	json_t *ok;

	if (!open_header_can(cli)) {
		if (!lock_record_was_replaced(cli))
			return false;
		client_close(&cli->agent.client);
		return unlock_await_successor(cli, &absent, &why) && !absent;
	}
	done = unlock_elected(cli, &purpose, &ok, err);
	json_decref(ok);
	return done;
}

static bool unlock_asked(struct cli *cli, const struct unlock_purpose *purpose, json_t **ok,
			 struct error *err)
{
	*ok = NULL;
	return paths_check_vault(cli, err) && (open_header_can(cli) || unlock_nobody(cli, err)) &&
	       unlock_elected(cli, purpose, ok, err);
}

bool unlock_anew(struct cli *cli, const struct unlock_limits *limits, json_t **ok,
		 struct error *err)
{
	const struct unlock_purpose purpose = {.limits = *limits, .anew = true};

	return unlock_asked(cli, &purpose, ok, err);
}

bool unlock_changing(struct cli *cli, unlock_change *change, void *ctx, json_t **ok,
		     struct error *err)
{
	const struct unlock_purpose purpose = {.change = change, .ctx = ctx};

	return unlock_asked(cli, &purpose, ok, err);
}
