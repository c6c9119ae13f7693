/* SPDX-License-Identifier: MIT */
#include "cli/vault/agent_call.h"
#include "cli/ui/context.h"
#include "cli/show/answer_rows.h"
#include "cli/show/key_choice.h"
#include "cli/show/key_row.h"
#include "cli/profile/profile_list.h"
#include "cli/show/rotation_show.h"
#include "cli/ui/say.h"
#include "cli/ui/table.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/format/time.h"
#include "vault/wire/tables/msg_rotate.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The longest list, in bytes, and how much of it is printed at once. */
enum { ROWS_MAX = 1024 * 1024 * 1024, PIECE = 32 * 1024 };
enum { NOTICE_BYTES = ROTATION_SHOW_SEEN_BYTES + 32, FOOTER = 60 };

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

static struct key_count list_count(const struct key_choice *choice)
{
	struct key_count count = {.keys = choice->count};

	for (size_t i = 0; i < choice->count; i++) {
		const struct msg_key *key = choice->at[i].key;

		count.overdue += key->overdue;
		count.due += key->due && !key->overdue;
	}
	return count;
}

/* What is said of the rotation under way that this key takes part in; "" without one. */
static void list_describe_rotation(const char *name, const struct answer_rows *rotations,
				   int64_t now, char out[static ROTATION_SHOW_SEEN_BYTES])
{
	const struct msg_begun *begun = rotations->at;

	out[0] = '\0';
	for (size_t i = 0; i < rotations->count; i++) {
		if (!out[0] && rotation_show_is_of(&begun[i], name))
			rotation_show_seen(&begun[i], now, out);
	}
}

enum { NAME, ACCOUNT, USER, KEY, AGE, DUE, MFA, USED, SESSION, NOTICE };

static bool list_add_key(struct table *table, const struct msg_key *key,
			 const struct answer_rows *rotations, int64_t now, struct error *err)
{
	char id[KEY_ROW_BYTES], age[KEY_ROW_BYTES], due[KEY_ROW_BYTES], used[KEY_ROW_BYTES];
	char session[KEY_ROW_BYTES], seen[ROTATION_SHOW_SEEN_BYTES], notice[NOTICE_BYTES];
	const char *word = key->overdue ? "OVERDUE" : key->due ? "due" : "";
	const char *cells[] = {[NAME] = key->name,
			       [ACCOUNT] = key_row_text(key->account_id),
			       [USER] = key->root ? "root" : key_row_text(key->user_name),
			       [KEY] = id,
			       [AGE] = age,
			       [DUE] = due,
			       [MFA] = key->mfa_serial ? "yes" : "-",
			       [USED] = used,
			       [SESSION] = session,
			       [NOTICE] = notice};

	key_row_id(key->access_key_id, id);
	key_row_age(key->created_at, now, age);
	key_row_due(key, now, due);
	key_row_used(key->last_emitted_at, now, used);
	key_row_session(key->session_expires_at, now, session);
	list_describe_rotation(key->name, rotations, now, seen);
	/* "OVERDUE, old key off, deleted in 23h" */
	(void)snprintf(notice, sizeof(notice), "%s%s%s%s%s", key->root ? "ROOT KEY" : "",
		       key->root && *word ? ", " : "", word,
		       (key->root || *word) && seen[0] ? ", " : "", seen);
	return table_add(table,
			 key->overdue || key->root ? OUT_RED
			 : key->due		   ? OUT_YELLOW
						   : OUT_PLAIN,
			 cells, err);
}

/* `count` is of all keys that were asked for, due or not. */
static bool list_print_keys(struct cli *cli, const struct key_choice *choice,
			    const struct answer_rows *rotations, struct key_count count,
			    struct error *err)
{
	static const char *const titles[] = {"NAME", "ACCOUNT",	  "IAM USER", "KEY", "AGE", "DUE",
					     "MFA",  "LAST USED", "SESSION",  "",    NULL};
	static const struct table_step steps[] = {
	    {TABLE_FOLD, NOTICE, 0}, {TABLE_DROP, MFA, 0},  {TABLE_WRAP, NAME, 16},
	    {TABLE_DROP, USED, 0},   {TABLE_FOLD, USER, 0}, {TABLE_FOLD, ACCOUNT, 0},
	    {TABLE_DROP, AGE, 0},    {TABLE_WRAP, NAME, 8}, {TABLE_END, 0, 0},
	};
	static const struct table_layout layout = {titles, steps, NULL};
	int64_t now = clock_real_s(cli->clock);
	struct table table;
	bool ok;

