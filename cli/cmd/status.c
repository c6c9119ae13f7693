/* SPDX-License-Identifier: MIT */
#include "cli/vault/agent_call.h"
#include "cli/ui/context.h"
#include "cli/ui/hint.h"
#include "cli/vault/paths.h"
#include "cli/show/key_row.h"
#include "cli/show/rotation_show.h"
#include "cli/vault/lock_record.h"
#include "vault/base/text.h"
#include "vault/format/json.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 256, LABEL = 12 };

/* Copies the members of `from` that are there and not null. */
static bool status_take(json_t *to, const json_t *from, const char *const keys[], struct error *err)
{
	for (size_t i = 0; keys[i]; i++) {
		json_t *value = json_object_get(from, keys[i]);

		if (value && !json_is_null(value) &&
		    !json_put(to, keys[i], json_incref(value), err))
			return false;
	}
	return true;
}

/* Makes the object of --json, in the contract's order, from an agent's answer (NULL: locked). */
static bool status_compose(const struct cli *cli, const json_t *agent, json_t **out,
			   struct error *err)
{
	static const char *const of_state[] = {"locked_since", "locked_why", "refused", NULL};
	static const char *const of_agent[] = {
	    "vault_id", "keys_locked", "agent",	  "generation",	 "keys", "due", "overdue",
	    "rotating", "sessions",    "refused", "unlocked_at", "how",	 NULL};
	json_t *state = agent ? NULL : lock_record_read(cli);
	bool ok;

	*out = json_pack("{s:s, s:n, s:b, s:b, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:[]}",
			 "vault", cli->vault, "vault_id", "locked", !agent, "keys_locked", !agent,
			 "locked_since", "locked_why", "agent", "generation", "keys", "due",
			 "overdue", "rotating", "sessions", "refused");
	ok = *out ? status_take(*out, state, of_state, err) &&
			status_take(*out, agent, of_agent, err)
		  : error_set(err, ERROR_MEMORY, "out of memory");
	json_decref(state);
	if (!ok) {
		json_decref(*out);
		*out = NULL;
	}
	return ok;
}

static void status_label(struct out *out, const char *text)
{
	out_printf(out, "%-*s", LABEL, text);
}

/* " 3 requests refused since: app-dev 2 (07:58), prod 1 (08:01)." */
static void status_tell_refused(struct cli *cli, const json_t *status)
{
	const json_t *refused = json_object_get(status, "refused"), *one;
	long long total = 0;
	size_t i, j;

	json_array_foreach(refused, i, one)
	    total += json_integer_value(json_object_get(one, "count"));
	if (total == 0)
		return;
	out_printf(&cli->out, " %lld request%s refused since:", total, total == 1 ? "" : "s");
	json_array_foreach(refused, i, one)
	{
		const char *profile = json_text_of(one, "profile"), *last = "";
		char at[OUT_WHEN_BYTES] = "?";
		bool told = false;
		long long count = 0;
		const json_t *other;

		json_array_foreach(refused, j, other)
		{
			if (strcmp(json_text_of(other, "profile"), profile) != 0)
				continue;
			told = told || j < i;
			count += json_integer_value(json_object_get(other, "count"));
			/* Times of RFC 3339 in UTC sort as text. */
			if (strcmp(json_text_of(other, "last_at"), last) > 0) {
				last = json_text_of(other, "last_at");
				(void)key_row_when(other, "last_at", clock_real_s(cli->clock), at);
			}
		}
		if (told)
			continue;
		out_printf(&cli->out, "%s", i ? ", " : " ");
		/* A request that named no profile was about the vault. */
		out_text(&cli->out, *profile ? profile : "-");
		out_printf(&cli->out, " %lld (%s)", count, at);
	}
	out_printf(&cli->out, ".");
}

static void status_tell_vault(struct cli *cli, const json_t *status)
{
	const json_t *generation = json_object_get(status, "generation");
	char shown[SHOWN];

	out_path(cli->vault, shown, sizeof(shown));
	status_label(&cli->out, "Vault");
	out_printf(&cli->out, "%s", shown);
	if (json_is_integer(generation))
		out_printf(&cli->out, "   generation %lld", json_integer_value(generation));
	out_printf(&cli->out, "\n");
}

