/* SPDX-License-Identifier: MIT */
#include "cli/vault/unlock.h"

#include "cli/ui/ask.h"
#include "cli/vault/agent_start.h"
#include "cli/vault/asking.h"
#include "cli/vault/holder.h"
#include "cli/vault/link.h"
#include "cli/vault/paths.h"
#include "cli/ui/say.h"
#include "cli/vault/lock_record.h"
#include "cli/vault/vault_folder.h"
#include "vault/wire/tables/msg_status.h"
#include "vault/wire/tables/msg_vault.h"

#include <errno.h>
#include <poll.h>
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

/* One unlocking under way. */
struct unlocking {
	struct cli *cli;
	const struct unlock_purpose *purpose;
	bool if_none;	     /* as the purpose has it, or nobody held the vault at first */
	bool was_there;	     /* an agent held the vault when this one was to take over */
	int start;	     /* the lock that elects who starts an agent; -1: not held */
	struct client fresh; /* the agent that will take over */
	struct buf header;   /* the vault's header that was opened */
	struct open_header opened;
	struct changed changed;
	struct keys keys;
};

/* Starts an agent and fetches the vault's header from it. */
static bool unlock_launch(const struct cli *cli, struct client *fresh, struct buf *header,
			  struct error *err)
{
	client_close(fresh);
	return agent_start_spawn(cli, fresh, err) &&
	       agent_start_header(fresh, "open", header, err) == CLIENT_OK;
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

/* An agent that will do for this unlocking. */
static bool unlock_serves(const struct unlocking *unlocking, pid_t agent)
{
	return unlocking->if_none && agent != unlocking->purpose->refused;
}

/* For a prompt: whether another command has unlocked the vault, so that nothing need be typed. */
static bool unlock_is_over(void *ctx)
{
	const struct unlocking *unlocking = ctx;
	struct holder holder;

	if (!unlocking->if_none)
		return false;
	holder_find(unlocking->cli, &holder);
	return holder.recorded && unlock_serves(unlocking, holder.pid);
}

/* Takes the start lock, and looks who holds the vault now; *served: nothing is left to do. */
static bool unlock_look(struct unlocking *unlocking, bool *served, struct error *err)
{
	struct cli *cli = unlocking->cli;
	bool absent = true;

	*served = false;
	client_close(&cli->agent.client);
	if (!agent_start_lock(cli, &unlocking->start, err) || !link_find(cli, &absent, err))
		return false;
	*served = !absent && unlock_serves(unlocking, cli->agent.client.pid);
	return true;
}

static void unlock_start_end(struct unlocking *unlocking)
{
	if (unlocking->start >= 0)
		(void)close(unlocking->start);
	unlocking->start = -1;
}

/* Reads the header, from the agent that holds the vault or else by a fresh one. */
static bool unlock_read(struct unlocking *unlocking, struct buf *header, struct error *err)
{
	struct cli *cli = unlocking->cli;
	enum client_result old = CLIENT_GONE;

	if (cli->agent.client.fd >= 0)
		old = agent_start_header(&cli->agent.client, "public", header, err);
	/* An agent that is ending has no more to say; it lets go of the vault by itself. */
	if (old == CLIENT_ERROR && err->code == ERROR_LOCKED && holder_wait_gone(cli, LEAVING_MS)) {
		client_close(&cli->agent.client);
		old = CLIENT_GONE;
	}
	unlocking->was_there = old == CLIENT_OK;
	if (old != CLIENT_GONE)
		return old == CLIENT_OK;
	return (unlocking->fresh.fd >= 0 &&
		agent_start_header(&unlocking->fresh, "open", header, err) == CLIENT_OK) ||
	       unlock_launch(cli, &unlocking->fresh, header, err);
}

/* Lets go of the file and of the start lock: nobody shall find them held while a person types. */
static bool unlock_step_back(struct unlocking *unlocking, struct error *err)
{
	bool done = unlocking->fresh.fd < 0 || agent_start_release(&unlocking->fresh, err);

	unlock_start_end(unlocking);
	return done;
}

/* Opens the header with what the owner has, and makes the change that is wanted. */
static bool unlock_open(struct unlocking *unlocking, bool *over, struct error *err)
{
	struct tty_watch watch = {
	    .over = unlock_is_over, .ctx = unlocking, .limit_s = ASKING_LIMIT_S};
	const struct unlock_purpose *purpose = unlocking->purpose;
	struct open_header *opened = &unlocking->opened;
	struct cli *cli = unlocking->cli;
	struct error why;
	bool ok;

	cli->watch = &watch;
	ok = open_header_ask(cli, &unlocking->header, opened, err);
	cli->watch = NULL;
	*over = watch.was_over;
	if (!ok || !keys_derive(&opened->vault_key, &unlocking->keys, err))
		return false;
	if (purpose->change)
		return purpose->change(cli, purpose->ctx, opened, &unlocking->changed, err);
	if (opened->typed.data && !header_change_raise(cli, opened, &unlocking->changed, &why)) {
		/* A slot that cannot be made dearer stays as it is. */
		changed_clear(&unlocking->changed);
		say_detail(cli, "A guess at this passphrase costs less than it should today.");
	}
	return true;
}

/*
 * Looks again under the lock, behind a person who typed: another command may have unlocked the
 * vault, or changed its header.
 */
static bool unlock_look_again(struct unlocking *unlocking, bool *served, struct error *err)
{
	struct buf now = BUF_INIT(HEADER_BYTES_MAX);
	const struct secret *proof = &unlocking->keys.at[KEY_PROOF];
	bool ok = unlock_look(unlocking, served, err);

	if (ok && *served)
		ok = secret_set(&unlocking->cli->agent.proof_key, proof->data, proof->len, err);
	else
		ok = ok && unlock_read(unlocking, &now, err);
	if (ok && !*served && !unlock_same(&now, &unlocking->header)) {
		/* The keys fit still, unless the vault has new ones; the agent will tell. */
		changed_clear(&unlocking->changed);
		buf_reset(&unlocking->header);
		ok = unlocking->purpose->change
			 ? error_set(err, ERROR_FAILED,
				     "another command has changed what opens the vault meanwhile")
			 : buf_append(&unlocking->header, now.data, now.len, err);
	}
	buf_clear(&now);
	return ok;
}

/* Puts the fresh agent in the place of the one that holds the vault, if any. */
static bool unlock_take_over(struct unlocking *unlocking, json_t **ok, struct error *err)
{
	const struct unlock_purpose *purpose = unlocking->purpose;
	struct changed *changed = &unlocking->changed;
	struct cli *cli = unlocking->cli;
	struct agent_start_terms terms = {.keys = &unlocking->keys,
					  .idle_s = purpose->limits.idle_s,
					  .limit_s = purpose->limits.limit_s,
					  .how = unlocking->opened.how};
	/* An agent that a person unlocked stays; one unlocked through a descriptor leaves. */
	bool asked = cli->passphrase_came == ASK_TERMINAL || cli->passphrase_came == ASK_PROGRAM;
	enum client_result old;
	json_t *left = NULL;

	if (changed->header.len > 0) {
		terms.header = &changed->header;
		terms.act = changed->act;
		terms.what = changed->what;
		if (keys_have(&changed->keys, KEY_PROOF))
			terms.new_keys = &changed->keys;
	}
	terms.resident = !cli->once &&
			 (asked || purpose->anew ||
			  ((purpose->change || purpose->refused) && unlocking->was_there));
	open_header_clear(&unlocking->opened);
	if (cli->agent.client.fd >= 0) {
		/* The old agent closes the vault before it answers; a lost one has done so. */
		old = client_call(&cli->agent.client, "lock",
				  MESSAGE(msg_lock, &(struct msg_lock){MSG_LOCK_REPLACED}), NULL,
				  &left, err);
		json_decref(left);
		client_close(&cli->agent.client);
		if (old == CLIENT_ERROR)
			return false;
	}
	return unlock_send(cli, &unlocking->fresh, &unlocking->header, &terms, ok, err);
}

/*
 * A passphrase on its way through a descriptor may be typed at its other end: it is waited for
 * before any lock is taken.
 */
static void unlock_await_passphrase(const struct cli *cli)
{
	struct pollfd p = {.fd = cli->passphrase_fd, .events = POLLIN};

	while (p.fd >= 0 && poll(&p, 1, -1) < 0 && errno == EINTR)
		continue;
}

/* *served: an agent that another command has unlocked serves this one. */
static bool unlock_go(struct unlocking *unlocking, bool *served, json_t **ok, struct error *err)
{
	const struct unlock_purpose *purpose = unlocking->purpose;
	bool at_once = open_header_has_own(unlocking->cli) && !purpose->change, over = false;

	if (!unlock_look(unlocking, served, err))
		return false;
	if (*served)
		return true;
	if (!unlock_read(unlocking, &unlocking->header, err))
		return false;
	/* Two who unlock a locked vault at once are one. */
	if (!unlocking->was_there && !purpose->change && !purpose->limits.idle_s &&
	    !purpose->limits.limit_s)
		unlocking->if_none = true;
	if (!at_once && !unlock_step_back(unlocking, err))
		return false;
	if (!unlock_open(unlocking, &over, err)) {
		if (!over || !unlock_look(unlocking, served, err))
			return false;
		return *served || error_set(err, ERROR_LOCKED, "the vault was locked meanwhile");
	}
	if (!at_once && (!unlock_look_again(unlocking, served, err) || *served))
		return *served;
	return unlock_take_over(unlocking, ok, err);
}

/* Unlocks, unless another command has; *ok is NULL then. */
static bool unlock_run(struct cli *cli, const struct unlock_purpose *purpose, json_t **ok,
		       struct error *err)
{
	struct unlocking unlocking = {.cli = cli,
				      .purpose = purpose,
				      .if_none = purpose->if_none,
				      .start = -1,
				      .fresh = CLIENT_EMPTY,
				      .header = BUF_INIT(HEADER_BYTES_MAX),
				      .opened = OPEN_HEADER_EMPTY,
				      .changed = CHANGED_EMPTY};
	struct asking asking = ASKING_EMPTY;
	bool came = false, served = false, done = true;

