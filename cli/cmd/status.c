/* SPDX-License-Identifier: MIT */
#include "cli/vault/agent_call.h"
#include "cli/vault/backup_folder.h"
#include "cli/ui/context.h"
#include "cli/ui/hint.h"
#include "cli/vault/paths.h"
#include "cli/show/answer_rows.h"
#include "cli/show/key_row.h"
#include "cli/show/rotation_show.h"
#include "cli/vault/lock_record.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_rotate.h"
#include "vault/wire/tables/msg_status.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 256, LABEL = 12, MIB = 1024 * 1024, LOG_LARGE_BYTES = 256 * MIB };

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

/* "backup": the folder, and when the newest of this vault in it was made. */
static bool status_put_backup(json_t *to, const struct msg_status *status, struct error *err)
{
	int64_t at = status->backup_to ? backup_folder_newest(status->backup_to, status->vault_id)
				       : 0;
	char text[TEXT_TIME_BYTES];

	text_format_time(at, text);
	return json_put(to, "backup",
			status->backup_to ? json_pack("{s:s, s:s?}", "to", status->backup_to,
						      "newest_at", at ? text : NULL)
					  : json_null(),
			err);
}

/*
 * Makes the object of --json, in the contract's order, from an agent's answer (NULL: locked) or
 * what the last agent has left behind.
 */
static bool status_compose(const struct cli *cli, const json_t *agent, const json_t *state,
			   json_t **out, struct error *err)
{
	static const char *const of_state[] = {"locked_since", "locked_why", "refused", NULL};
	static const char *const of_agent[] = {
	    "vault_id",	   "keys_locked", "agent",    "generation", "keys",
	    "due",	   "overdue",	  "rotating", "sessions",   "refused",
	    "unlocked_at", "how",	  "log",      "emissions",  NULL};
	bool ok;

	*out = json_pack(
	    "{s:s, s:n, s:b, s:b, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:[], s:n, s:n}",
	    "vault", cli->vault, "vault_id", "locked", !agent, "keys_locked", !agent,
	    "locked_since", "locked_why", "agent", "generation", "keys", "due", "overdue",
	    "rotating", "sessions", "refused", "log", "emissions");
	ok = *out ? status_take(*out, state, of_state, err) &&
			status_take(*out, agent, of_agent, err)
		  : error_set(err, ERROR_MEMORY, "out of memory");
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
static void status_tell_refused(struct cli *cli, const struct field_list *list)
{
	const struct msg_refused *refused = list->at;
	long long total = 0;

	for (size_t i = 0; i < list->count; i++)
		total += refused[i].count;
	if (total == 0)
		return;
	out_printf(&cli->out, " %lld request%s refused since:", total, total == 1 ? "" : "s");
	for (size_t i = 0; i < list->count; i++) {
		/* A request that named no profile was about the vault. */
		const char *profile = key_row_text(refused[i].profile);
		char at[OUT_WHEN_BYTES];
		long long count = 0;
		int64_t last = 0;
		bool told = false;

		for (size_t j = 0; j < list->count; j++) {
			if (strcmp(key_row_text(refused[j].profile), profile) != 0)
				continue;
			told = told || j < i;
			count += refused[j].count;
			last = refused[j].last_at > last ? refused[j].last_at : last;
		}
		if (told)
			continue;
		out_printf(&cli->out, "%s", i ? ", " : " ");
		out_text(&cli->out, profile);
		(void)key_row_when(last, clock_real_s(cli->clock), at);
		out_printf(&cli->out, " %lld (%s)", count, at);
	}
	out_printf(&cli->out, ".");
}

/* ", backup 6h old" */
static void status_tell_backup(struct cli *cli, const struct msg_status *status)
{
	int64_t at = backup_folder_newest(status->backup_to, status->vault_id);
	int64_t now = clock_real_s(cli->clock);
	char age[KEY_ROW_BYTES];

	key_row_age(at, at < now ? now : at, age);
	if (at)
		out_printf(&cli->out, ", backup %s old", age);
	else
		out_printf(&cli->out, ", no backup yet");
}

/* `status` is NULL while the vault is locked. */
static void status_tell_vault(struct cli *cli, const struct msg_status *status)
{
	char shown[SHOWN];

	out_path(cli->vault, shown, sizeof(shown));
	status_label(&cli->out, "Vault");
	out_printf(&cli->out, "%s", shown);
	if (status)
		out_printf(&cli->out, "   generation %lld", (long long)status->generation);
	if (status && status->backup_to)
		status_tell_backup(cli, status);
	out_printf(&cli->out, "\n");
}

static void status_tell_locked(struct cli *cli, const struct msg_state *state)
{
	static const char *const reasons[][2] = {{"asked", "you locked it"},
						 {"limit", "its time was over"},
						 {"sleep", "the machine slept"},
						 {"idle", "nothing used it"},
						 {"replaced", "it was being unlocked anew"}};
	const char *why = state->locked_why ? state->locked_why : "";
	struct out *out = &cli->out;
	char since[OUT_WHEN_BYTES], vault[HINT_OPTION_BYTES];
	size_t mark = out_mark(out);

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strcmp(reasons[i][0], why) == 0)
			why = reasons[i][1];
	}
	hint_option(cli, vault);
	if (key_row_when(state->locked_since, clock_real_s(cli->clock), since)) {
		out_printf(out, "Locked since %s (", since);
		out_text(out, why);
		out_printf(out, ").");
	} else {
		out_printf(out, "Locked.");
	}
	status_tell_refused(cli, &state->refused);
	out_printf(out, "\n");
	out_wrap(out, mark, 0);
	mark = out_mark(out);
	status_tell_vault(cli, NULL);
	status_label(out, "Unlock:");
	out_printf(out, "credvault unlock%s\n", vault);
	out_wrap(out, mark, LABEL);
}