static void status_tell_locked(struct cli *cli, const json_t *status)
{
	static const char *const reasons[][2] = {{"asked", "you locked it"},
						 {"limit", "its time was over"},
						 {"sleep", "the machine slept"},
						 {"idle", "nothing used it"},
						 {"replaced", "it was being unlocked anew"}};
	const char *why = json_text_of(status, "locked_why");
	struct out *out = &cli->out;
	char since[OUT_WHEN_BYTES], vault[HINT_OPTION_BYTES];
	size_t mark = out_mark(out);

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strcmp(reasons[i][0], why) == 0)
			why = reasons[i][1];
	}
	hint_option(cli, vault);
	if (key_row_when(status, "locked_since", clock_real_s(cli->clock), since)) {
		out_printf(out, "Locked since %s (", since);
		out_text(out, why);
		out_printf(out, ").");
	} else {
		out_printf(out, "Locked.");
	}
	status_tell_refused(cli, status);
	out_printf(out, "\n");
	status_tell_vault(cli, status);
	status_label(out, "Unlock:");
	out_printf(out, "credvault unlock%s\n", vault);
	out_wrap(out, mark, LABEL);
}

static void status_tell_limits(struct cli *cli, const json_t *status)
{
	const json_t *agent = json_object_get(status, "agent");
	char at[OUT_WHEN_BYTES], idle[OUT_WHEN_BYTES], lock[OUT_WHEN_BYTES];
	int64_t now = clock_real_s(cli->clock);
	struct out *out = &cli->out;

	out_printf(out, "Unlocked");
	if (key_row_when(agent, "unlocked_at", now, at))
		out_printf(out, " since %s", at);
	if (*json_text_of(agent, "how")) {
		out_printf(out, " (");
		out_text(out, json_text_of(agent, "how"));
		out_printf(out, ")");
	}
	out_printf(out, ".");
	if (json_is_true(json_object_get(status, "keys_locked")))
		out_printf(out, " The keys are locked after a while unused (credvault unlock); "
				"live sessions go on.");
	else if (key_row_when(agent, "idle_at", now, idle))
		out_printf(out, " Keys locked again when unused until %s.", idle);
	if (key_row_when(agent, "lock_at", now, lock))
		out_printf(out, " Everything at %s%s.", lock,
			   json_is_false(json_object_get(agent, "lock_on_sleep")) ? ""
										  : " or on sleep");
	status_tell_refused(cli, status);
	out_printf(out, "\n");
}

static void status_tell_sessions(struct cli *cli, const json_t *status)
{
	const json_t *sessions = json_object_get(status, "sessions"), *one;
	size_t i, widest = 0;

	json_array_foreach(sessions, i, one)
	{
		size_t width = text_width(json_text_of(one, "profile"));

		widest = width > widest ? width : widest;
	}
	json_array_foreach(sessions, i, one)
	{
		const char *profile = json_text_of(one, "profile");
		char until[OUT_WHEN_BYTES];

		(void)key_row_when(one, "expires_at", clock_real_s(cli->clock), until);
		status_label(&cli->out, i ? "" : "Sessions");
		out_text(&cli->out, profile);
		out_printf(&cli->out, "%*s   %suntil %s\n", (int)(widest - text_width(profile)), "",
			   json_is_true(json_object_get(one, "mfa")) ? "MFA, " : "", until);
	}
}

/* ", 2 overdue (ci, prod)" */
static void status_list_names(struct out *out, const json_t *names, const char *what,
			      enum out_colour colour)
{
	const json_t *name;
	size_t i;

	if (json_array_size(names) == 0)
		return;
	out_printf(out, ", %s%zu %s%s (", out_colour(out, colour), json_array_size(names), what,
		   out_colour(out, OUT_PLAIN));
	json_array_foreach(names, i, name)
	{
		out_printf(out, "%s", i ? ", " : "");
		out_text(out, json_string_value(name) ? json_string_value(name) : "?");
	}
	out_printf(out, ")");
}

static int row_by_name(const void *a, const void *b)
{
	const json_t *const *one = a, *const *other = b;

	return strcmp(json_text_of(*one, "name"), json_text_of(*other, "name"));
}