	if (choice->count == 0) {
		say_note(cli, "%s",
			 count.keys == 0 ? "The vault holds no key yet:   credvault add NAME"
					 : "No key is due.");
		return true;
	}
	ok = table_init(&table, &layout, err);
	for (size_t i = 0; ok && i < choice->count; i++)
		ok = list_add_key(&table, choice->at[i].key, rotations, now, err);
	if (ok) {
		table_print(&table, &cli->out);
		if (cli->out.terminal)
			out_printf(&cli->out, "\n%zu key%s", count.keys,
				   count.keys == 1 ? "" : "s");
		/* The command stays whole where one line is too short for both. */
		if (cli->out.terminal && (count.overdue || count.due))
			out_printf(&cli->out, ": %zu overdue, %zu due.%scredvault rotate --due\n",
				   count.overdue, count.due,
				   cli->out.columns && cli->out.columns < FOOTER ? "\n  " : "   ");
		else if (cli->out.terminal)
			out_printf(&cli->out, ".\n");
	}
	table_clear(&table);
	return ok;
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

static bool list_add_name(json_t *names, const char *name, struct error *err)
{
	return json_array_append_new(names, json_string(name)) == 0 ||
	       error_set(err, ERROR_MEMORY, "out of memory");
}

/* One a line, or {"names":[…]}. */
static bool list_print_names(struct cli *cli, json_t *names, struct error *err)
{
	const json_t *name;
	size_t i;

	if (cli->json)
		return list_print_json(cli, "names", names, err);
	json_array_foreach(names, i, name)
	{
		out_text(&cli->out, json_string_value(name));
		out_printf(&cli->out, "\n");
	}
	return true;
}

/* The rows of the chosen keys, as they came. */
static bool list_print_choice_json(struct cli *cli, const struct key_choice *choice,
				   struct error *err)
{
	json_t *list = json_array();
	bool ok = true;

