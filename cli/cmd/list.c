/* SPDX-License-Identifier: MIT */
#include "cli/vault/agent_call.h"
#include "cli/ui/context.h"
#include "cli/show/key_row.h"
#include "cli/profile/profile_list.h"
#include "cli/show/rotation_show.h"
#include "cli/ui/say.h"
#include "cli/ui/table.h"
#include "vault/base/text.h"
#include "vault/format/json.h"

#include <stdio.h>
#include <string.h>

/* The longest list, in bytes, and how much of it is printed at once. */
enum { ROWS_MAX = 1024 * 1024 * 1024, PIECE = 32 * 1024 };
enum { NOTICE_BYTES = ROTATION_SHOW_SEEN_BYTES + 16 };

struct key_count {
	size_t keys, due, overdue;
};

static bool list_append_text(void *ctx, const char *text, size_t len, struct error *err)
{
	struct buf *rows = ctx;

	return (rows->len == 0 || buf_append(rows, ",", 1, err)) &&
	       buf_append(rows, text, len, err);
}

/*
 * For --json without a filter the rows are passed on unparsed. Nothing is printed before the last
 * row has come: a reader would take half a list for a whole one.
 */
static bool list_as_text(struct cli *cli, struct error *err)
{
	struct buf rows = BUF_INIT(ROWS_MAX);
	struct agent_watch watch = {.row_text = list_append_text, .ctx = &rows};
	json_t *ok_object = NULL;
	bool ok = agent_call(cli, "list", NULL, &watch, &ok_object, err);

	json_decref(ok_object);
	if (ok) {
		out_printf(&cli->out, "{\"keys\":[");
		for (size_t at = 0; at < rows.len; at += PIECE) {
			size_t left = rows.len - at;

			out_bytes(&cli->out, rows.data + at, left < PIECE ? left : PIECE);
		}
		out_printf(&cli->out, "]}\n");
	}
	buf_clear(&rows);
	return ok;
}

static bool key_is(const json_t *key, const char *member)
{
	return json_is_true(json_object_get(key, member));
}

/* Counts the keys; with `only_due` the keys that are not due leave the array. */
static struct key_count list_count(json_t *keys, bool only_due)
{
	struct key_count count = {.keys = json_array_size(keys)};

	for (size_t i = json_array_size(keys); i-- > 0;) {
		const json_t *key = json_array_get(keys, i);
		bool overdue = key_is(key, "overdue"), due = key_is(key, "due") && !overdue;

		count.overdue += overdue;
		count.due += due;
		if (only_due && !due && !overdue)
			(void)json_array_remove(keys, i);
	}
	return count;
}

static bool list_add_key(struct table *table, const json_t *key, const json_t *rotations,
			 int64_t now, struct error *err)
{
	char id[KEY_ROW_BYTES], age[KEY_ROW_BYTES], due[KEY_ROW_BYTES], used[KEY_ROW_BYTES];
	char session[KEY_ROW_BYTES], seen[ROTATION_SHOW_SEEN_BYTES] = "", notice[NOTICE_BYTES];
	bool late = key_is(key, "overdue"), soon = key_is(key, "due");
	const char *word = late ? "OVERDUE" : soon ? "due" : "";
	const json_t *row;
	size_t i;
	const char *cells[] = {key_row_text(key, "name"),
			       key_row_text(key, "account_id"),
			       key_row_text(key, "user_name"),
			       id,
			       age,
			       due,
			       json_is_string(json_object_get(key, "mfa_serial")) ? "yes" : "-",
			       used,
			       session,
			       notice};

	key_row_id(key_row_text(key, "access_key_id"), id);
	key_row_age(key, now, age);
	key_row_due(key, now, due);
	key_row_used(key, now, used);
	key_row_session(key, now, session);
	json_array_foreach(rotations, i, row)
	{
		if (rotation_show_is_of(row, key_row_text(key, "name")) &&
		    rotation_show_seen(row, now, seen))
			break;
	}
	/* "OVERDUE, old key off, deleted in 23h" */
	(void)snprintf(notice, sizeof(notice), "%s%s%s", word, *word && seen[0] ? ", " : "", seen);
	return table_add(table, late ? OUT_RED : soon ? OUT_YELLOW : OUT_PLAIN, cells, err);
}

static bool list_print_keys(struct cli *cli, const json_t *keys, const json_t *rotations,
			    struct key_count count, struct error *err)
{
	static const char *const titles[] = {"NAME", "ACCOUNT",	  "IAM USER", "KEY", "AGE", "DUE",
					     "MFA",  "LAST USED", "SESSION",  "",    NULL};
	struct table table;
	const json_t *key;
	int64_t now = clock_real_s(cli->clock);
	bool ok;
	size_t i;

	if (json_array_size(keys) == 0) {
		say_note(cli, "%s",
			 count.keys == 0 ? "The vault holds no key yet:   credvault add NAME"
					 : "No key is due.");
		return true;
	}
	ok = table_init(&table, titles, err);
	json_array_foreach(keys, i, key)
	{
		ok = ok && list_add_key(&table, key, rotations, now, err);
	}
	if (ok) {
		table_print(&table, &cli->out);
		if (cli->out.terminal)
			out_printf(&cli->out, "\n%zu key%s", count.keys,
				   count.keys == 1 ? "" : "s");
		if (cli->out.terminal && (count.overdue || count.due))
			out_printf(&cli->out, ": %zu overdue, %zu due.   credvault rotate --due\n",
				   count.overdue, count.due);
		else if (cli->out.terminal)
			out_printf(&cli->out, ".\n");
	}
	table_clear(&table);
	return ok;
}

