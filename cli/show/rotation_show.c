/* SPDX-License-Identifier: MIT */
#include "cli/show/rotation_show.h"

#include "cli/show/key_row.h"
#include "cli/ui/say.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/seal/record/rotation_terms.h"

#include <stdio.h>
#include <string.h>

enum { DAY_S = 86400, SECOND_MS = 1000, USE_BYTES = 256, IDLE_LAG_S = 4 * 3600 };

static bool member_is(const json_t *object, const char *member, const char *word)
{
	return strcmp(json_text_of(object, member), word) == 0;
}

static void rotation_put_id(struct out *out, const char *access_key_id)
{
	char id[KEY_ROW_BYTES];

	key_row_id(access_key_id, id);
	out_text(out, id);
}

static void plan_put_use(struct out *out, const json_t *key, const json_t *plan, int64_t now)
{
	char text[TEXT_DURATION_BYTES];
	int64_t at;

	if (!key_row_time(key, "last_used_at", &at))
		return;
	text_format_duration(now - at > 60 ? (now - at) / 60 * 60 : 60, text);
	out_printf(out, "   last used %s ago, ", text);
	out_text(out, key_row_text(key, "last_used_service"));
	out_printf(out, " ");
	out_text(out, json_text_of(key, "last_used_region"));
	if (json_is_true(json_object_get(plan, "handed_out")) &&
	    member_is(key, "access_key_id", json_text_of(plan, "access_key_id")))
		out_printf(out, "   (all of it handed out by this vault)");
}

static void plan_put_key(struct out *out, const json_t *key, const json_t *plan, int64_t now)
{
	char age[TEXT_DURATION_BYTES];
	int64_t at;

	out_printf(out, "  ");
	rotation_put_id(out, json_text_of(key, "access_key_id"));
	out_printf(out, "   %s   ", member_is(key, "status", "Active") ? "active  " : "inactive");
	if (key_row_time(key, "created_at", &at) && now - at >= 2 * DAY_S) {
		out_printf(out, "%lld days old", (long long)((now - at) / DAY_S));
	} else if (key_row_time(key, "created_at", &at)) {
		text_format_duration(now - at > 60 ? (now - at) / 60 * 60 : 60, age);
		out_printf(out, "%s old", age);
	}
	plan_put_use(out, key, plan, now);
	if (!json_is_true(json_object_get(key, "ours")))
		out_printf(out, "   (not in this vault)");
	out_printf(out, "\n");
}

static void plan_put_retiring(struct out *out, const json_t *plan)
{
	const char *id = json_text_of(plan, "access_key_id");
	char text[TEXT_DURATION_BYTES];

	if (member_is(plan, "retire", "when-idle")) {
		text_format_duration(json_integer_value(json_object_get(plan, "idle_s")), text);
		out_printf(out, "switch ");
		rotation_put_id(out, id);
		out_printf(out, " off once it was idle for %s", text);
		if (json_integer_value(json_object_get(plan, "idle_s")) <= IDLE_LAG_S)
			out_printf(out, " (AWS tells of a use up to 4 h late)");
		return;
	}
	out_printf(out, "switch ");
	rotation_put_id(out, id);
	if (member_is(plan, "retire", "delete")) {
		out_printf(out, " off and delete it at once");
		return;
	}
	text_format_duration(json_integer_value(json_object_get(plan, "grace_s")), text);
	out_printf(out, " off, delete it after %s", text);
}

static void plan_put_will(struct out *out, const json_t *plan)
{
	size_t i, hooks = json_array_size(json_object_get(plan, "hooks"));
	const json_t *deleted;

	out_printf(out, "  will   ");
	if (json_is_true(json_object_get(plan, "resumed"))) {
		out_printf(out, "go on with what was begun, at \"%s\"\n",
			   json_text_of(plan, "step"));
		return;
	}
	json_array_foreach(json_object_get(plan, "deletes"), i, deleted)
	{
		out_printf(out, "delete ");
		rotation_put_id(out, json_string_value(deleted));
		out_printf(out, ", ");
	}
	out_printf(out, "create a key, prove it twice, ");
	if (hooks)
		out_printf(out, "give it to %zu hook%s, ", hooks, hooks == 1 ? "" : "s");
	plan_put_retiring(out, plan);
	out_printf(out, "\n");
}

