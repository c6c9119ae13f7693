/* SPDX-License-Identifier: MIT */
#include "cli/show/rotation_show.h"

#include "cli/show/key_row.h"
#include "cli/ui/say.h"
#include "vault/base/text.h"
#include "vault/seal/record/rotation_terms.h"

#include <stdio.h>
#include <string.h>

enum { DAY_S = 86400, SECOND_MS = 1000, USE_BYTES = 256, IDLE_LAG_S = 4 * 3600 };

static bool text_is(const char *text, const char *word)
{
	return text && strcmp(text, word) == 0;
}

static void rotation_put_id(struct out *out, const char *access_key_id)
{
	char id[KEY_ROW_BYTES];

	key_row_id(key_row_text(access_key_id), id);
	out_text(out, id);
}

static void plan_put_use(struct out *out, const struct msg_iam_key *key,
			 const struct msg_rotate_plan *plan, int64_t now)
{
	char text[TEXT_DURATION_BYTES];
	int64_t at = key->last_used_at;

	if (!at)
		return;
	text_format_duration(now - at > 60 ? (now - at) / 60 * 60 : 60, text);
	out_printf(out, "   last used %s ago, ", text);
	out_text(out, key_row_text(key->last_used_service));
	out_printf(out, " ");
	out_text(out, key->last_used_region ? key->last_used_region : "");
	if (plan->handed_out && strcmp(key->access_key_id, plan->access_key_id) == 0)
		out_printf(out, "   (all of it handed out by this vault)");
}

static void plan_put_key(struct out *out, const struct msg_iam_key *key,
			 const struct msg_rotate_plan *plan, int64_t now)
{
	char age[TEXT_DURATION_BYTES];
	int64_t at = key->created_at;

	out_printf(out, "  ");
	rotation_put_id(out, key->access_key_id);
	out_printf(out, "   %s   ", text_is(key->status, "Active") ? "active  " : "inactive");
	if (at && now - at >= 2 * DAY_S) {
		out_printf(out, "%lld days old", (long long)((now - at) / DAY_S));
	} else if (at) {
		text_format_duration(now - at > 60 ? (now - at) / 60 * 60 : 60, age);
		out_printf(out, "%s old", age);
	}
	plan_put_use(out, key, plan, now);
	if (!key->ours)
		out_printf(out, "   (not in this vault)");
	out_printf(out, "\n");
}

static void plan_put_retiring(struct out *out, const struct msg_rotate_plan *plan)
{
	char text[TEXT_DURATION_BYTES];

	out_printf(out, "switch ");
	rotation_put_id(out, plan->access_key_id);
	if (plan->retire == MSG_RETIRE_WHEN_IDLE) {
		text_format_duration(plan->idle_s, text);
		out_printf(out, " off once it was idle for %s", text);
		if (plan->idle_s <= IDLE_LAG_S)
			out_printf(out, " (AWS tells of a use up to 4 h late)");
	} else if (plan->retire == MSG_RETIRE_DELETE) {
		out_printf(out, " off and delete it at once");
	} else {
		text_format_duration(plan->grace_s, text);
		out_printf(out, " off, delete it after %s", text);
	}
}

static void plan_put_will(struct out *out, const struct msg_rotate_plan *plan)
{
	const char *const *deletes = plan->deletes.at;
	size_t hooks = json_array_size(plan->hooks.value);

	out_printf(out, "  will   ");
	if (plan->resumed) {
		out_printf(out, "go on with what was begun, at \"%s\"\n",
			   plan->step ? plan->step : "");
		return;
	}
	for (size_t i = 0; i < plan->deletes.count; i++) {
		out_printf(out, "delete ");
		rotation_put_id(out, deletes[i]);
		out_printf(out, ", ");
	}
	out_printf(out, "create a key, prove it twice, ");
	if (hooks)
		out_printf(out, "give it to %zu hook%s, ", hooks, hooks == 1 ? "" : "s");
	plan_put_retiring(out, plan);
	out_printf(out, "\n");
}

/* The other names that share the key. */
static void plan_put_others(struct out *out, const struct msg_rotate_plan *plan, const char *name,
			    const char *between)
{
	const char *const *names = plan->names.at;
	size_t n = 0;

	for (size_t i = 0; i < plan->names.count; i++) {
		if (strcmp(names[i], name) == 0)
			continue;
		out_printf(out, "%s", n++ ? between : "");
		out_text(out, names[i]);
	}
}

/* "at 03:12 (ec2, us-west-2)" */
static void plan_describe_use(const struct cli *cli, const struct msg_use *use,
			      char out[static USE_BYTES])
{
	const char *region = use->region ? use->region : "";
	char when[OUT_WHEN_BYTES];

	if (!key_row_when(use->at, clock_real_s(cli->clock), when))
		when[0] = '\0';
	(void)snprintf(out, USE_BYTES, "%s (%.64s%s%.64s)", when, use->service ? use->service : "",
		       *region ? ", " : "", region);
}

