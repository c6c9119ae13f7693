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

struct rotation_sum {
	size_t keys, due, overdue;
};

static bool gather(void *ctx, const json_t *row, struct error *err)
{
	return json_array_append_new(ctx, json_deep_copy(row)) == 0 ||
	       error_set(err, ERROR_MEMORY, "out of memory");
}

/* Where all is passed on as it is there is nothing to parse. */
static bool gather_text(void *ctx, const char *text, size_t len, struct error *err)
{
	struct buf *rows = ctx;

	return (rows->len == 0 || buf_append(rows, ",", 1, err)) &&
	       buf_append(rows, text, len, err);
}

/* Nothing is printed before the last row has come: half a list would be taken for a whole one. */
static bool list_as_text(struct cli *cli, struct error *err)
{
	struct buf rows = BUF_INIT(ROWS_MAX);
	struct agent_watch watch = {.row_text = gather_text, .ctx = &rows};
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

/* For completion: what cannot be had without a question is an error at once. */
static bool gather_unasked(struct cli *cli, const struct agent_watch *watch, struct error *err)
{
	bool absent = false;
	json_t *ok = NULL;

	if (!agent_call_if_there(cli, "list", NULL, watch, &absent, &ok, err))
		return false;
	json_decref(ok);
	if (!absent)
		return true;
	error_set(err, ERROR_LOCKED, "the vault is locked");
	return error_hint(err, "credvault unlock");
}

static bool is(const json_t *key, const char *member)
{
	return json_is_true(json_object_get(key, member));
}

static struct rotation_sum count(const json_t *keys)
{
	struct rotation_sum tally = {.keys = json_array_size(keys)};
	const json_t *key;
	size_t i;

	json_array_foreach(keys, i, key)
	{
		tally.overdue += is(key, "overdue");
		tally.due += is(key, "due") && !is(key, "overdue");
	}
	return tally;
}

/* "OVERDUE", "due", "old key off, deleted in 23h", parted by commas where several are true. */
static void notice(const json_t *key, const json_t *rotations, int64_t now,
		   char out[static NOTICE_BYTES])
{
	const char *due = is(key, "overdue") ? "OVERDUE" : is(key, "due") ? "due" : "";
	char seen[ROTATION_SHOW_SEEN_BYTES] = "";
	const json_t *row;
	size_t i;

	json_array_foreach(rotations, i, row)
	{
		if (rotation_show_is_of(row, key_row_text(key, "name")) &&
		    rotation_show_seen(row, now, seen))
			break;
	}
	(void)snprintf(out, NOTICE_BYTES, "%s%s%s", due, *due && seen[0] ? ", " : "", seen);
}

static bool add_key(struct table *table, const json_t *key, const json_t *rotations, int64_t now,
		    struct error *err)
{
	char id[KEY_ROW_BYTES], age[KEY_ROW_BYTES], due[KEY_ROW_BYTES], used[KEY_ROW_BYTES];
	char session[KEY_ROW_BYTES], noticed[NOTICE_BYTES];
	bool late = is(key, "overdue"), soon = is(key, "due");
	const char *cells[] = {key_row_text(key, "name"),
			       key_row_text(key, "account_id"),
			       key_row_text(key, "user_name"),
			       id,
			       age,
			       due,
			       json_is_string(json_object_get(key, "mfa_serial")) ? "yes" : "-",
			       used,
			       session,
			       noticed};

	key_row_id(key_row_text(key, "access_key_id"), id);
	key_row_age(key, now, age);
	key_row_due(key, now, due);
	key_row_used(key, now, used);
	key_row_session(key, now, session);
	notice(key, rotations, now, noticed);
	return table_add(table, late ? OUT_RED : soon ? OUT_YELLOW : OUT_PLAIN, cells, err);
}

static void print_footer(struct cli *cli, struct rotation_sum tally)
{
	if (!cli->out.terminal)
		return;
	out_printf(&cli->out, "\n%zu key%s", tally.keys, tally.keys == 1 ? "" : "s");
	if (tally.overdue || tally.due)
		out_printf(&cli->out, ": %zu overdue, %zu due.   credvault rotate --due\n",
			   tally.overdue, tally.due);
	else
		out_printf(&cli->out, ".\n");
}

static bool print_keys(struct cli *cli, const json_t *keys, const json_t *rotations,
		       struct rotation_sum tally, struct error *err)
{
	static const char *const titles[] = {"NAME", "ACCOUNT",	  "IAM USER", "KEY", "AGE", "DUE",
					     "MFA",  "LAST USED", "SESSION",  "",    NULL};
	struct table table;
	const json_t *key;
	int64_t now = clock_real_s(cli->clock);
	bool ok = table_init(&table, titles, err);
	size_t i;

	json_array_foreach(keys, i, key)
	{
		ok = ok && add_key(&table, key, rotations, now, err);
	}
	if (ok && json_array_size(keys) == 0) {
		if (tally.keys == 0)
			say_note(cli, "The vault holds no key yet:   credvault add NAME");
		else
			say_note(cli, "No key is due.");
	} else if (ok) {
		table_print(&table, &cli->out);
		print_footer(cli, tally);
	}
	table_clear(&table);
	return ok;
}

static void only_due(json_t *keys)
{
	for (size_t i = json_array_size(keys); i-- > 0;) {
		const json_t *key = json_array_get(keys, i);

		if (!is(key, "due") && !is(key, "overdue"))
			(void)json_array_remove(keys, i);
	}
}

static void print_names(struct cli *cli, const json_t *list, const char *member)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		out_text(&cli->out, key_row_text(entry, member));
		out_printf(&cli->out, "\n");
	}
}

static bool print_json(struct cli *cli, const char *member, json_t *list, struct error *err)
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
	json_t *list = NULL;
	const json_t *entry;
	size_t i;
	bool ok = profile_list_read(cli, &list, err);

	if (ok && option_flag(&cli->options, "names")) {
		print_names(cli, list, "profile");
	} else if (ok && cli->json) {
		ok = print_json(cli, "profiles", list, err);
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
	table_clear(&table);
	json_decref(list);
	return ok;
}

static bool run(struct cli *cli, struct error *err)
{
	bool names = option_flag(&cli->options, "names"), due = option_flag(&cli->options, "due");
	json_t *keys = NULL, *rotations = NULL, *ok_object = NULL;
	struct agent_watch watch = {.row = gather}, begun = {.row = gather};
	struct rotation_sum tally;
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
	watch.ctx = keys;
	begun.ctx = rotations;
	ok = names ? gather_unasked(cli, &watch, err)
		   : agent_call(cli, "list", NULL, &watch, &ok_object, err);
	json_decref(ok_object);
	ok_object = NULL;
	/* --json's elements say it themselves. */
	if (ok && !names && !cli->json)
		ok = agent_call(cli, "rotations", NULL, &begun, &ok_object, err);
	json_decref(ok_object);
	if (!ok)
		goto out;
	tally = count(keys);
	if (due)
		only_due(keys);
	if (names)
		print_names(cli, keys, "name");
	else
		ok = cli->json ? print_json(cli, "keys", keys, err)
			       : print_keys(cli, keys, rotations, tally, err);
	if (due && tally.overdue)
		cli->status = error_status(ERROR_OVERDUE);
out:
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