/* The other names that share the key. */
static void plan_put_others(struct out *out, const json_t *plan, const char *name,
			    const char *between)
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
}

/* "at 03:12 (ec2, us-west-2)" */
static void plan_describe_use(const struct cli *cli, const json_t *use, char out[static USE_BYTES])
{
	const char *region = json_text_of(use, "region");
	char when[OUT_WHEN_BYTES];

	if (!key_row_when(use, "at", clock_real_s(cli->clock), when))
		when[0] = '\0';
	(void)snprintf(out, USE_BYTES, "%s (%.64s%s%.64s)", when, json_text_of(use, "service"),
		       *region ? ", " : "", region);
}

static void plan_put_unexplained(struct cli *cli, const json_t *plan)
{
	const json_t *use = json_object_get(plan, "unexplained_use");
	struct out *out = &cli->out;
	char seen[USE_BYTES];

	if (!json_is_object(use))
		return;
	plan_describe_use(cli, use, seen);
	out_printf(out, "  %s!%s      AWS saw ", out_colour(out, OUT_RED),
		   out_colour(out, OUT_PLAIN));
	rotation_put_id(out, json_text_of(plan, "access_key_id"));
	out_printf(out, " at ");
	out_text(out, seen);
	out_printf(out, ". This vault gave nobody credentials then: somebody has a copy.\n");
	if (member_is(plan, "retire", "when-idle"))
		out_printf(out, "         It stays on for as long as that copy is used; "
				"--retire deactivate switches it off at once.\n");
	else
		out_printf(out, "         It will be switched off all the same; "
				"whatever uses that copy will break.\n");
}

void rotation_show_use(const struct cli *cli, const json_t *plan)
{
	const json_t *use = json_object_get(plan, "unexplained_use");
	char seen[USE_BYTES], id[KEY_ROW_BYTES];

	if (!json_is_object(use))
		return;
	plan_describe_use(cli, use, seen);
	key_row_id(json_text_of(plan, "access_key_id"), id);
	say_note(cli,
		 "warning: %s: AWS saw %s at %s. This vault gave nobody credentials then: somebody "
		 "has a copy.",
		 json_text_of(plan, "name"), id, seen);
}

void rotation_show_plan(struct cli *cli, const json_t *plan)
{
	static const char *const mays[] = {"create", "list", "update", "delete", "last_used"};
	const json_t *key, *hook, *may = json_object_get(plan, "may");
	size_t i, names = json_array_size(json_object_get(plan, "names"));
	struct out *out = &cli->out;

	out_text(out, json_text_of(plan, "name"));
	out_printf(out, "   user ");
	out_text(out, key_row_text(plan, "user_name"));
	out_printf(out, " in ");
	out_text(out, key_row_text(plan, "account_id"));
	out_printf(out, "\n");
	json_array_foreach(json_object_get(plan, "keys"), i, key)
	    plan_put_key(out, key, plan, clock_real_s(cli->clock));
	plan_put_will(out, plan);
	/* The hooks are named before anything changes: each gets the new key's secret. */
	json_array_foreach(json_object_get(plan, "hooks"), i, hook)
	{
		out_printf(out, "  hook   ");
		out_text(out, json_string_value(hook));
		out_printf(out, "\n");
	}
	if (names > 1) {
		out_printf(out, "  also   ");
		plan_put_others(out, plan, json_text_of(plan, "name"), ", ");
		out_printf(out, names == 2 ? " uses the same IAM key and moves with it\n"
					   : " use the same IAM key and move with it\n");
	}
	out_printf(out, "  may    ");
	for (i = 0; i < sizeof(mays) / sizeof(mays[0]); i++)
		out_printf(out, "%s%s %s", i ? "  " : "", i == 4 ? "last-used" : mays[i],
			   json_text_of(may, mays[i]));
	if (json_is_true(json_object_get(plan, "mfa")))
		out_printf(out, "      MFA: 1 code");
	out_printf(out, "\n");
	plan_put_unexplained(cli, plan);
	out_flush(out);
}

