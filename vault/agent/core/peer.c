/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/peer.h"

#include "vault/base/process.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { SEEN_MS = 1000, PARENTS_MAX = 3 };

void peers_init(struct peers *peers)
{
	memset(peers, 0, sizeof(*peers));
	(void)pthread_mutex_init(&peers->lock, NULL);
}

void peers_clear(struct peers *peers)
{
	(void)pthread_mutex_destroy(&peers->lock);
}

static void look(pid_t pid, struct audit_peer *out)
{
	size_t used = 0;

	if (!process_look(pid, out->exe, sizeof(out->exe), &pid)) {
		audit_text(out->exe, sizeof(out->exe), "?");
		return;
	}
	for (int i = 0; i < PARENTS_MAX && pid > 1; i++) {
		char name[AUDIT_EXE_BYTES];
		int n;

		if (!process_look(pid, name, sizeof(name), &pid))
			break;
		n = snprintf(out->parents + used, sizeof(out->parents) - used, "%s%s",
			     used ? "," : "", name);
		if (n < 0 || (size_t)n >= sizeof(out->parents) - used) {
			out->parents[used] = '\0';
			break;
		}
		used += (size_t)n;
	}
}

void peer_describe(struct peers *peers, const struct process_peer *peer, const struct clock *clock,
		   struct audit_peer *out)
{
	int64_t now = clock_boot_ms(clock);
	struct peers_seen *seen = &peers->seen[(size_t)peer->pid % PEERS_SEEN_MAX];
	bool known;

	(void)pthread_mutex_lock(&peers->lock);
	known = seen->until_ms > now && seen->peer.pid == (uint32_t)peer->pid &&
		seen->peer.uid == peer->uid;
	if (known)
		*out = seen->peer;
	(void)pthread_mutex_unlock(&peers->lock);
	if (known)
		return;
	*out = (struct audit_peer){.known = true, .uid = peer->uid, .pid = (uint32_t)peer->pid};
	look(peer->pid, out);
	(void)pthread_mutex_lock(&peers->lock);
	seen->peer = *out;
	seen->until_ms = now + SEEN_MS;
	(void)pthread_mutex_unlock(&peers->lock);
}

bool peer_gone(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}