static void plan_put_unexplained(struct cli *cli, const struct msg_rotate_plan *plan)
{
	struct out *out = &cli->out;
	char seen[USE_BYTES];

	if (!plan->is_unexplained)
		return;
	plan_describe_use(cli, &plan->unexplained_use, seen);
	out_printf(out, "  %s!%s      AWS saw ", out_colour(out, OUT_RED),
		   out_colour(out, OUT_PLAIN));
	rotation_put_id(out, plan->access_key_id);
	out_printf(out, " at ");
	out_text(out, seen);
	out_printf(out, ". This vault gave nobody credentials then: somebody has a copy.\n");
	if (plan->retire == MSG_RETIRE_WHEN_IDLE)
		out_printf(out, "         It stays on for as long as that copy is used; "
				"--retire deactivate switches it off at once.\n");
	else
		out_printf(out, "         It will be switched off all the same; "
				"whatever uses that copy will break.\n");
}

void rotation_show_use(struct cli *cli, const struct msg_rotate_plan *plan)
{
	char seen[USE_BYTES], id[KEY_ROW_BYTES];

	if (!plan->is_unexplained)
		return;
	plan_describe_use(cli, &plan->unexplained_use, seen);
	key_row_id(plan->access_key_id, id);
	say_note(cli,
		 "warning: %s: AWS saw %s at %s. This vault gave nobody credentials then: somebody "
		 "has a copy.",
		 plan->name, id, seen);
}

static void plan_put_may(struct out *out, const char *what, enum msg_may may)
{
	out_printf(out, "%s %s", what,
		   may == MSG_MAY	? "yes"
		   : may == MSG_MAY_NOT ? "no"
					: "unknown");
}

static void plan_put_authorities(struct out *out, const struct msg_rotate_plan *plan)
{
	char shown[PATH_MAX];

	if (!plan->ca_bundle)
		return;
	out_path(plan->ca_bundle, shown, sizeof(shown));
	out_printf(out, "  proxy  a proxy of the authorities of %s sees the new key\n", shown);
}

void rotation_show_plan(struct cli *cli, const struct msg_rotate_plan *plan)
{
	struct out *out = &cli->out;
	const json_t *hook;
	size_t i, mark = out_mark(out);

	out_text(out, plan->name);
	out_printf(out, "   user ");
	out_text(out, key_row_text(plan->user_name));
	out_printf(out, " in ");
	out_text(out, key_row_text(plan->account_id));
	out_printf(out, "\n");
	for (i = 0; i < plan->keys_count; i++)
		plan_put_key(out, &plan->keys[i], plan, clock_real_s(cli->clock));
	plan_put_will(out, plan);
	/* The hooks are named before anything changes: each gets the new key's secret. */
	json_array_foreach(plan->hooks.value, i, hook)
	{
		out_printf(out, "  hook   ");
		out_text(out, json_string_value(hook));
		out_printf(out, "\n");
	}
	if (plan->names.count > 1) {
		out_printf(out, "  also   ");
		plan_put_others(out, plan, plan->name, ", ");
		out_printf(out, plan->names.count == 2
				    ? " uses the same IAM key and moves with it\n"
				    : " use the same IAM key and move with it\n");
	}
	out_printf(out, "  may    ");
	plan_put_may(out, "create", plan->may.create);
	plan_put_may(out, "  list", plan->may.list);
	plan_put_may(out, "  update", plan->may.update);
	plan_put_may(out, "  delete", plan->may.delete);
	plan_put_may(out, "  last-used", plan->may.last_used);
	if (plan->mfa)
		out_printf(out, "      MFA: 1 code");
	out_printf(out, "\n");
	plan_put_authorities(out, plan);
	plan_put_unexplained(cli, plan);
	out_wrap(out, mark, 9);
	out_flush(out);
}

uint64_t rotation_show_step_of(const char *word)
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