static void status_tell_limits(struct cli *cli, const struct msg_status *status)
{
	const struct msg_agent *agent = &status->agent;
	char at[OUT_WHEN_BYTES], idle[OUT_WHEN_BYTES], lock[OUT_WHEN_BYTES];
	int64_t now = clock_real_s(cli->clock);
	struct out *out = &cli->out;

	out_printf(out, "Unlocked");
	if (key_row_when(agent->unlocked_at, now, at))
		out_printf(out, " since %s", at);
	if (agent->how && *agent->how) {
		out_printf(out, " (");
		out_text(out, agent->how);
		out_printf(out, ")");
	}
	out_printf(out, ".");
	if (status->keys_locked)
		out_printf(out, " The keys are locked after a while unused (credvault unlock); "
				"live sessions go on.");
	else if (key_row_when(agent->idle_at, now, idle))
		out_printf(out, " Keys locked again when unused until %s.", idle);
	if (key_row_when(agent->lock_at, now, lock))
		out_printf(out, " Everything at %s%s.", lock,
			   agent->lock_on_sleep ? " or on sleep" : "");
	status_tell_refused(cli, &status->refused);
	out_printf(out, "\n");
}

static void status_tell_sessions(struct cli *cli, const struct field_list *list)
{
	const struct msg_session *sessions = list->at;
	size_t widest = 0;

	for (size_t i = 0; i < list->count; i++) {
		size_t width = text_width(sessions[i].profile);

		widest = width > widest ? width : widest;
	}
	for (size_t i = 0; i < list->count; i++) {
		const char *profile = sessions[i].profile;
		char until[OUT_WHEN_BYTES];

		(void)key_row_when(sessions[i].expires_at, clock_real_s(cli->clock), until);
		status_label(&cli->out, i ? "" : "Sessions");
		out_text(&cli->out, profile);
		out_printf(&cli->out, "%*s   %suntil %s\n", (int)(widest - text_width(profile)), "",
			   sessions[i].mfa ? "MFA, " : "", until);
	}
}

/* ", 2 overdue (ci, prod)" */
static void status_list_names(struct out *out, const struct field_list *list, const char *what,
			      enum out_colour colour)
{
	const char *const *names = list->at;

	if (list->count == 0)
		return;
	out_printf(out, ", %s%zu %s%s (", out_colour(out, colour), list->count, what,
		   out_colour(out, OUT_PLAIN));
	for (size_t i = 0; i < list->count; i++) {
		out_printf(out, "%s", i ? ", " : "");
		out_text(out, names[i]);
	}
	out_printf(out, ")");
}

static int row_by_name(const void *a, const void *b)
{
	const struct msg_begun *one = a, *other = b;

	return strcmp(one->name, other->name);
}

