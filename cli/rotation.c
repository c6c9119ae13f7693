/* SPDX-License-Identifier: MIT */
#include "cli/rotation.h"

#include "cli/key_row.h"
#include "vault/base/text.h"

#include <stdio.h>
#include <string.h>

enum { DAY_S = 86400, SECOND_MS = 1000 };

static const char *text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text ? text : "";
}

static bool is(const json_t *object, const char *member, const char *word)
{
	return strcmp(text_of(object, member), word) == 0;
}

static void put_id(struct out *out, const char *access_key_id)
{
	char id[KEY_ROW_BYTES];

	key_row_id(access_key_id, id);
	out_text(out, id);
}

/* --- the plan ------------------------------------------------------------------------------------ */

/* "101 days old", "3 h old". */
static void put_age(struct out *out, int64_t seconds)
{
	char text[TEXT_DURATION_BYTES];

	if (seconds >= 2 * DAY_S) {
		out_printf(out, "%lld days old", (long long)(seconds / DAY_S));
		return;
	}
	text_format_duration(seconds > 60 ? seconds / 60 * 60 : 60, text);
	out_printf(out, "%s old", text);
}

static void put_use(struct out *out, const json_t *key, int64_t now)
{
	char text[TEXT_DURATION_BYTES];
	int64_t at;

	if (!key_row_time(key, "last_used_at", &at))
		return;
	text_format_duration(now - at > 60 ? (now - at) / 60 * 60 : 60, text);
	out_printf(out, "   last used %s ago, ", text);
	out_text(out, key_row_text(key, "last_used_service"));
	out_printf(out, " ");
	out_text(out, text_of(key, "last_used_region"));
}

static void put_key(struct out *out, const json_t *key, int64_t now)
{
	int64_t at;

	out_printf(out, "  ");
	put_id(out, text_of(key, "access_key_id"));
	out_printf(out, "   %s   ", is(key, "status", "Active") ? "active  " : "inactive");
	if (key_row_time(key, "created_at", &at))
		put_age(out, now - at);
	put_use(out, key, now);
	if (!json_is_true(json_object_get(key, "ours")))
		out_printf(out, "   (not in this vault)");
	out_printf(out, "\n");
}

static void put_retiring(struct out *out, const json_t *plan)
{
	const char *id = text_of(plan, "access_key_id");
	char text[TEXT_DURATION_BYTES];

	if (is(plan, "retire", "when-idle")) {
		text_format_duration(json_integer_value(json_object_get(plan, "idle_s")), text);
		out_printf(out, "switch ");
		put_id(out, id);
		out_printf(out, " off once it was idle for %s", text);
		return;
	}
	out_printf(out, "switch ");
	put_id(out, id);
	if (is(plan, "retire", "delete")) {
		out_printf(out, " off and delete it at once");
		return;
	}
	text_format_duration(json_integer_value(json_object_get(plan, "grace_s")), text);
	out_printf(out, " off, delete it after %s", text);
}

static void put_will(struct out *out, const json_t *plan)
{
	size_t hooks = json_array_size(json_object_get(plan, "hooks"));

	out_printf(out, "  will   ");
	if (json_is_true(json_object_get(plan, "resumed"))) {
		out_printf(out, "go on with what was begun, at \"%s\"\n", text_of(plan, "step"));
		return;
	}
	out_printf(out, "create a key, prove it twice, ");
	if (hooks)
		out_printf(out, "give it to %zu hook%s, ", hooks, hooks == 1 ? "" : "s");
	put_retiring(out, plan);
	out_printf(out, "\n");
}

/* The names that share the key, without this one; how many. */
static size_t put_others(struct out *out, const json_t *plan, const char *name, const char *between)
{
	const json_t *other;
	size_t i, n = 0;

	json_array_foreach(json_object_get(plan, "names"), i, other)
	{
		const char *text = json_string_value(other);

		if (!text || strcmp(text, name) == 0)
			continue;
		out_printf(out, "%s", n++ ? between : "");
		out_text(out, text);
	}
	return n;
}

static void put_also(struct out *out, const json_t *plan)
{
	size_t others = json_array_size(json_object_get(plan, "names"));

	if (others < 2)
		return;
	out_printf(out, "  also   ");
	(void)put_others(out, plan, text_of(plan, "name"), ", ");
	out_printf(out, others == 2 ? " uses the same IAM key and moves with it\n"
				    : " use the same IAM key and move with it\n");
}

/* Named before anything changes: a hook gets the new key's secret. */
static void put_hooks(struct out *out, const json_t *plan)
{
	const json_t *hook;
	size_t i;

	json_array_foreach(json_object_get(plan, "hooks"), i, hook)
	{
		out_printf(out, "  hook   ");
		out_text(out, json_string_value(hook));
		out_printf(out, "\n");
	}
}

void rotation_print_plan(struct cli *cli, const json_t *plan)
{
	static const char *const mays[] = {"create", "list", "update", "delete", "last_used"};
	const json_t *key, *may = json_object_get(plan, "may");
	struct out *out = &cli->out;
	size_t i;

	out_text(out, text_of(plan, "name"));
	out_printf(out, "   user ");
	out_text(out, key_row_text(plan, "user_name"));
	out_printf(out, " in ");
	out_text(out, key_row_text(plan, "account_id"));
	out_printf(out, "\n");
	json_array_foreach(json_object_get(plan, "keys"), i, key)
	    put_key(out, key, clock_real_s(cli->clock));
	put_will(out, plan);
	put_hooks(out, plan);
	put_also(out, plan);
	out_printf(out, "  may    ");
	for (i = 0; i < sizeof(mays) / sizeof(mays[0]); i++)
		out_printf(out, "%s%s %s", i ? "  " : "", i == 4 ? "last-used" : mays[i],
			   text_of(may, mays[i]));
	if (json_is_true(json_object_get(plan, "mfa")))
		out_printf(out, "      MFA: 1 code");
	out_printf(out, "\n");
	out_flush(out);
}

