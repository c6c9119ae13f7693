/* SPDX-License-Identifier: MIT */
#include "cli/profile/key_import.h"

#include "cli/vault/agent_call.h"
#include "cli/ui/ask.h"
#include "cli/profile/credentials_file.h"
#include "cli/ui/hint.h"
#include "cli/show/key_row.h"
#include "cli/profile/key_add.h"
#include "cli/vault/paths.h"
#include "cli/profile/credentials_request.h"
#include "cli/ui/say.h"
#include "cli/ui/table.h"
#include "cli/vault/unlock.h"
#include "vault/base/file.h"
#include "vault/format/json.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { QUESTION_BYTES = 64, OFFER_BYTES = 512, SHOWN = 256 };

/* Reads and parses the file; its path is the AWS credentials file's where none is given. */
static bool import_read(struct cli *cli, const char *given, struct ini *out, struct error *err)
{
	struct buf text = BUF_INIT(INI_FILE_MAX);
	char path[PATH_MAX], shown[SHOWN];
	struct stat st;
	bool ok;

	if (given && strcmp(given, "-") == 0) {
		(void)snprintf(path, sizeof(path), "standard input");
		ok = file_read_fd(STDIN_FILENO, INI_FILE_MAX, &text, err);
	} else {
		ok = given ? snprintf(path, sizeof(path), "%s", given) < PATH_MAX ||
				 error_set(err, ERROR_USAGE, "the path is too long")
			   : paths_aws_credentials(path, err);
		ok = ok && file_read(path, INI_FILE_MAX, &text, err);
		if (ok && stat(path, &st) == 0 && (st.st_mode & 077) != 0) {
			out_path(path, shown, sizeof(shown));
			say_note(cli, "Others on this machine can read %s:   chmod 600 %s", shown,
				 shown);
		}
	}
	ok = ok && ini_parse(path, INI_CREDENTIALS, buf_text(&text), text.len, out, err);
	buf_clear(&text);
	return ok;
}

static bool import_note_name(void *ctx, const json_t *row, struct error *err)
{
	const char *name;

	return json_need_text(row, "name", TEXT_NAME_MAX, &name, err) &&
	       json_put(ctx, name, json_true(), err);
}

/* Skips, or replaces, the keys whose names the vault has already. */
static bool import_skip_known(struct cli *cli, struct credentials_file *source, bool replace,
			      struct error *err)
{
	json_t *names = json_object(), *ok = NULL;
	struct agent_watch watch = {.row = import_note_name, .ctx = names};
	bool done = agent_call(cli, "list", NULL, &watch, &ok, err);

	for (size_t i = 0; done && i < source->count; i++) {
		struct credentials_file_item *item = &source->items[i];

		if (item->skip[0] || !json_object_get(names, item->attributes.name))
			continue;
		if (replace)
			item->attributes.replace = true;
		else
			credentials_file_skip(item, "the vault has it already (--replace)");
	}
	json_decref(ok);
	json_decref(names);
	return done;
}

/* Dead and refused keys are skipped; where AWS cannot be asked, the import ends. */
static bool import_check(struct cli *cli, struct credentials_file_item *item, struct error *err)
{
	struct attributes *a = &item->attributes;
	json_t *facts = NULL;
	const char *serial;

	if (!key_add_check(cli, a, &facts, err)) {
		if (err->code != ERROR_DEAD_KEY && err->code != ERROR_AWS_REFUSED)
			return error_profile(err, a->name);
		credentials_file_skip(item, "%s",
				      err->code == ERROR_DEAD_KEY ? "AWS says this key is dead"
								  : "AWS refuses it");
		*err = ERROR_INIT;
		return true;
	}
	json_decref(item->facts);
	item->facts = facts;
	serial = json_array_size(json_object_get(facts, "mfa_devices")) && !a->mfa_given
		     ? attributes_find_mfa(&(struct aws_config){.path = ""}, a->name, facts)
		     : NULL;
	return !serial || attributes_set_mfa(a, serial, err);
}

static bool import_check_all(struct cli *cli, struct credentials_file *source, struct error *err)
{
	const char *endpoint = option_text(&cli->options, "endpoint-url");

	for (size_t i = 0; i < source->count; i++) {
		struct attributes *a = &source->items[i].attributes;

		if (source->items[i].skip[0])
			continue;
		(void)snprintf(a->endpoint, sizeof(a->endpoint), "%s", endpoint ? endpoint : "");
		if (!import_check(cli, &source->items[i], err))
			return false;
	}
	return true;
}

