/* SPDX-License-Identifier: MIT */
#include "cli/vault/link.h"

#include "cli/ui/progress.h"
#include "cli/vault/holder.h"

#include "vault/base/process.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	LEAVE_MS = 10000,
	EXIT_MS = 1000,
	SILENT_MS = 2500,
	STEP_MS = 20,
	QUIET_MS = 1000,
	PING_MS = 1200,
	EXCUSES = 3
};

/* FAILED: a process listens at the socket's place, answers nothing, and does not hold the vault. */
static bool link_is_stranger(const struct client *client, const char *name, struct error *err)
{
	error_set(err, ERROR_FAILED,
		  "process %ld listens at the agent's socket and does not answer",
		  (long)client->pid);
	error_detail(err, "It is %s. Nobody holds the vault: it is locked.",
		     name[0] ? name : "a process that cannot be looked at");
	return error_hint(err, "kill %ld", (long)client->pid);
}

/*
 * Tells an agent that is stopped or hung from one that works for long, has no processor, or waits
 * on its way out for a call to AWS, its name gone already. These two last are excused a few times,
 * which is longer than an agent takes to leave, and who is busy only where it holds the vault: one
 * that turns in circles answers nobody.
 */
static bool link_is_alive(const struct client *client, unsigned earlier, struct error *err)
{
	struct holder holder;
	struct process_look look;
	bool looked = process_look(client->pid, &look), busy;
	bool stopped = looked && (look.state == 'T' || look.state == 't');

	if (!stopped && client_ping(client, PING_MS))
		return true;
	holder_find(client->silent_ctx, &holder);
	if (holder.pid != 0 && holder.pid != client->pid)
		return holder_is_silent(&holder, err);
	busy = (holder.pid != 0 && process_is_runnable(client->pid)) ||
	       access(client->path, F_OK) != 0;
	if (!stopped && busy && earlier < EXCUSES)
		return true;
	return holder.pid == 0 ? link_is_stranger(client, looked ? look.name : "", err)
			       : holder_is_silent(&holder, err);
}

static void link_watch(const struct cli *cli, struct client *client)
{
	client->silent = link_is_alive;
	client->silent_ctx = cli;
}

/* To the process that holds the vault, where its record says; false: it cannot be reached there. */
static bool link_to_holder(const struct cli *cli, struct holder *holder, struct client *out)
{
	struct error ignored;
	bool absent = true;

	holder_find(cli, holder);
	if (!holder->recorded || !client_connect(holder->socket, out, &absent, &ignored) || absent)
		return false;
	link_watch(cli, out);
	return true;
}

/*
 * Where no agent is at the place that this run's environment names, and yet a process holds the
 * vault, its agent listens elsewhere, or is about to listen, or to leave.
 */
bool link_connect(const struct cli *cli, struct client *out, bool *absent, struct error *err)
{
	struct holder holder;

	for (int left = SILENT_MS;; left -= STEP_MS) {
		*absent = true;
		if (!cli->agent.broke && !client_connect(cli->socket, out, absent, err))
			return false;
		link_watch(cli, out);
		if (!*absent)
			return true;
		*absent = !link_to_holder(cli, &holder, out);
		if (!*absent || holder.pid == 0)
			return true;
		if (left <= 0)
			return holder_is_silent(&holder, err);
		clock_sleep_ms(cli->clock, STEP_MS);
	}
}

bool link_find(struct cli *cli, bool *absent, struct error *err)
{
	*absent = false;
	return cli->agent.client.fd >= 0 || link_connect(cli, &cli->agent.client, absent, err);
}

/* Waits until fd can be read, which a pidfd can when its process has ended; false after ms. */
static bool link_wait(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int n;

	do
		n = poll(&p, 1, ms);
	while (n < 0 && errno == EINTR);
	return n > 0;
}

void link_leave(struct cli *cli)
{
	struct agent_link *link = &cli->agent;
	char rest[256];
	bool shown = false;

	if (link->client.fd >= 0 && link->started && !link->resident) {
		int pid = link->pid > 0 ? (int)syscall(SYS_pidfd_open, link->pid, 0) : -1;

		(void)shutdown(link->client.fd, SHUT_WR);
		if (!link_wait(link->client.fd, QUIET_MS)) {
			shown = true;
			progress_show(cli, "Waiting for the agent, which closes the vault …");
		}
		while (link_wait(link->client.fd, LEAVE_MS) &&
		       read(link->client.fd, rest, sizeof(rest)) > 0)
			continue;
		if (shown)
			progress_hide(cli);
		client_close(&link->client);
		/* An agent that other commands still use goes on: the wait is short. */
		if (pid >= 0) {
			(void)link_wait(pid, EXIT_MS);
			(void)close(pid);
		}
	}
	client_close(&link->client);
	secret_clear(&link->proof_key);
	link->started = false;
}