/* The first of the steps that this word stands for; 0 for another word. */
static uint64_t step_of(const char *word)
{
#define STEP_WORD(symbol, number, word, doing) {(number), (word)},
	static const struct {
		uint64_t number;
		const char *word;
	} words[] = {ROTATION_STEPS(STEP_WORD)};
#undef STEP_WORD

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i].word) == 0)
			return words[i].number;
	}
	return 0;
}

void rotation_show_step(const struct cli *cli, const char *word_before, const json_t *event)
{
	const char *word = json_text_of(event, "step");
	uint64_t before = step_of(word_before), step = step_of(word);
	char old_id[KEY_ROW_BYTES], new_id[KEY_ROW_BYTES];

	key_row_id(key_row_text(event, "old_access_key_id"), old_id);
	key_row_id(key_row_text(event, "new_access_key_id"), new_id);
	if (!*word_before && step != ROTATION_INTENDED)
		say_note(cli, "  going on at \"%s\"", word);
	else if (before == ROTATION_INTENDED && step == ROTATION_CREATED)
		say_note(cli, "  created %s   stored", new_id);
	else if (before == ROTATION_CREATED)
		say_note(cli, "  proved");
	else if (step == ROTATION_PROMOTED)
		say_note(cli, "  promoted   %s is current", new_id);
	else if (before == ROTATION_PROMOTED)
		say_note(cli, "  %s off", old_id);
}

static void rotation_put_users(struct out *out, const json_t *rotation, const json_t *plan)
{
	out_text(out, json_text_of(rotation, "name"));
	if (json_array_size(json_object_get(plan, "names")) > 1) {
		out_printf(out, " and ");
		plan_put_others(out, plan, json_text_of(rotation, "name"), " and ");
		out_printf(out, " use ");
	} else {
		out_printf(out, " uses ");
	}
}

void rotation_show_done(struct cli *cli, const json_t *rotation, const json_t *plan,
			int64_t took_ms)
{
	const char *old_id = json_text_of(rotation, "old_access_key_id");
	struct out *out = &cli->out;
	char when[OUT_WHEN_BYTES];

	if (member_is(rotation, "state", "aborted")) {
		out_printf(out, "Taken back: ");
		rotation_put_users(out, rotation, plan);
		rotation_put_id(out, old_id);
		out_printf(out, ".\n");
		return;
	}
	out_printf(out, "Done in %lld s. ", (long long)((took_ms + SECOND_MS / 2) / SECOND_MS));
	rotation_put_users(out, rotation, plan);
	rotation_put_id(out, json_text_of(rotation, "new_access_key_id"));
	if (member_is(rotation, "state", "pending")) {
		out_printf(out, ". ");
		rotation_put_id(out, old_id);
		out_printf(out, " stays on until it was idle: credvault rotate --resume\n");
	} else if (member_is(rotation, "waits_for", "code")) {
		out_printf(out, ". ");
		rotation_put_id(out, old_id);
		out_printf(out,
			   " is off.\nIts MFA session ended with it, so it is deleted by the next "
			   "run, with another code: credvault rotate %s --resume\n",
			   TEXT_WORD(json_text_of(rotation, "name")));
	} else if (key_row_when(rotation, "delete_after", clock_real_s(cli->clock), when)) {
		out_printf(out, ". Undo until %s: credvault rotate %s --undo\n", when,
			   TEXT_WORD(json_text_of(rotation, "name")));
	} else {
		out_printf(out, ". ");
		rotation_put_id(out, old_id);
		out_printf(out, " is deleted.\n");
	}
}