	*ok = NULL;
	if (open_header_has_own(cli))
		unlock_await_passphrase(cli);
	else
		done = asking_begin(cli, unlock_is_over, &unlocking, &asking, &came, err);
	done = done && unlock_go(&unlocking, &served, ok, err);
	unlock_start_end(&unlocking);
	asking_end(&asking);
	client_close(&unlocking.fresh);
	open_header_clear(&unlocking.opened);
	changed_clear(&unlocking.changed);
	keys_clear(&unlocking.keys);
	buf_clear(&unlocking.header);
	secret_wipe_stack();
	return done;
}

static bool unlock_nobody(struct cli *cli, struct error *err)
{
	bool one_line = cli->command->needs & NEEDS_ONE_LINE_ERRORS, asked;
	char since[OUT_WHEN_BYTES], who[ASKING_WHO_BYTES];

	/* `process` counts its refused requests itself, also those that an agent refuses. */
	if (cli->profile && !one_line)
		lock_record_count_refusal(cli, cli->profile, ERROR_LOCKED);
	(void)ask_nobody(cli, err);
	asked = asking_who(cli, who);
	if (one_line && lock_record_since(cli, since))
		(void)snprintf(err->message, sizeof(err->message), "locked since %s%s%s", since,
			       asked ? "; " : "", asked ? who : "");
	else if (asked)
		(void)snprintf(err->message, sizeof(err->message), "the vault is locked; %s", who);
	return false;
}

/*
 * While an agent starts or is being replaced none is there for a moment. A command that could not
 * unlock the vault itself waits for it, as long as another holds the start lock.
 */
static bool unlock_await_start(struct cli *cli, pid_t refused, bool *absent, struct error *err)
{
	for (int left = SUCCESSOR_MS; left > 0; left -= SUCCESSOR_STEP_MS) {
		bool starting = agent_start_is_locked(cli);

		client_close(&cli->agent.client);
		if (!link_find(cli, absent, err))
			return false;
		if (!*absent && cli->agent.client.pid != refused)
			return true;
		if (!starting)
			break;
		clock_sleep_ms(cli->clock, SUCCESSOR_STEP_MS);
	}
	client_close(&cli->agent.client);
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
	if (cli->agent.is_last)
		return error_set(err, ERROR_LOCKED, "the vault was locked");
	if (!paths_check_vault(cli, err))
		return false;
	if (!open_header_can(cli))
		return unlock_await_start(cli, 0, &absent, err) &&
		       (!absent || unlock_nobody(cli, err));
	done = unlock_run(cli, &purpose, &ok, err);
	json_decref(ok);
	return done;
}

bool unlock_again(struct cli *cli, struct error *err)
{
	const struct unlock_purpose purpose = {.if_none = true, .refused = cli->agent.client.pid};
	bool absent = true, done;
	struct error why;
	json_t *ok;

	if (!open_header_can(cli))
		return unlock_await_start(cli, purpose.refused, &absent, &why) && !absent;
	done = unlock_run(cli, &purpose, &ok, err);
	json_decref(ok);
	return done;
}

bool unlock_state(struct cli *cli, json_t **ok, bool *keys, struct error *err)
{
	struct msg_status status = {.pid = 0};
	struct msg_unlocked unlocked;
	json_t *said = NULL;
	bool done = client_call(&cli->agent.client, "status", NULL, NULL, &said, err) ==
			CLIENT_OK &&
		    fields_read_answer(&msg_status, said, &status, err);

	*ok = NULL;
	*keys = done && !status.keys_locked;
	unlocked = (struct msg_unlocked){.vault = status.vault,
					 .vault_id = status.vault_id,
					 .idle_at = status.agent.idle_at,
					 .lock_at = status.agent.lock_at,
					 .lock_on_sleep = status.agent.lock_on_sleep,
					 .pid = status.agent.pid};
	done = done && fields_to_json(&msg_unlocked, &unlocked, ok, err);
	fields_clear(&msg_status, &status);
	json_decref(said);
	return done;
}

static bool unlock_asked(struct cli *cli, const struct unlock_purpose *purpose, json_t **ok,
			 struct error *err)
{
	*ok = NULL;
	return paths_check_vault(cli, err) && (open_header_can(cli) || unlock_nobody(cli, err)) &&
	       unlock_run(cli, purpose, ok, err);
}

bool unlock_anew(struct cli *cli, const struct unlock_limits *limits, json_t **ok,
		 struct error *err)
{
	const struct unlock_purpose purpose = {.limits = *limits, .anew = true};
	bool keys;

	return unlock_asked(cli, &purpose, ok, err) && (*ok || unlock_state(cli, ok, &keys, err));
}

bool unlock_changing(struct cli *cli, unlock_change *change, void *ctx, json_t **ok,
		     struct error *err)
{
	const struct unlock_purpose purpose = {.change = change, .ctx = ctx};

	return unlock_asked(cli, &purpose, ok, err);
}
