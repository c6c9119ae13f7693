/* SPDX-License-Identifier: MIT */
#include "cli/vault/agent_call.h"
#include "cli/ui/context.h"
#include "cli/ui/hint.h"
#include "cli/vault/paths.h"
#include "cli/show/rotation_show.h"
#include "cli/vault/lock_record.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/format/time.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 256, LABEL = 12 };

/* Copies the members of `from` that are there and not null. */
static bool take(json_t *to, const json_t *from, const char *const keys[], struct error *err)
{
	for (size_t i = 0; keys[i]; i++) {
		json_t *value = json_object_get(from, keys[i]);

		if (value && !json_is_null(value) &&
		    !json_put(to, keys[i], json_incref(value), err))
			return false;
	}
	return true;
}

/* The object of --json, in the contract's order, of an agent's answer (NULL: locked). */
static bool compose(const struct cli *cli, const json_t *agent, json_t **out, struct error *err)
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
	ok = *out ? take(*out, state, of_state, err) && take(*out, agent, of_agent, err)
		  : error_set(err, ERROR_MEMORY, "out of memory");
	json_decref(state);
	if (!ok) {
		json_decref(*out);
		*out = NULL;
	}
	return ok;
}

/* A member's time as people read it; false where there is none. */
static bool when(const struct cli *cli, const json_t *object, const char *key,
		 char out[static OUT_WHEN_BYTES])
{
	int64_t seconds;

	if (!time_parse_iso(json_text_of(object, key), &seconds))
		return false;
	out_when(seconds, clock_real_s(cli->clock), out);
	return true;
}

static void label(struct out *out, const char *text)
{
	out_printf(out, "%-*s", LABEL, text);
}

/* Whether an entry before i is about the same profile. */
static bool told_before(const json_t *refused, size_t i)
{
	const char *profile = json_text_of(json_array_get(refused, i), "profile");

	for (size_t j = 0; j < i; j++) {
		if (strcmp(json_text_of(json_array_get(refused, j), "profile"), profile) == 0)
			return true;
	}
	return false;
}

/* "app-dev 12 (07:58)": all refusals of one profile, and the last one's time. */
static void tell_profile(struct cli *cli, const json_t *refused, const char *profile)
{
	char at[OUT_WHEN_BYTES] = "?";
	const char *last = "";
	long long count = 0;
	const json_t *one;
	size_t i;

	json_array_foreach(refused, i, one)
	{
		if (strcmp(json_text_of(one, "profile"), profile) != 0)
			continue;
		count += json_integer_value(json_object_get(one, "count"));
		/* RFC 3339 in UTC sorts as text. */
		if (strcmp(json_text_of(one, "last_at"), last) > 0) {
			last = json_text_of(one, "last_at");
			(void)when(cli, one, "last_at", at);
		}
	}
	/* What no profile was named for is the vault's own. */
	out_text(&cli->out, *profile ? profile : "-");
	out_printf(&cli->out, " %lld (%s)", count, at);
}

static void tell_refused(struct cli *cli, const json_t *status)
{
	const json_t *refused = json_object_get(status, "refused"), *one;
	long long total = 0;
	size_t i;

	json_array_foreach(refused, i, one)
	    total += json_integer_value(json_object_get(one, "count"));
	if (total == 0)
		return;
	out_printf(&cli->out, " %lld request%s refused since:", total, total == 1 ? "" : "s");
	for (i = 0; i < json_array_size(refused); i++) {
		if (told_before(refused, i))
			continue;
		out_printf(&cli->out, "%s", i ? ", " : " ");
		tell_profile(cli, refused, json_text_of(json_array_get(refused, i), "profile"));
	}
	out_printf(&cli->out, ".");
}

/* Why an agent left, in people's words. */
static const char *reason(const char *why)
{
	static const char *const words[][2] = {{"asked", "you locked it"},
					       {"limit", "its time was over"},
					       {"sleep", "the machine slept"},
					       {"idle", "nothing used it"},
					       {"replaced", "it was being unlocked anew"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i][0], why) == 0)
			return words[i][1];
	}
	return why;
}

static void tell_vault(struct cli *cli, const json_t *status)
{
	const json_t *generation = json_object_get(status, "generation");
	char shown[SHOWN];

	out_path(cli->vault, shown, sizeof(shown));
	label(&cli->out, "Vault");
	out_printf(&cli->out, "%s", shown);
	if (json_is_integer(generation))
		out_printf(&cli->out, "   generation %lld", json_integer_value(generation));
	out_printf(&cli->out, "\n");
}

static void tell_locked(struct cli *cli, const json_t *status)
{
	struct out *out = &cli->out;
	char since[OUT_WHEN_BYTES], vault[HINT_OPTION_BYTES];
	size_t mark = out_mark(out);

	hint_option(cli, vault);
	if (when(cli, status, "locked_since", since)) {
		out_printf(out, "Locked since %s (", since);
		out_text(out, reason(json_text_of(status, "locked_why")));
		out_printf(out, ").");
	} else {
		out_printf(out, "Locked.");
	}
	tell_refused(cli, status);
	out_printf(out, "\n");
	tell_vault(cli, status);
	label(out, "Unlock:");
	out_printf(out, "credvault unlock%s\n", vault);
	out_wrap(out, mark, LABEL);
}

