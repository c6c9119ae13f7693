/* SPDX-License-Identifier: MIT */
#include "cli/show/peer_row.h"

#include "cli/show/key_row.h"

#include <stdio.h>
#include <string.h>

static const char our_name[] = "credvault";

enum { NAMES = 2 };

static bool is_ours(const char *name, size_t len)
{
	return len == sizeof(our_name) - 1 && memcmp(name, our_name, len) == 0;
}

static bool is_one_of(const char *name, size_t len, const char *const among[])
{
	for (size_t i = 0; among[i]; i++) {
		if (strlen(among[i]) == len && memcmp(name, among[i], len) == 0)
			return true;
	}
	return false;
}

/* SDKs start us through `sh -c`, which is nobody; a shell that a shell has started is a script. */
static bool is_between(const char *name, size_t len, const char *next)
{
	static const char *const starters[] = {"sh", "dash", NULL};
	static const char *const shells[] = {"sh", "dash", "bash", "zsh", "fish", "ksh", NULL};
	size_t next_len = strcspn(next, ",");

	return is_one_of(name, len, starters) && next_len > 0 && !is_one_of(next, next_len, shells);
}

/*
 * The first two of "a,b,c", with blanks; where skip is set without credvault, and without who only
 * started it.
 */
static void first_names(const char *parents, bool skip, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (int taken = 0; *parents && taken < NAMES;) {
		size_t len = strcspn(parents, ",");

		const char *next = parents + len + (parents[len] == ',');
		bool out_of_it = skip && (is_ours(parents, len) ||
					  (taken == 0 && is_between(parents, len, next)));

		if (len > 0 && !out_of_it) {
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

void peer_row_text(const json_t *peer, bool for_another, char out[static PEER_ROW_BYTES])
{
	const char *exe = key_row_text(peer, "exe");
	const char *parents = json_string_value(json_object_get(peer, "parents"));
	long long pid = (long long)json_integer_value(json_object_get(peer, "pid"));
	char names[PEER_ROW_BYTES / 2];

	if (!json_is_object(peer)) {
		(void)snprintf(out, PEER_ROW_BYTES, "-");
		return;
	}
	for_another = for_another && is_ours(exe, strlen(exe));
	first_names(parents ? parents : "", for_another, names, sizeof(names));
	if (!names[0])
		(void)snprintf(out, PEER_ROW_BYTES, "%.100s[%lld]", exe, pid);
	else if (for_another)
		(void)snprintf(out, PEER_ROW_BYTES, "%s (%.100s[%lld])", names, exe, pid);
	else
		(void)snprintf(out, PEER_ROW_BYTES, "%.100s[%lld] %s", exe, pid, names);
}
