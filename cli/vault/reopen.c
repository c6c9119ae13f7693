/* SPDX-License-Identifier: MIT */
#include "cli/vault/reopen.h"

#include "cli/vault/agent_start.h"
#include "cli/vault/holder.h"
#include "cli/vault/link.h"
#include "vault/wire/tables/msg_vault.h"

#include <unistd.h>

enum { LEAVING_MS = 10000 };

/* Has the agent that holds the vault close it. */
static bool reopen_close(struct cli *cli, struct error *err)
{
	enum client_result result = CLIENT_GONE;
	struct holder holder;
	json_t *left = NULL;
	bool absent = false;

	if (cli->agent.client.fd < 0 && !link_find(cli, &absent, err))
		return false;
	if (!absent)
		result = client_call(&cli->agent.client, "lock",
				     MESSAGE(msg_lock, &(struct msg_lock){MSG_LOCK_REPLACED}), NULL,
				     &left, err);
	json_decref(left);
	client_close(&cli->agent.client);
	if (result == CLIENT_ERROR)
		return false;
	if (holder_wait_gone(cli, LEAVING_MS))
		return true;
	holder_find(cli, &holder);
	return holder_is_silent(&holder, err);
}

static bool reopen_open(struct cli *cli, bool resident, struct error *err)
{
	const struct agent_start_terms terms = {
	    .keys = cli->agent.kept, .how = cli->agent.kept_how, .resident = resident};
	struct client fresh = CLIENT_EMPTY;
	struct buf header = BUF_INIT(HEADER_BYTES_MAX);
	json_t *ok = NULL;
	bool done = agent_start_spawn(cli, &fresh, err) &&
		    agent_start_header(&fresh, "open", &header, err) == CLIENT_OK &&
		    agent_start_unlock(&fresh, &terms, &ok, err) == CLIENT_OK;

	if (done)
		agent_start_adopt(cli, &fresh, &terms, ok);
	json_decref(ok);
	buf_clear(&header);
	client_close(&fresh);
	return done;
}

bool reopen_vault(struct cli *cli, struct error *err)
{
	const bool resident = !cli->once && (!cli->agent.started || cli->agent.resident);
	int start = -1;
	bool done;

	if (!cli->agent.kept || !keys_have(cli->agent.kept, KEY_RECORD))
		return error_set(err, ERROR_FAILED, "the keys to open the vault again are gone");
	done = agent_start_lock(cli, &start, err) && reopen_close(cli, err) &&
	       reopen_open(cli, resident, err);
	if (start >= 0)
		(void)close(start);
	return done;
}

bool reopen_is_ours(const struct cli *cli)
{
	return cli->agent.client.fd >= 0 && cli->agent.client.known;
}