static void list_print_names(struct cli *cli, const json_t *list, const char *member)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		out_text(&cli->out, key_row_text(entry, member));
		out_printf(&cli->out, "\n");
	}
}

static bool list_print_json(struct cli *cli, const char *member, json_t *list, struct error *err)
{
	json_t *object = json_object();
	bool ok = json_put(object, member, json_incref(list), err);

	if (ok)
		out_json(&cli->out, object);
	json_decref(object);
	return ok;
}

static bool list_profiles(struct cli *cli, struct error *err)
{
	static const char *const titles[] = {"PROFILE", "GETS ITS CREDENTIALS FROM", "SESSION",
					     NULL};
	struct table table = TABLE_EMPTY;
	json_t *list = NULL, *problems = NULL, *object = NULL;
	const json_t *entry;
	size_t i;
	bool ok = profile_list_read(cli, &list, &problems, err);

	if (ok && option_flag(&cli->options, "names")) {
		list_print_names(cli, list, "profile");
	} else if (ok && cli->json) {
		object = json_object();
		ok = json_put(object, "profiles", json_incref(list), err) &&
		     json_put(object, "problems", json_incref(problems), err);
		if (ok)
			out_json(&cli->out, object);
		json_decref(object);
	} else if (ok && json_array_size(list) == 0) {
		say_note(cli, "No profile of the config file assumes a role or has a key here.");
	} else if (ok) {
		ok = table_init(&table, titles, err);
		json_array_foreach(list, i, entry)
		{
			char session[KEY_ROW_BYTES];
			const char *cells[] = {key_row_text(entry, "profile"),
					       key_row_text(entry, "from"), session};
			bool bad = json_is_string(json_object_get(entry, "problem"));

			key_row_session(entry, clock_real_s(cli->clock), session);
			ok = ok && table_add(&table, bad ? OUT_RED : OUT_PLAIN, cells, err);
		}
		if (ok)
			table_print(&table, &cli->out);
	}
	json_array_foreach(problems, i, entry)
	{
		if (!cli->json && !option_flag(&cli->options, "names"))
			say_note(cli, "%s", json_string_value(entry));
	}
	table_clear(&table);
	json_decref(list);
	json_decref(problems);
	return ok;
}

/*
 * The keys, and for the table the rotations that are under way. --names is for completion: it never
 * asks for anything.
 */
static bool list_fetch(struct cli *cli, json_t *keys, json_t *rotations, struct error *err)
{
	struct agent_watch watch = {.row = agent_call_gather, .ctx = keys};
	bool absent = false, done;
	json_t *ok = NULL;

	if (option_flag(&cli->options, "names")) {
		done = agent_call_if_there(cli, "list", NULL, &watch, &absent, &ok, err);
		if (done && absent) {
			error_set(err, ERROR_LOCKED, "the vault is locked");
			done = error_hint(err, "credvault unlock");
		}
		json_decref(ok);
		return done;
	}
	done = agent_call(cli, "list", NULL, &watch, &ok, err);
	json_decref(ok);
	ok = NULL;
	watch.ctx = rotations;
	/* With --json each key says itself how far its rotation is. */
	done = done && (cli->json || agent_call(cli, "rotations", NULL, &watch, &ok, err));
	json_decref(ok);
	return done;
}

static bool run(struct cli *cli, struct error *err)
{
	bool names = option_flag(&cli->options, "names"), due = option_flag(&cli->options, "due");
	json_t *keys, *rotations;
	struct key_count count;
	bool ok;

	if (option_flag(&cli->options, "profiles")) {
		if (due)
			return error_set(err, ERROR_USAGE, "--due is about keys, not profiles");
		return list_profiles(cli, err);
	}
	if (cli->json && !names && !due)
		return list_as_text(cli, err);
	keys = json_array();
	rotations = json_array();
	ok = list_fetch(cli, keys, rotations, err);
	if (ok) {
		count = list_count(keys, due);
		if (names)
			list_print_names(cli, keys, "name");
		else if (cli->json)
			ok = list_print_json(cli, "keys", keys, err);
		else
			ok = list_print_keys(cli, keys, rotations, count, err);
		if (due && count.overdue)
			cli->status = error_status(ERROR_OVERDUE);
	}
	json_decref(keys);
	json_decref(rotations);
	return ok;
}

static const struct option own_options[] = {
    {.name = "due", .help = "only keys that are due; exit 10 when one is overdue"},
    {.name = "names", .help = "names alone, one a line; never asks for anything"},
    {.name = "profiles", .help = "the config file's profiles and where they get credentials from"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"all keys, their age and what they are used for", "credvault list"},
    {"how each profile of ~/.aws/config comes to its credentials", "credvault list --profiles"},
    {"for monitoring", "credvault list --due --no-input || mail -s 'old AWS keys' ops </dev/null"},
    {"for scripts", "credvault list --json | jq -r '.keys[] | select(.overdue) | .name'"},
    {NULL, NULL},
};

const struct command command_list = {
    .name = "list",
    .aliases = "ls",
    .summary = "the keys of the vault, their age and their sessions",
    .usage = "[--due] [--names] [--profiles]",
    .about = "Secrets are not shown. Age counts from the day AWS made the key.",
    .options = own_options,
    .examples = examples,
    .needs = NEEDS_VAULT | NEEDS_LATE_MEMORY,
    .run = run,
};