/* --- steps --------------------------------------------------------------------------------------- */

void rotation_tell_step(const struct cli *cli, const char *before, const json_t *event)
{
	const char *step = text_of(event, "step");
	char old_id[KEY_ROW_BYTES], new_id[KEY_ROW_BYTES];

	key_row_id(key_row_text(event, "old_access_key_id"), old_id);
	key_row_id(key_row_text(event, "new_access_key_id"), new_id);
	if (!*before && strcmp(step, "create") != 0)
		out_note(cli, "  going on at \"%s\"", step);
	else if (strcmp(before, "create") == 0 && strcmp(step, "prove") == 0)
		out_note(cli, "  created %s   stored", new_id);
	else if (strcmp(before, "prove") == 0)
		out_note(cli, "  proved");
	else if (strcmp(step, "deactivate") == 0)
		out_note(cli, "  promoted   %s is current", new_id);
	else if (strcmp(before, "deactivate") == 0)
		out_note(cli, "  %s off", old_id);
}

/* --- ends ---------------------------------------------------------------------------------------- */

static void put_users(struct out *out, const json_t *rotation, const json_t *plan)
{
	out_text(out, text_of(rotation, "name"));
	if (json_array_size(json_object_get(plan, "names")) > 1) {
		out_printf(out, " and ");
		(void)put_others(out, plan, text_of(rotation, "name"), " and ");
		out_printf(out, " use ");
	} else {
		out_printf(out, " uses ");
	}
}

void rotation_print_done(struct cli *cli, const json_t *rotation, const json_t *plan,
			 int64_t took_ms)
{
	const char *old_id = text_of(rotation, "old_access_key_id");
	struct out *out = &cli->out;
	char when[OUT_WHEN_BYTES];
	int64_t at;

	if (is(rotation, "state", "aborted")) {
		out_printf(out, "Taken back: ");
		put_users(out, rotation, plan);
		put_id(out, old_id);
		out_printf(out, ".\n");
		return;
	}
	out_printf(out, "Done in %lld s. ", (long long)((took_ms + SECOND_MS / 2) / SECOND_MS));
	put_users(out, rotation, plan);
	put_id(out, text_of(rotation, "new_access_key_id"));
	if (is(rotation, "state", "pending")) {
		out_printf(out, ". ");
		put_id(out, old_id);
		out_printf(out, " stays on until it was idle: credvault rotate --resume\n");
	} else if (key_row_time(rotation, "delete_after", &at)) {
		out_when(at, clock_real_s(cli->clock), when);
		out_printf(out, ". Undo until %s: credvault rotate %s --undo\n", when,
			   text_of(rotation, "name"));
	} else {
		out_printf(out, ". ");
		put_id(out, old_id);
		out_printf(out, " is deleted.\n");
	}
}

void rotation_print_line(struct cli *cli, const json_t *rotation, int64_t took_ms, size_t width)
{
	const json_t *error = json_object_get(rotation, "error");
	const char *name = text_of(rotation, "name"), *step = text_of(rotation, "step");
	struct out *out = &cli->out;
	size_t used = strlen(name);

	out_text(out, name);
	out_printf(out, "%*s   ", used < width ? (int)(width - used) : 0, "");
	put_id(out, key_row_text(rotation, "old_access_key_id"));
	if (json_is_object(error)) {
		out_printf(out, "   %sfailed%s%s%s: ", out_colour(out, OUT_RED),
			   *step ? " at " : "", step, out_colour(out, OUT_PLAIN));
		out_text(out, text_of(error, "message"));
		out_printf(out, "   exit %lld\n",
			   json_integer_value(json_object_get(error, "status")));
		if (*text_of(error, "hint")) {
			out_printf(out, "  ");
			out_text(out, text_of(error, "hint"));
			out_printf(out, "\n");
		}
		return;
	}
	if (is(rotation, "state", "aborted")) {
		out_printf(out, "   taken back\n");
		return;
	}
	out_printf(out, "  →  ");
	put_id(out, key_row_text(rotation, "new_access_key_id"));
	out_printf(out, "   %lld s%s\n", (long long)((took_ms + SECOND_MS / 2) / SECOND_MS),
		   is(rotation, "state", "pending") ? "   old key still on" : "");
}

/* --- in lists ------------------------------------------------------------------------------------ */

bool rotation_seen(const json_t *row, int64_t now, char out[static ROTATION_SEEN_BYTES])
{
	const char *step = text_of(row, "step");
	char left[TEXT_DURATION_BYTES];
	int64_t at;

	if (!*step)
		return false;
	if (strcmp(step, "delete") != 0) {
		(void)snprintf(out, ROTATION_SEEN_BYTES, "rotation unfinished: %s", step);
		return true;
	}
	if (!key_row_time(row, "delete_after", &at) || at <= now) {
		(void)snprintf(out, ROTATION_SEEN_BYTES, "old key off, deleted by the next run");
		return true;
	}
	/* As the screens' columns do: the largest unit alone. */
	at -= now;
	text_format_duration(at >= 3600 ? at / 3600 * 3600 : at >= 60 ? at / 60 * 60 : at, left);
	(void)snprintf(out, ROTATION_SEEN_BYTES, "old key off, deleted in %s", left);
	return true;
}

bool rotation_is_of(const json_t *row, const char *name)
{
	const json_t *other;
	size_t i;

	json_array_foreach(json_object_get(row, "names"), i, other)
	{
		if (json_is_string(other) && strcmp(json_string_value(other), name) == 0)
			return true;
	}
	return false;
}