static bool import_add_row(struct table *table, const struct credentials_file_item *item,
			   int64_t now, struct error *err)
{
	const struct attributes *a = &item->attributes;
	const char *device = strrchr(a->mfa_serial, ':');
	char id[KEY_ROW_BYTES], age[KEY_ROW_BYTES], mfa[KEY_ROW_BYTES],
	    will[CREDENTIALS_FILE_WHY_MAX + 8];
	const char *cells[] = {a->name,
			       key_row_text(item->facts, "account_id"),
			       key_row_text(item->facts, "user_name"),
			       id,
			       age,
			       mfa,
			       will};

	key_row_id(a->access_key_id[0] ? a->access_key_id : "-", id);
	key_row_age(item->facts, now, age);
	(void)snprintf(mfa, sizeof(mfa), "%s%.60s", device ? "…" : "",
		       device		  ? device
		       : a->mfa_serial[0] ? a->mfa_serial
					  : "none");
	if (item->skip[0])
		(void)snprintf(will, sizeof(will), "skip: %s", item->skip);
	else
		(void)snprintf(will, sizeof(will), "%s", a->replace ? "replace" : "import");
	return table_add(table, item->skip[0] ? OUT_DIM : OUT_PLAIN, cells, err);
}

static bool import_print_table(struct cli *cli, const struct credentials_file *source,
			       struct error *err)
{
	static const char *const titles[] = {"PROFILE", "ACCOUNT", "IAM USER", "KEY",
					     "AGE",	"MFA",	   "WILL",     NULL};
	struct table table;
	bool ok = table_init(&table, titles, err);

	for (size_t i = 0; ok && i < source->count; i++)
		ok = import_add_row(&table, &source->items[i], clock_real_s(cli->clock), err);
	if (ok)
		table_print(&table, &cli->out);
	table_clear(&table);
	out_flush(&cli->out);
	return ok;
}

static bool import_print_json(struct cli *cli, const struct credentials_file *source, bool dry,
			      json_t *imported, struct error *err)
{
	json_t *object = json_object(), *skipped = json_array();
	bool ok = json_put(object, "imported", json_incref(imported), err);

	for (size_t i = 0; ok && i < source->count; i++) {
		const struct credentials_file_item *item = &source->items[i];
		json_t *entry = item->skip[0] ? json_object() : NULL;

		if (!entry)
			continue;
		ok = json_put_text(entry, "name", item->attributes.name, err) &&
		     json_put_text(
			 entry, "access_key_id",
			 item->attributes.access_key_id[0] ? item->attributes.access_key_id : NULL,
			 err) &&
		     json_put_text(entry, "why", item->skip, err) &&
		     json_array_append(skipped, entry) == 0;
		json_decref(entry);
	}
	ok = ok && json_put(object, "skipped", json_incref(skipped), err) &&
	     json_put(object, "dry_run", json_boolean(dry), err);
	if (ok)
		out_json(&cli->out, object);
	json_decref(skipped);
	json_decref(object);
	return ok;
}

static void import_print_summary(struct cli *cli, const json_t *imported)
{
	size_t n = json_array_size(imported), old = 0, i;
	const json_t *key, *age = NULL;
	char vault[HINT_OPTION_BYTES];

	hint_option(cli, vault);
	json_array_foreach(imported, i, key)
	{
		if (!json_is_true(json_object_get(key, "overdue")))
			continue;
		age = json_object_get(key, "max_age_days");
		old++;
	}
	out_printf(&cli->out, "Imported %zu key%s.\n", n, n == 1 ? "" : "s");
	if (n == 0)
		return;
	out_printf(&cli->out, "%s in plaintext, so treat %s as copied.",
		   n == 1 ? "It lay" : "They lay", n == 1 ? "it" : "them");
	if (old)
		out_printf(&cli->out, " %zu %s older than %lld days.", old, old == 1 ? "is" : "are",
			   (long long)json_integer_value(age));
	key = json_array_get(imported, 0);
	out_printf(
	    &cli->out,
	    "\n  next   credvault rotate%s %s   new keys now; old ones are switched off, then "
	    "deleted\n",
	    vault, n == 1 ? key_row_text(key, "name") : "--all");
	out_printf(&cli->out, "  next   credvault exec%s %s -- aws sts get-caller-identity\n",
		   vault, key_row_text(key, "name"));
}