static void rotation_put_failure(struct out *out, const json_t *rotation, const json_t *error)
{
	const char *step = json_text_of(rotation, "step");

	if (member_is(error, "code", error_name(ERROR_INTERRUPTED))) {
		out_printf(out, "   stopped%s%s\n", *step ? " at " : "", step);
		return;
	}
	out_printf(out, "   %sfailed%s%s%s: ", out_colour(out, OUT_RED), *step ? " at " : "", step,
		   out_colour(out, OUT_PLAIN));
	out_text(out, json_text_of(error, "message"));
	out_printf(out, "   exit %lld\n", json_integer_value(json_object_get(error, "status")));
	if (*json_text_of(error, "hint")) {
		out_printf(out, "  ");
		out_text(out, json_text_of(error, "hint"));
		out_printf(out, "\n");
	}
}

static void rotation_put_success(struct out *out, const json_t *rotation, int64_t took_ms,
				 const char *hooked)
{
	out_printf(out, "  →  ");
	rotation_put_id(out, key_row_text(rotation, "new_access_key_id"));
	out_printf(out, "   %lld s%s", (long long)((took_ms + SECOND_MS / 2) / SECOND_MS),
		   member_is(rotation, "state", "pending")   ? "   old key still on"
		   : *json_text_of(rotation, "delete_after") ? ""
							     : "   old key deleted");
	out_printf(out, "%s", *hooked ? "     " : "");
	out_text(out, hooked);
	out_printf(out, "\n");
}

void rotation_show_line(struct cli *cli, const json_t *rotation, int64_t took_ms,
			const char *hooked, size_t width)
{
	const json_t *error = json_object_get(rotation, "error");
	const char *name = json_text_of(rotation, "name");
	struct out *out = &cli->out;
	size_t used = strlen(name), mark = out_mark(out);

	out_text(out, name);
	out_printf(out, "%*s   ", used < width ? (int)(width - used) : 0, "");
	rotation_put_id(out, key_row_text(rotation, "old_access_key_id"));
	if (json_is_object(error)) {
		rotation_put_failure(out, rotation, error);
	} else if (member_is(rotation, "state", "aborted")) {
		out_printf(out, "   taken back\n");
	} else {
		rotation_put_success(out, rotation, took_ms, hooked);
	}
	out_wrap(out, mark, 2);
}

bool rotation_show_waits(const json_t *row, int64_t now)
{
	int64_t at;

	return step_of(json_text_of(row, "step")) == ROTATION_OFF &&
	       key_row_time(row, "delete_after", &at) && at > now;
}

bool rotation_show_seen(const json_t *row, int64_t now, char out[static ROTATION_SHOW_SEEN_BYTES])
{
	const char *step = json_text_of(row, "step");
	char left[TEXT_DURATION_BYTES];
	int64_t at = now;

	if (!*step)
		return false;
	if (step_of(step) == ROTATION_PROMOTED && member_is(row, "retire", "when-idle")) {
		(void)snprintf(out, ROTATION_SHOW_SEEN_BYTES, "old key still on, until it is idle");
		return true;
	}
	if (step_of(step) != ROTATION_OFF) {
		(void)snprintf(out, ROTATION_SHOW_SEEN_BYTES, "rotation unfinished: %s", step);
		return true;
	}
	if (!rotation_show_waits(row, now)) {
		(void)snprintf(out, ROTATION_SHOW_SEEN_BYTES,
			       "old key off, deleted by the next run");
		return true;
	}
	(void)key_row_time(row, "delete_after", &at);
	/* The largest unit alone, as in the columns of tables. */
	at -= now;
	text_format_duration(at >= 3600 ? at / 3600 * 3600 : at >= 60 ? at / 60 * 60 : at, left);
	(void)snprintf(out, ROTATION_SHOW_SEEN_BYTES, "old key off, deleted in %s", left);
	return true;
}

bool rotation_show_is_of(const json_t *row, const char *name)
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