/* Rotations that are not over, a line each. */
static void status_tell_unfinished(struct cli *cli)
{
	struct answer_rows rows = ANSWER_ROWS(msg_begun, struct msg_begun);
	const struct agent_watch watch = {.row = answer_rows_take, .ctx = &rows};
	char seen[ROTATION_SHOW_SEEN_BYTES];
	const struct msg_begun *begun;
	bool absent = false, done;
	struct error unused;
	json_t *ok = NULL;
	size_t width = 0;

	done = agent_call_if_there(cli, "rotations", NULL, &watch, &absent, &ok, &unused);
	json_decref(ok);
	begun = rows.at;
	if (rows.count)
		qsort(rows.at, rows.count, sizeof(*begun), row_by_name);
	for (size_t i = 0; done && i < rows.count; i++)
		width = strlen(begun[i].name) > width ? strlen(begun[i].name) : width;
	for (size_t i = 0; done && i < rows.count; i++) {
		rotation_show_seen(&begun[i], clock_real_s(cli->clock), seen);
		status_label(&cli->out, i ? "" : "Unfinished");
		out_text(&cli->out, begun[i].name);
		out_printf(&cli->out, "%*s   %s\n", (int)(width - strlen(begun[i].name)), "", seen);
	}
	if (done && !absent && rows.count == 0) {
		status_label(&cli->out, "Unfinished");
		out_printf(&cli->out, "none\n");
	}
	answer_rows_clear(&rows);
}

/* A log that has grown large is no fault: only its owner removes entries. */
static void status_tell_log(struct cli *cli, const struct msg_status *status)
{
	const struct msg_emissions *emissions = &status->emissions;

	if (status->log.bytes > LOG_LARGE_BYTES) {
		status_label(&cli->out, "Log");
		out_printf(&cli->out, "%lld MiB in %lld entries   (credvault log --prune)\n",
			   (long long)status->log.bytes / MIB, (long long)status->log.entries);
	}
	if (emissions->refused > 0) {
		status_label(&cli->out, "Emissions");
		out_printf(&cli->out,
			   "asked for without end: %lld refused, 20 a second handed out   "
			   "(credvault log)\n",
			   (long long)emissions->refused);
	}
}

static void status_tell_unlocked(struct cli *cli, const struct msg_status *status)
{
	size_t mark = out_mark(&cli->out);

	status_tell_limits(cli, status);
	out_wrap(&cli->out, mark, 0);
	mark = out_mark(&cli->out);
	status_tell_sessions(cli, &status->sessions);
	if (status->keys_known) {
		status_label(&cli->out, "Keys");
		out_printf(&cli->out, "%lld", (long long)status->keys);
		status_list_names(&cli->out, &status->overdue, "overdue", OUT_RED);
		status_list_names(&cli->out, &status->due, "due", OUT_YELLOW);
		out_printf(&cli->out, "\n");
		status_tell_unfinished(cli);
	}
	status_tell_log(cli, status);
	status_tell_vault(cli, status);
	out_wrap(&cli->out, mark, LABEL);
}

/* An agent of another version says no more of itself than its pid and its version. */
static bool status_read(const json_t *agent, struct msg_status *out, struct error *err)
{
	char version[SHOWN];

	if (!fields_read_answer(&msg_status_brief, agent, out, err))
		return false;
	if (json_object_get(agent, "vault_id"))
		return fields_read_answer(&msg_status, agent, out, err);
	text_escape_into(out->version ? out->version : "", version, sizeof(version));
	error_set(err, ERROR_PROTOCOL, "the agent is of another version of credvault (%s)",
		  version);
	return error_hint(err, "credvault lock");
}

static bool run(struct cli *cli, struct error *err)
{
	struct lock_record record = {.json = NULL};
	struct msg_status said = {.pid = 0};
	json_t *agent = NULL, *status = NULL;
	bool absent = false, done;

	if (!agent_call_if_there(cli, "status", NULL, NULL, &absent, &agent, err) ||
	    (absent && !paths_check_vault(cli, err)))
		return false;
	if (!agent)
		(void)lock_record_read(cli, &record);
	done = (!agent || status_read(agent, &said, err)) &&
	       status_compose(cli, agent, record.json, &status, err) &&
	       status_put_backup(status, &said, err);
	if (done && cli->json)
		out_json(&cli->out, status);
	else if (done && absent)
		status_tell_locked(cli, &record.state);
	else if (done)
		status_tell_unlocked(cli, &said);
	if (done && option_flag(&cli->options, "check")) {
		if (absent)
			cli->status = error_status(ERROR_LOCKED);
		else if (said.overdue.count > 0)
			cli->status = error_status(ERROR_OVERDUE);
	}
	fields_clear(&msg_status, &said);
	lock_record_clear(&record);
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
    .summary = "show whether the vault is unlocked, and its live sessions",
    .usage = "[--check]",
    .about = "Never asks for anything.",
    .options = options,
    .examples = examples,
    .needs = NEEDS_VAULT | NEEDS_LATE_MEMORY,
    .run = run,
};
