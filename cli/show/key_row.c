/* SPDX-License-Identifier: MIT */
#include "cli/show/key_row.h"

#include "vault/base/text.h"

#include <stdio.h>
#include <string.h>

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400, ID_SHORT = 10 };

const char *key_row_text(const char *text)
{
	return text && *text ? text : "-";
}

bool key_row_when(int64_t at, int64_t now, char out[static OUT_WHEN_BYTES])
{
	(void)snprintf(out, OUT_WHEN_BYTES, "?");
	if (!at)
		return false;
	out_when(at, now, out);
	return true;
}

void key_row_id(const char *access_key_id, char out[static KEY_ROW_BYTES])
{
	size_t len = strlen(access_key_id);

	if (len <= ID_SHORT)
		(void)snprintf(out, KEY_ROW_BYTES, "%s", access_key_id);
	else
		(void)snprintf(out, KEY_ROW_BYTES, "%.4s…%s", access_key_id,
			       access_key_id + len - 4);
}

/* In one unit: people do not plan by the hours of a key that is 40 days old. */
static void key_row_span(int64_t seconds, char *out, size_t size)
{
	if (seconds >= DAY_S)
		(void)snprintf(out, size, "%lldd", (long long)(seconds / DAY_S));
	else if (seconds >= HOUR_S)
		(void)snprintf(out, size, "%lldh", (long long)(seconds / HOUR_S));
	else
		(void)snprintf(out, size, "%lldm",
			       (long long)((seconds > 0 ? seconds : 0) / MINUTE_S));
}

void key_row_age(int64_t created_at, int64_t now, char out[static KEY_ROW_BYTES])
{
	if (!created_at)
		(void)snprintf(out, KEY_ROW_BYTES, "?");
	else
		key_row_span(now - created_at, out, KEY_ROW_BYTES);
}

void key_row_due(const struct msg_key *key, int64_t now, char out[static KEY_ROW_BYTES])
{
	char text[KEY_ROW_BYTES / 2];
	int64_t at = key->due_at;

	if (!at) {
		/* A key of unknown age counts as due. */
		(void)snprintf(out, KEY_ROW_BYTES, key->due ? "now" : "-");
		return;
	}
	/* A day begun counts as one: the key's age and this add up to its maximal age. */
	if (at > now + DAY_S)
		at += DAY_S - 1;
	key_row_span(at > now ? at - now : now - at, text, sizeof(text));
	if (at > now)
		(void)snprintf(out, KEY_ROW_BYTES, "in %s", text);
	else
		(void)snprintf(out, KEY_ROW_BYTES, "%s late", text);
}

void key_row_used(int64_t last_emitted_at, int64_t now, char out[static KEY_ROW_BYTES])
{
	char text[KEY_ROW_BYTES / 2];

	if (!last_emitted_at) {
		(void)snprintf(out, KEY_ROW_BYTES, "-");
		return;
	}
	key_row_span(now - last_emitted_at, text, sizeof(text));
	if (now - last_emitted_at < MINUTE_S)
		(void)snprintf(out, KEY_ROW_BYTES, "now");
	else
		(void)snprintf(out, KEY_ROW_BYTES, "%s ago", text);
}

void key_row_session(int64_t expires_at, int64_t now, char out[static KEY_ROW_BYTES])
{
	char text[TEXT_DURATION_BYTES];

	if (!expires_at || expires_at <= now) {
		(void)snprintf(out, KEY_ROW_BYTES, "-");
		return;
	}
	text_format_duration(expires_at - now, text);
	(void)snprintf(out, KEY_ROW_BYTES, "%s", text);
}

bool key_row_failed(const char *name, struct error *err)
{
	if (err->code == ERROR_NOT_FOUND && err->hint[0])
		error_hint(err, "credvault list");
	return error_profile(err, name);
}
