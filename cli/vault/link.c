/* SPDX-License-Identifier: MIT */
#include "cli/vault/link.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LEAVE_MS = 10000, EXIT_MS = 1000 };

bool link_find(struct cli *cli, bool *absent, struct error *err)
{
	*absent = false;
	if (cli->agent.client.fd >= 0)
		return true;
	return client_connect(cli->socket, &cli->agent.client, absent, err);
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

	if (link->client.fd >= 0 && link->started && !link->resident) {
		int pid = link->pid > 0 ? (int)syscall(SYS_pidfd_open, link->pid, 0) : -1;

		(void)shutdown(link->client.fd, SHUT_WR);
		while (link_wait(link->client.fd, LEAVE_MS) &&
		       read(link->client.fd, rest, sizeof(rest)) > 0)
			continue;
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
