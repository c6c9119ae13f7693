/* SPDX-License-Identifier: MIT */
#include "cli/show/peer_row.h"

#include "cli/show/key_row.h"

#include <stdio.h>
#include <string.h>

enum { NAMES = 2 };

static bool name_is_one_of(const char *name, size_t len, const char *const among[])
{
	for (size_t i = 0; among[i]; i++) {
		if (strlen(among[i]) == len && memcmp(name, among[i], len) == 0)
			return true;
	}
	return false;
}

/*
 * The first two names of "a,b,c", with blanks between them. `skip` leaves out credvault, and a shell
 * that only starts it: SDKs run us through `sh -c`. A shell that another shell has started is a
 * script, and stays.
 */
static void parents_first(const char *parents, bool skip, char *out, size_t size)
{
	static const char *const ours[] = {"credvault", NULL};
	static const char *const starters[] = {"sh", "dash", NULL};
	static const char *const shells[] = {"sh", "dash", "bash", "zsh", "fish", "ksh", NULL};
	size_t used = 0;

	out[0] = '\0';
	for (int taken = 0; *parents && taken < NAMES;) {
		size_t len = strcspn(parents, ",");
		const char *next = parents + len + (parents[len] == ',');
		size_t next_len = strcspn(next, ",");
		bool starts = taken == 0 && name_is_one_of(parents, len, starters) &&
			      next_len > 0 && !name_is_one_of(next, next_len, shells);

		if (len > 0 && !(skip && (starts || name_is_one_of(parents, len, ours)))) {
			int n = snprintf(out + used, size - used, "%s%.*s", used ? " " : "",
					 (int)len, parents);

			if (n < 0 || (size_t)n >= size - used)
				return;
			used += (size_t)n;
			taken++;
		}
		parents = next;
	}
}

void peer_row_text(const struct msg_log_peer *peer, bool for_another,
		   char out[static PEER_ROW_BYTES])
{
	char names[PEER_ROW_BYTES / 2];
	const char *exe;
	long long pid;

	if (!peer) {
		(void)snprintf(out, PEER_ROW_BYTES, "-");
		return;
	}
	exe = key_row_text(peer->exe);
	pid = peer->pid;
	for_another = for_another && strcmp(exe, "credvault") == 0;
	parents_first(peer->parents ? peer->parents : "", for_another, names, sizeof(names));
	if (!names[0])
		(void)snprintf(out, PEER_ROW_BYTES, "%.100s[%lld]", exe, pid);
	else if (for_another)
		(void)snprintf(out, PEER_ROW_BYTES, "%s (%.100s[%lld])", names, exe, pid);
	else
		(void)snprintf(out, PEER_ROW_BYTES, "%.100s[%lld] %s", exe, pid, names);
}