static bool import_run(struct cli *cli, const struct key_import *import,
		       struct credentials_file *source, struct error *err)
{
	json_t *imported = json_array();
	size_t wanted;
	bool ok = unlock_agent(cli, err) && import_skip_known(cli, source, import->replace, err) &&
		  import_check_all(cli, source, err) &&
		  (cli->json || import_print_table(cli, source, err));

	wanted = credentials_file_wanted(source);
	if (ok && !import->dry_run && wanted > 0) {
		char question[QUESTION_BYTES];
		bool yes = cli->json;

		(void)snprintf(question, sizeof(question), "Import %zu key%s?", wanted,
			       wanted == 1 ? "" : "s");
		ok = (yes || ask_confirm(cli, question, true, &yes, err)) &&
		     (yes || error_set(err, ERROR_DECLINED, "nothing was imported"));
		for (size_t i = 0; ok && i < source->count; i++) {
			const struct attributes *a = &source->items[i].attributes;
			json_t *key = NULL;

			if (source->items[i].skip[0])
				continue;
			ok = key_add_store(cli, a, true, &key, err);
			if (ok && json_array_append(imported, key) != 0)
				ok = error_set(err, ERROR_MEMORY, "out of memory");
			json_decref(key);
			if (!ok) {
				error_profile(err, a->name);
				error_detail(err, "%zu of %zu keys were imported before that.",
					     json_array_size(imported), wanted);
			}
		}
	}
	if (ok && cli->json)
		ok = import_print_json(cli, source, import->dry_run, imported, err);
	else if (ok && !import->dry_run)
		import_print_summary(cli, imported);
	json_decref(imported);
	return ok;
}

bool key_import_keys(struct cli *cli, const struct key_import *import, struct error *err)
{
	const char *prefix = import->prefix ? import->prefix : "", *endpoint;
	struct credentials_file source = CREDENTIALS_FILE_EMPTY;
	struct aws_config config = AWS_CONFIG_EMPTY;
	struct ini file = INI_EMPTY;
	bool ok = (!*prefix || text_check_name("--prefix", prefix, err)) &&
		  (!import->only || text_check_name("name", import->only, err)) &&
		  credentials_request_endpoint(cli, &endpoint, err) &&
		  import_read(cli, import->path, &file, err) && aws_config_read(&config, err) &&
		  credentials_file_read(&file, &config, prefix, &source, err);

	ini_clear(&file);
	if (ok && source.count == 0)
		ok = error_set(err, ERROR_NOT_FOUND, "there is no access key in that file");
	ok = ok && (!import->only || credentials_file_only(&source, import->only, err)) &&
	     import_run(cli, import, &source, err);
	credentials_file_clear(&source);
	aws_config_clear(&config);
	return ok;
}

bool key_import_offer(struct cli *cli, struct error *err)
{
	const struct key_import import = {.path = NULL};
	char question[OFFER_BYTES], path[PATH_MAX], shown[SHOWN];
	struct buf text = BUF_INIT(INI_FILE_MAX);
	struct ini ini = INI_EMPTY;
	bool found, yes = false;
	struct error why;
	size_t n = 0;

	if (cli->json || !ask_has_terminal(cli))
		return true;
	/* A file that is missing or cannot be read has no keys to offer. */
	found = paths_aws_credentials(path, &why) && file_read(path, INI_FILE_MAX, &text, &why) &&
		ini_parse(path, INI_CREDENTIALS, buf_text(&text), text.len, &ini, &why);
	for (size_t i = 0; found && i < ini.count; i++) {
		const struct ini_section *s = &ini.sections[i];

		n += (s->kind == INI_PROFILE || s->kind == INI_DEFAULT) &&
		     ini_get(&ini, s->kind, s->name, "aws_secret_access_key", NULL);
	}
	ini_clear(&ini);
	buf_clear(&text);
	if (n == 0)
		return true;
	out_path(path, shown, sizeof(shown));
	(void)snprintf(question, sizeof(question),
		       "\nFound %zu key%s in plaintext in %s. Import %s now?", n, n == 1 ? "" : "s",
		       shown, n == 1 ? "it" : "them");
	out_flush(&cli->out);
	if (!ask_confirm(cli, question, true, &yes, err))
		return false;
	return !yes || key_import_keys(cli, &import, err);
}
