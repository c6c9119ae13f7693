/* SPDX-License-Identifier: MIT */
#include "cli/peer_row.h"

#include "cli/key_row.h"

#include <stdio.h>
#include <string.h>

static const char our_name[] = "credvault";

enum { NAMES = 2 };

static bool is_ours(const char *name, size_t len)
{
	return len == sizeof(our_name) - 1 && memcmp(name, our_name, len) == 0;
}

/* The first two of "a,b,c", with blanks; those called credvault are left out where skip is set. */
static void first_names(const char *parents, bool skip, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (int taken = 0; *parents && taken < NAMES;) {
		size_t len = strcspn(parents, ",");

		if (len > 0 && !(skip && is_ours(parents, len))) {
			int n = snprintf(out + used, size - used, "%s%.*s", used ? " " : "",
					 (int)len, parents);

			if (n < 0 || (size_t)n >= size - used)
				return;
			used += (size_t)n;
			taken++;
		}
		parents += len + (parents[len] == ',');
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