void rotation_show_step(struct cli *cli, const char *word_before, const struct msg_step *event)
{
	const char *word = event->step;
	uint64_t before = rotation_show_step_of(word_before), step = rotation_show_step_of(word);
	char old_id[KEY_ROW_BYTES], new_id[KEY_ROW_BYTES];

	key_row_id(key_row_text(event->old_access_key_id), old_id);
	key_row_id(key_row_text(event->new_access_key_id), new_id);
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

static void rotation_put_users(struct out *out, const struct msg_rotation *rotation,
			       const struct msg_rotate_plan *plan)
{
	out_text(out, rotation->name);
	if (plan->names.count > 1) {
		out_printf(out, " and ");
		plan_put_others(out, plan, rotation->name, " and ");
		out_printf(out, " use ");
	} else {
		out_printf(out, " uses ");
	}
}

void rotation_show_done(struct cli *cli, const struct msg_rotation *rotation,
			const struct msg_rotate_plan *plan, int64_t took_ms)
{
	const char *old_id = rotation->old_access_key_id;
	struct out *out = &cli->out;
	char when[OUT_WHEN_BYTES];

	if (text_is(rotation->state, "aborted")) {
		out_printf(out, "Taken back. ");
		rotation_put_users(out, rotation, plan);
		rotation_put_id(out, old_id);
		if (*key_row_text(rotation->new_access_key_id) != '-') {
			out_printf(out, ", the current key; ");
			rotation_put_id(out, rotation->new_access_key_id);
			out_printf(out, " is deleted");
		}
		out_printf(out, ".\n");
		return;
	}
	out_printf(out, "Done in %lld s. ", (long long)((took_ms + SECOND_MS / 2) / SECOND_MS));
	rotation_put_users(out, rotation, plan);
	rotation_put_id(out, rotation->new_access_key_id);
	if (text_is(rotation->state, "pending")) {
		out_printf(out, ". ");
		rotation_put_id(out, old_id);
		out_printf(out, " stays on until it was idle: credvault rotate --resume\n");
	} else if (text_is(rotation->waits_for, "code")) {
		out_printf(out, ". ");
		rotation_put_id(out, old_id);
		out_printf(out,
			   " is off.\nIts MFA session ended with it, so it is deleted by the next "
			   "run, with another code: credvault rotate %s --resume\n",
			   TEXT_WORD(rotation->name));
	} else if (key_row_when(rotation->delete_after, clock_real_s(cli->clock), when)) {
		out_printf(out, ". Undo until %s: credvault rotate %s --undo\n", when,
			   TEXT_WORD(rotation->name));
	} else {
		out_printf(out, ". ");
		rotation_put_id(out, old_id);
		out_printf(out, " is deleted.\n");
	}
}

static void rotation_put_failure(struct out *out, const struct msg_rotation *rotation,
				 const struct error *error)
{
	const char *step = rotation->step ? rotation->step : "";

	if (error->code == ERROR_INTERRUPTED) {
		out_printf(out, "   stopped%s%s\n", *step ? " at " : "", step);
		return;
	}
	out_printf(out, "   %sfailed%s%s%s: ", out_colour(out, OUT_RED), *step ? " at " : "", step,
		   out_colour(out, OUT_PLAIN));
	out_text(out, error->message);
	out_printf(out, "   exit %d\n", error_status(error->code));
	if (error->hint[0]) {
		out_printf(out, "  ");
		out_text(out, error->hint);
		out_printf(out, "\n");
	}
}

static void rotation_put_success(struct out *out, const struct msg_rotation *rotation,
				 int64_t took_ms, const char *hooked)
{
	out_printf(out, "  →  ");
	rotation_put_id(out, rotation->new_access_key_id);
	out_printf(out, "   %lld s%s", (long long)((took_ms + SECOND_MS / 2) / SECOND_MS),
		   text_is(rotation->state, "pending") ? "   old key still on"
		   : rotation->delete_after	       ? ""
						       : "   old key deleted");
	out_printf(out, "%s", *hooked ? "     " : "");
	out_text(out, hooked);
	out_printf(out, "\n");
}

void rotation_show_line(struct cli *cli, const struct msg_rotation *rotation,
			const struct error *error, int64_t took_ms, const char *hooked,
			size_t width)
{
	struct out *out = &cli->out;
	size_t used = strlen(rotation->name), mark = out_mark(out);

	out_text(out, rotation->name);
	out_printf(out, "%*s   ", used < width ? (int)(width - used) : 0, "");
	rotation_put_id(out, rotation->old_access_key_id);
	if (error->code != ERROR_NONE) {
		rotation_put_failure(out, rotation, error);
	} else if (text_is(rotation->state, "aborted")) {
		out_printf(out, "   taken back: it is the current key\n");
	} else {
		rotation_put_success(out, rotation, took_ms, hooked);
	}
	out_wrap(out, mark, 2);
}

bool rotation_show_waits(const struct msg_begun *begun, int64_t now)
{
	return rotation_show_step_of(begun->step) == ROTATION_OFF && begun->delete_after > now;
}

void rotation_show_seen(const struct msg_begun *begun, int64_t now,
			char out[static ROTATION_SHOW_SEEN_BYTES])
{
	uint64_t step = rotation_show_step_of(begun->step);
	char left[TEXT_DURATION_BYTES];
	int64_t wait_s = begun->delete_after - now;

	if (step == ROTATION_PROMOTED && begun->retire == MSG_RETIRE_WHEN_IDLE) {
		(void)snprintf(out, ROTATION_SHOW_SEEN_BYTES, "old key still on, until it is idle");
	} else if (step != ROTATION_OFF) {
		(void)snprintf(out, ROTATION_SHOW_SEEN_BYTES, "rotation unfinished: %s",
			       begun->step);
	} else if (!rotation_show_waits(begun, now)) {
		(void)snprintf(out, ROTATION_SHOW_SEEN_BYTES,
			       "old key off, deleted by the next run");
	} else {
		/* The largest unit alone, as in the columns of tables. */
		text_format_duration(wait_s >= 3600 ? wait_s / 3600 * 3600
				     : wait_s >= 60 ? wait_s / 60 * 60
						    : wait_s,
				     left);
		(void)snprintf(out, ROTATION_SHOW_SEEN_BYTES, "old key off, deleted in %s", left);
	}
}

bool rotation_show_is_of(const struct msg_begun *begun, const char *name)
{
	const char *const *names = begun->names.at;

	for (size_t i = 0; i < begun->names.count; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}
