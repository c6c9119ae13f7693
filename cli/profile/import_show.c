/* SPDX-License-Identifier: MIT */
#include "cli/profile/import_show.h"

#include "cli/profile/next_steps.h"
#include "cli/profile/root_key.h"
#include "cli/show/key_row.h"
#include "cli/ui/hint.h"
#include "cli/ui/table.h"
#include "vault/base/text.h"
#include "vault/format/json.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN = 256, LABEL = 9 /* the columns of "  next   " */ };

enum { PROFILE, ACCOUNT, USER, KEY, AGE, MFA, WILL };

static bool is_root(const struct found_key *item)
{
	return item->identified.arn && arn_is_root(item->identified.arn);
}

static bool table_add_key(struct table *table, const struct found_key *item, int64_t now,
			  struct error *err)
{
	const struct attributes *a = &item->attributes;
	const char *device = strrchr(a->mfa_serial, ':');
	char id[KEY_ROW_BYTES], age[KEY_ROW_BYTES], mfa[KEY_ROW_BYTES],
	    will[FOUND_KEYS_WHY_MAX + TEXT_NAME_MAX];
	const char *cells[] = {[PROFILE] = a->name,
			       [ACCOUNT] = key_row_text(item->identified.account_id),
			       [USER] = is_root(item) ? "root"
						      : key_row_text(item->identified.user_name),
			       [KEY] = id,
			       [AGE] = age,
			       [MFA] = mfa,
			       [WILL] = will};

	key_row_id(key_row_text(a->access_key_id), id);
	key_row_age(item->identified.created_at, now, age);
	(void)snprintf(mfa, sizeof(mfa), "%s%.60s", device ? "…" : "",
		       device		  ? device
		       : a->mfa_serial[0] ? a->mfa_serial
					  : "none");
	if (item->skip[0])
		(void)snprintf(will, sizeof(will), "skip: %s", item->skip);
	else
		(void)snprintf(will, sizeof(will), "%s%s%s%s", a->replace ? "replace" : "import",
			       is_root(item) ? " (root key)" : "",
			       item->same_as[0] ? ": the same key as " : "", item->same_as);
	return table_add(table,
			 item->skip[0]	 ? OUT_DIM
			 : is_root(item) ? OUT_RED
					 : OUT_PLAIN,
			 cells, err);
}

bool import_show_table(struct cli *cli, const struct found_keys *source, struct error *err)
{
	static const char *const titles[] = {"PROFILE", "ACCOUNT", "IAM USER", "KEY",
					     "AGE",	"MFA",	   "WILL",     NULL};
	static const struct table_step steps[] = {
	    {TABLE_WRAP, WILL, 22},   {TABLE_DROP, MFA, 0},  {TABLE_WRAP, PROFILE, 12},
	    {TABLE_FOLD, ACCOUNT, 0}, {TABLE_FOLD, USER, 0}, {TABLE_FOLD, WILL, 0},
	    {TABLE_WRAP, PROFILE, 8}, {TABLE_END, 0, 0},
	};
	static const struct table_layout layout = {titles, steps, NULL};
	struct table table;
	bool ok = table_init(&table, &layout, err);

	for (size_t i = 0; ok && i < source->count; i++)
		ok = table_add_key(&table, &source->items[i], clock_real_s(cli->clock), err);
	if (ok)
		table_print(&table, &cli->out);
	table_clear(&table);
	out_flush(&cli->out);
	for (size_t i = 0; ok && i < source->count; i++) {
		const struct found_key *item = &source->items[i];

		if (!item->skip[0] && is_root(item))
			root_key_warn(cli, item->attributes.name, item->identified.account_id);
	}
	return ok;
}

/* Appends the row of a skipped key, or with `would` of a key that an import would store. */
static bool json_put_item(const struct found_key *item, bool would, json_t *list, struct error *err)
{
	const struct attributes *a = &item->attributes;
	const char *id = a->access_key_id[0] ? a->access_key_id : NULL;
	json_t *entry = json_object();
	bool ok = json_put_text(entry, "name", a->name, err) &&
		  json_put_text(entry, "access_key_id", id, err);

	if (ok && would)
		ok = json_put(entry, "account_id",
			      json_incref(json_object_get(item->facts, "account_id")), err) &&
		     json_put(entry, "user_name",
			      json_incref(json_object_get(item->facts, "user_name")), err) &&
		     json_put_text(entry, "mfa_serial", a->mfa_serial[0] ? a->mfa_serial : NULL,
				   err) &&
		     json_put_text(entry, "region", a->region[0] ? a->region : NULL, err) &&
		     json_put(entry, "root", json_boolean(is_root(item)), err) &&
		     json_put_text(entry, "same_as", item->same_as[0] ? item->same_as : NULL,
				   err) &&
		     json_put(entry, "replaces", json_boolean(a->replace), err);
	else if (ok)
		ok = json_put_text(entry, "why", item->skip, err);
	ok = ok &&
	     (json_array_append(list, entry) == 0 || error_set(err, ERROR_MEMORY, "out of memory"));
	json_decref(entry);
	return ok;
}

/* The names in the file of keys that are no longer there. */
static bool json_put_scrubbed(const struct found_keys *keys, json_t *object, struct error *err)
{
	json_t *names = json_array();

	for (size_t i = 0; i < keys->count; i++) {
		if (keys->items[i].kept)
			(void)json_array_append_new(names, json_string(keys->items[i].profile));
	}
	return json_put(object, "scrubbed", names, err);
}