/* Rotations that are not over, a line each. */
static void status_tell_unfinished(struct cli *cli)
{
	json_t *rows = json_array(), *ok = NULL;
	const struct agent_watch watch = {.row = agent_call_gather, .ctx = rows};
	char seen[ROTATION_SHOW_SEEN_BYTES];
	bool absent = false, done;
	const json_t **sorted, *row;
	size_t i, width = 0;
	struct error unused;

	done = agent_call_if_there(cli, "rotations", NULL, &watch, &absent, &ok, &unused);
	sorted = calloc(json_array_size(rows) + 1, sizeof(*sorted));
	if (!sorted)
		goto out;
	json_array_foreach(rows, i, row)
	{
		size_t len = strlen(json_text_of(row, "name"));

		sorted[i] = row;
		width = len > width ? len : width;
	}
	qsort(sorted, json_array_size(rows), sizeof(*sorted), row_by_name);
	for (i = 0; i < json_array_size(rows); i++) {
		const char *name = json_text_of(sorted[i], "name");

		if (!rotation_show_seen(sorted[i], clock_real_s(cli->clock), seen))
			continue;
		status_label(&cli->out, i ? "" : "Unfinished");
		out_text(&cli->out, name);
		out_printf(&cli->out, "%*s   %s\n", (int)(width - strlen(name)), "", seen);
	}
	if (done && !absent && json_array_size(rows) == 0) {
		status_label(&cli->out, "Unfinished");
		out_printf(&cli->out, "none\n");
	}
out:
	free(sorted);
	json_decref(rows);
	json_decref(ok);
}

static void status_tell_unlocked(struct cli *cli, const json_t *status)
{
	const json_t *keys = json_object_get(status, "keys");
	size_t mark = out_mark(&cli->out);

	status_tell_limits(cli, status);
	status_tell_sessions(cli, status);
	if (json_is_integer(keys)) {
		status_label(&cli->out, "Keys");
		out_printf(&cli->out, "%lld", json_integer_value(keys));
		status_list_names(&cli->out, json_object_get(status, "overdue"), "overdue",
				  OUT_RED);
		status_list_names(&cli->out, json_object_get(status, "due"), "due", OUT_YELLOW);
		out_printf(&cli->out, "\n");
		status_tell_unfinished(cli);
	}
	status_tell_vault(cli, status);
	out_wrap(&cli->out, mark, LABEL);
}

static bool run(struct cli *cli, struct error *err)
{
	json_t *agent = NULL, *status = NULL;
	char version[SHOWN];
	bool absent = false, done;

	if (!agent_call_if_there(cli, "status", NULL, NULL, &absent, &agent, err) ||
	    (absent && !paths_check_vault(cli, err)))
		return false;
	/* An agent of another version says no more of itself than its pid and its version. */
	if (agent && !json_object_get(agent, "vault_id")) {
		text_escape_into(json_text_of(agent, "version"), version, sizeof(version));
		error_set(err, ERROR_PROTOCOL, "the agent is of another version of credvault (%s)",
			  version);
		json_decref(agent);
		return error_hint(err, "credvault lock");
	}
	done = status_compose(cli, agent, &status, err);
	if (done && cli->json)
		out_json(&cli->out, status);
	else if (done && absent)
		status_tell_locked(cli, status);
	else if (done)
		status_tell_unlocked(cli, status);
	if (done && option_flag(&cli->options, "check")) {
		if (absent)
			cli->status = error_status(ERROR_LOCKED);
		else if (json_array_size(json_object_get(status, "overdue")) > 0)
			cli->status = error_status(ERROR_OVERDUE);
	}
	json_decref(agent);
	json_decref(status);
	return done;
}

static const struct option options[] = {
    {.name = "check", .help = "exit 4 when it is locked, 10 when a key is overdue"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"locked or not, sessions, what was refused meanwhile", "credvault status"},
    {"in a script", "credvault status --check || credvault unlock"},
    {NULL, NULL},
};

const struct command command_status = {
    .name = "status",
    .summary = "whether the vault is unlocked, and what it holds live",
    .usage = "[--check]",
    .about = "Never asks for anything.",
    .options = options,
    .examples = examples,
    .needs = NEEDS_VAULT | NEEDS_LATE_MEMORY,
    .run = run,
};