	for (size_t i = 0; ok && i < choice->count; i++)
		ok = json_array_append_new(list, json_deep_copy(choice->at[i].json)) == 0 ||
		     error_set(err, ERROR_MEMORY, "out of memory");
	ok = ok && list_print_json(cli, "keys", list, err);
	json_decref(list);
	return ok;
}

static bool list_profiles(struct cli *cli, struct error *err)
{
	static const char *const titles[] = {"PROFILE", "GETS ITS CREDENTIALS FROM", "SESSION",
					     NULL};
	static const struct table_step steps[] = {
	    {TABLE_WRAP, 1, 24}, {TABLE_WRAP, 0, 12}, {TABLE_FOLD, 1, 0}, {TABLE_END, 0, 0}};
	static const struct table_layout layout = {titles, steps, NULL};
	struct table table = TABLE_EMPTY;
	json_t *list = NULL, *problems = NULL, *object = NULL, *names = json_array();
	const json_t *entry;
	size_t i;
	bool ok = profile_list_read(cli, &list, &problems, err);

	if (ok && option_flag(&cli->options, "names")) {
		json_array_foreach(list, i, entry)
		    ok = ok && list_add_name(names, json_text_of(entry, "profile"), err);
		ok = ok && list_print_names(cli, names, err);
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
		ok = table_init(&table, &layout, err);
		json_array_foreach(list, i, entry)
		{
			char session[KEY_ROW_BYTES];
			const char *cells[] = {json_text_of(entry, "profile"),
					       json_text_of(entry, "from"), session};
			bool bad = *json_text_of(entry, "problem");
			int64_t until = 0;

			(void)time_parse_iso(json_text_of(entry, "session_expires_at"), &until);
			key_row_session(until, clock_real_s(cli->clock), session);
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
	json_decref(names);
	json_decref(list);
	json_decref(problems);
	return ok;
}

/*
 * The keys, and for the table the rotations that are under way. --names is for completion: it never
 * asks for anything.
 */
static bool list_fetch(struct cli *cli, struct answer_rows *keys, struct answer_rows *rotations,
		       struct error *err)
{
	struct agent_watch watch = {.row = answer_rows_take, .ctx = keys};
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

/* What the options leave of the keys, printed as they want it. */
static bool list_print_choice(struct cli *cli, const struct answer_rows *keys,
			      const struct answer_rows *rotations, struct error *err)
{
	bool due = option_flag(&cli->options, "due");
	struct key_choice choice;
	struct key_count count = {.keys = 0};
	json_t *names = json_array();
	bool ok = key_choice_make(keys, cli->options.args, cli->options.argc, &choice, err);

	if (ok) {
		count = list_count(&choice);
		key_choice_sort(&choice, option_text(&cli->options, "sort"));
		if (due)
			key_choice_keep_due(&choice);
	}
	if (ok && option_flag(&cli->options, "names")) {
		for (size_t i = 0; ok && i < choice.count; i++)
			ok = list_add_name(names, choice.at[i].key->name, err);
		ok = ok && list_print_names(cli, names, err);
	} else if (ok && cli->json) {
		ok = list_print_choice_json(cli, &choice, err);
	} else if (ok) {
		ok = list_print_keys(cli, &choice, rotations, count, err);
	}
	if (ok && due && count.overdue)
		cli->status = error_status(ERROR_OVERDUE);
	json_decref(names);
	key_choice_clear(&choice);
	return ok;
}

static bool run(struct cli *cli, struct error *err)
{
	bool due = option_flag(&cli->options, "due"), sort = option_text(&cli->options, "sort");
	struct answer_rows keys = ANSWER_ROWS(msg_key, struct msg_key);
	struct answer_rows rotations = ANSWER_ROWS(msg_begun, struct msg_begun);
	size_t named = cli->options.argc;
	bool ok = true;

	if (option_flag(&cli->options, "profiles")) {
		if (due || sort || named)
			return error_set(err, ERROR_USAGE, "%s about keys, not profiles",
					 due	? "--due is"
					 : sort ? "--sort is"
						: "names are");
		return list_profiles(cli, err);
	}
	for (size_t i = 0; i < named; i++) {
		if (!text_check_name("name", cli->options.args[i], err))
			return false;
	}
	if (cli->json && !option_flag(&cli->options, "names") && !due && !sort && !named)
		return list_as_text(cli, err);
	ok = list_fetch(cli, &keys, &rotations, err) &&
	     list_print_choice(cli, &keys, &rotations, err);
	answer_rows_clear(&keys);
	answer_rows_clear(&rotations);
	return ok;
}

static const struct option own_options[] = {
    {.name = "due", .help = "only keys that are due; exit 10 when one is overdue"},
    {.name = "sort",
     .argument = "BY",
     .values = KEY_CHOICE_ORDERS,
     .help = "age (oldest first), name, due (soonest), used (longest ago), account"},
    {.name = "names", .help = "names alone, one a line; never asks for anything"},
    {.name = "profiles", .help = "the config file's profiles and where they get credentials from"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"all keys, their age and what they are used for", "credvault list"},
    {"how each profile of ~/.aws/config comes to its credentials", "credvault list --profiles"},
    {"the oldest keys first", "credvault list --sort age"},
    {"two of them", "credvault list prod ci"},
    {"for monitoring", "credvault list --due --no-input || mail -s 'old AWS keys' ops </dev/null"},
    {"for scripts", "credvault list --json | jq -r '.keys[] | select(.overdue) | .name'"},
    {NULL, NULL},
};

const struct command command_list = {
    .name = "list",
    .aliases = "ls",
    .summary = "list the keys of the vault, their age and their sessions",
    .usage = "[NAME…] [--due] [--sort BY] [--names] [--profiles]",
    .about = "Secrets are not shown. Age counts from the day AWS made the key.",
    .options = own_options,
    .examples = examples,
    .args = "names",
    .most = SIZE_MAX,
    .needs = NEEDS_VAULT | NEEDS_LATE_MEMORY,
    .run = run,
};