bool import_show_json(struct cli *cli, const struct found_keys *source, bool dry,
		      const struct import_sum *sum, struct error *err)
{
	json_t *object = json_object(), *skipped = json_array(), *would = json_array();
	bool ok = json_put(object, "imported", json_incref(sum->imported), err);

	for (size_t i = 0; ok && i < source->count; i++) {
		const struct found_key *item = &source->items[i];

		if (item->skip[0] || dry)
			ok = json_put_item(item, !item->skip[0], item->skip[0] ? skipped : would,
					   err);
	}
	ok = ok && json_put(object, "skipped", json_incref(skipped), err) &&
	     (!dry || json_put(object, "would_import", json_incref(would), err)) &&
	     (!sum->scrubs || dry || json_put_scrubbed(source, object, err)) &&
	     json_put(object, "dry_run", json_boolean(dry), err);
	if (ok)
		out_json(&cli->out, object);
	json_decref(skipped);
	json_decref(would);
	json_decref(object);
	return ok;
}

/* Where the keys lay, and what that makes of them. */
static void summary_tell_place(struct cli *cli, const struct import_sum *sum)
{
	const bool one = sum->count == 1;
	const char *it = one ? "it" : "them";
	size_t mark = out_mark(&cli->out);

	if (sum->place->kind == KEY_SOURCE_AWS_VAULT)
		out_printf(&cli->out, "aws-vault has %s still, until a rotation ends that copy.",
			   it);
	else if (sum->place->kind == KEY_SOURCE_ENVIRONMENT)
		out_printf(&cli->out, "It was in the environment, so treat it as copied.");
	else
		out_printf(&cli->out, "%s in plaintext, so treat %s as copied.",
			   one ? "It lay" : "They lay", it);
	if (sum->overdue)
		out_printf(&cli->out, " %zu %s older than %lld days.", sum->overdue,
			   sum->overdue == 1 ? "is" : "are", (long long)sum->max_age_days);
	out_printf(&cli->out, "\n");
	out_wrap(&cli->out, mark, 0);
}

/* What a rotation breaks, and what it takes to be rid of the old lines. */
static void summary_tell_copies(struct cli *cli, const struct import_sum *sum)
{
	const bool one = sum->count == 1;
	size_t mark = out_mark(&cli->out);
	char word[SHOWN];

	out_printf(&cli->out,
		   "         That ends the old key%s: who else has %s (CI, a colleague, another "
		   "machine) needs the new.\n",
		   one ? "" : "s", one ? "it" : "them");
	out_wrap(&cli->out, mark, LABEL);
	if (!sum->place->path[0])
		return;
	if (sum->place->kind != KEY_SOURCE_CREDENTIALS && !sum->place->from_stdin) {
		out_path_word(sum->place->path, word, sizeof(word));
		out_printf(&cli->out, "  also   shred -u %s\n", word);
	}
	mark = out_mark(&cli->out);
	out_printf(&cli->out, "  also   backups, swap files and git history may still hold the old "
			      "lines:   credvault scan\n");
	out_wrap(&cli->out, mark, LABEL);
}

/* What happened to the file; the rotation is what makes its old bytes worthless. */
static void summary_tell_scrub(struct cli *cli, const struct found_keys *keys,
			       const struct import_sum *sum)
{
	const char *name = sum->first;
	char shown[SHOWN], vault[HINT_OPTION_BYTES];
	size_t mark = out_mark(&cli->out);

	hint_option(cli, vault);
	out_path(sum->place->path, shown, sizeof(shown));
	out_printf(&cli->out, "The lines of %zu key%s in %s are credential_process lines now.\n",
		   sum->scrubbed, sum->scrubbed == 1 ? "" : "s", shown);
	for (size_t i = 0; i < keys->count; i++) {
		const struct found_key *item = &keys->items[i];

		if (!item->skip[0] && !item->kept) {
			out_text(&cli->out, item->profile);
			out_printf(&cli->out,
				   " stays there: it changed meanwhile, or has a role or another "
				   "process (credvault setup).\n");
		}
		name = *name || !item->kept ? name : item->attributes.name;
	}
	out_wrap(&cli->out, mark, 0);
	if (sum->scrubbed == 0)
		return;
	summary_tell_place(cli, sum);
	out_printf(&cli->out, "  next   credvault rotate%s %s   %s\n", vault,
		   sum->count == 1 ? TEXT_WORD(name) : "--all",
		   sum->count == 1 ? "a new key in its place" : "new keys in the place of these");
	summary_tell_copies(cli, sum);
	out_printf(&cli->out, "  undo   credvault setup%s --undo\n", vault);
}

void import_show_summary(struct cli *cli, const struct found_keys *keys, struct import_sum *sum)
{
	const size_t n = json_array_size(sum->imported);

	sum->count = n > sum->scrubbed ? n : sum->scrubbed;
	out_printf(&cli->out, "Imported %zu key%s.", n, n == 1 ? "" : "s");
	if (sum->skipped)
		out_printf(&cli->out, " Skipped %zu: see above.", sum->skipped);
	out_printf(&cli->out, "\n");
	if (sum->scrubs)
		summary_tell_scrub(cli, keys, sum);
	if (sum->scrubs || n == 0)
		return;
	summary_tell_place(cli, sum);
	next_steps_print(cli, sum->first, n > 1);
	summary_tell_copies(cli, sum);
}
