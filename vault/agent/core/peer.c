/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/peer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { SEEN_MS = 1000, PARENTS_MAX = 3, SEEN_WAYS = PARENTS_MAX + 1 };

void peers_init(struct peers *peers)
{
	memset(peers, 0, sizeof(*peers));
	(void)pthread_mutex_init(&peers->lock, NULL);
}

void peers_clear(struct peers *peers)
{
	(void)pthread_mutex_destroy(&peers->lock);
}

/* The place of a pid among SEEN_WAYS, as many as a chain has processes: none evicts another. */
static struct peers_seen *peers_place(struct peers *peers, pid_t pid)
{
	struct peers_seen *at =
	    &peers->seen[(size_t)pid % (PEERS_SEEN_MAX / SEEN_WAYS) * SEEN_WAYS];
	struct peers_seen *oldest = at;

	for (int i = 0; i < SEEN_WAYS; i++) {
		if (at[i].pid == pid)
			return &at[i];
		if (at[i].until_ms < oldest->until_ms)
			oldest = &at[i];
	}
	return oldest;
}

/*
 * The process of that pid, which started no later than its child did; NULL where there is none. The
 * lock is held while /proc is read, so that of many who ask at once one reads.
 */
static const struct process_look *peers_look(struct peers *peers, pid_t pid, uint64_t child_start,
					     int64_t now)
{
	struct peers_seen *seen = peers_place(peers, pid);

	if (seen->pid != pid || seen->until_ms <= now || seen->process.start > child_start) {
		seen->pid = 0;
		seen->until_ms = 0;
		if (!process_look(pid, &seen->process))
			return NULL;
		seen->pid = pid;
		seen->until_ms = now + SEEN_MS;
	}
	return seen->process.start <= child_start ? &seen->process : NULL;
}

void peer_describe(struct peers *peers, const struct process_peer *peer, const struct clock *clock,
		   struct audit_peer *out)
{
	const struct process_look *process;
	int64_t now = clock_boot_ms(clock);
	size_t used = 0;

	*out = (struct audit_peer){.known = true, .uid = peer->uid, .pid = (uint32_t)peer->pid};
	(void)pthread_mutex_lock(&peers->lock);
	process = peers_look(peers, peer->pid, UINT64_MAX, now);
	audit_text(out->exe, sizeof(out->exe), process ? process->name : "?");
	for (int i = 0; i < PARENTS_MAX && process && process->parent > 1; i++) {
		size_t len;

		process = peers_look(peers, process->parent, process->start, now);
		len = process ? strlen(process->name) : 0;
		if (!process || used + 1 + len >= sizeof(out->parents))
			break;
		if (used)
			out->parents[used++] = ',';
		memcpy(out->parents + used, process->name, len);
		used += len;
	}
	(void)pthread_mutex_unlock(&peers->lock);
}

bool peer_gone(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}