static void tell_limits(struct cli *cli, const json_t *status)
{
	const json_t *agent = json_object_get(status, "agent");
	char at[OUT_WHEN_BYTES], idle[OUT_WHEN_BYTES], lock[OUT_WHEN_BYTES];
	struct out *out = &cli->out;

	out_printf(out, "Unlocked");
	if (when(cli, agent, "unlocked_at", at))
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
	else if (when(cli, agent, "idle_at", idle))
		out_printf(out, " Keys locked again when unused until %s.", idle);
	if (when(cli, agent, "lock_at", lock))
		out_printf(out, " Everything at %s%s.", lock,
			   json_is_false(json_object_get(agent, "lock_on_sleep")) ? ""
										  : " or on sleep");
	tell_refused(cli, status);
	out_printf(out, "\n");
}

static void tell_sessions(struct cli *cli, const json_t *status)
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
		char until[OUT_WHEN_BYTES] = "?";
		const char *profile = json_text_of(one, "profile");

		(void)when(cli, one, "expires_at", until);
		label(&cli->out, i ? "" : "Sessions");
		out_text(&cli->out, profile);
		out_printf(&cli->out, "%*s   %suntil %s\n", (int)(widest - text_width(profile)), "",
			   json_is_true(json_object_get(one, "mfa")) ? "MFA, " : "", until);
	}
}

static void list_names(struct out *out, const json_t *names, const char *what,
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

static bool gather(void *ctx, const json_t *row, struct error *err)
{
	return json_array_append_new(ctx, json_deep_copy(row)) == 0 ||
	       error_set(err, ERROR_MEMORY, "out of memory");
}

static int by_name(const void *a, const void *b)
{
	const json_t *const *one = a, *const *other = b;

	return strcmp(json_text_of(*one, "name"), json_text_of(*other, "name"));
}

static void tell_rotations(struct cli *cli, const json_t *rows)
{
	size_t i, count = 0, width = 0;
	const json_t **sorted = calloc(json_array_size(rows) + 1, sizeof(*sorted));
	char seen[ROTATION_SHOW_SEEN_BYTES];
	const json_t *row;

	if (!sorted)
		return;
	json_array_foreach(rows, i, row)
	{
		size_t len = strlen(json_text_of(row, "name"));

		sorted[count++] = row;
		width = len > width ? len : width;
	}
	qsort(sorted, count, sizeof(*sorted), by_name);
	for (i = 0; i < count; i++) {
		const char *name = json_text_of(sorted[i], "name");

		if (!rotation_show_seen(sorted[i], clock_real_s(cli->clock), seen))
			continue;
		label(&cli->out, i ? "" : "Unfinished");
		out_text(&cli->out, name);
		out_printf(&cli->out, "%*s   %s\n", (int)(width - strlen(name)), "", seen);
	}
	free(sorted);
}

/* Rotations that are not over, a line each. */
static void tell_unfinished(struct cli *cli)
{
	json_t *rows = json_array(), *ok = NULL;
	const struct agent_watch watch = {.row = gather, .ctx = rows};
	bool absent = false, done;
	struct error unused;

	done = agent_call_if_there(cli, "rotations", NULL, &watch, &absent, &ok, &unused);
	tell_rotations(cli, rows);
	if (done && !absent && json_array_size(rows) == 0) {
		label(&cli->out, "Unfinished");
		out_printf(&cli->out, "none\n");
	}
	json_decref(rows);
	json_decref(ok);
}

static void tell_unlocked(struct cli *cli, const json_t *status)
{
	const json_t *keys = json_object_get(status, "keys");
	size_t mark = out_mark(&cli->out);

	tell_limits(cli, status);
	tell_sessions(cli, status);
	if (json_is_integer(keys)) {
		label(&cli->out, "Keys");
		out_printf(&cli->out, "%lld", json_integer_value(keys));
		list_names(&cli->out, json_object_get(status, "overdue"), "overdue", OUT_RED);
		list_names(&cli->out, json_object_get(status, "due"), "due", OUT_YELLOW);
		out_printf(&cli->out, "\n");
		tell_unfinished(cli);
	}
	tell_vault(cli, status);
	out_wrap(&cli->out, mark, LABEL);
}

/* An agent of another version says of itself no more than its pid and version. */
static bool is_foreign(const json_t *agent, struct error *err)
{
	char version[SHOWN];

	if (!agent || json_object_get(agent, "vault_id"))
		return false;
	text_escape_into(json_text_of(agent, "version"), version, sizeof(version));
	error_set(err, ERROR_PROTOCOL, "the agent is of another version of credvault (%s)",
		  version);
	(void)error_hint(err, "credvault lock");
	return true;
}

static bool run(struct cli *cli, struct error *err)
{
	json_t *agent = NULL, *status = NULL;
	bool absent = false, done;

	if (!agent_call_if_there(cli, "status", NULL, NULL, &absent, &agent, err) ||
	    (absent && !paths_check_vault(cli, err)))
		return false;
	if (is_foreign(agent, err)) {
		json_decref(agent);
		return false;
	}
	done = compose(cli, agent, &status, err);
	if (done && cli->json)
		out_json(&cli->out, status);
	else if (done && absent)
		tell_locked(cli, status);
	else if (done)
		tell_unlocked(cli, status);
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
