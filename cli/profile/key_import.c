/* SPDX-License-Identifier: MIT */
#include "cli/profile/key_import.h"

#include "cli/vault/agent_call.h"
#include "cli/ui/ask.h"
#include "cli/profile/credentials_file.h"
#include "cli/ui/hint.h"
#include "cli/show/key_row.h"
#include "cli/vault/paths.h"
#include "cli/profile/credentials_request.h"
#include "cli/profile/next_steps.h"
#include "cli/ui/say.h"
#include "cli/ui/table.h"
#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_add.h"
#include "vault/wire/tables/msg_key.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { QUESTION_BYTES = 64, OFFER_BYTES = 512, SHOWN = 256 };

/* Reads and parses the file; its path is the AWS credentials file's where none is given. */
static bool import_read(const char *given, char path[static PATH_MAX], struct ini *out,
			struct error *err)
{
	struct buf text = BUF_INIT(INI_FILE_MAX);
	bool ok;

	if (given && strcmp(given, "-") == 0) {
		(void)snprintf(path, PATH_MAX, "standard input");
		ok = file_read_fd(STDIN_FILENO, INI_FILE_MAX, &text, err);
	} else {
		ok = given ? snprintf(path, PATH_MAX, "%s", given) < PATH_MAX ||
				 error_set(err, ERROR_USAGE, "the path is too long")
			   : paths_aws_credentials(path, err);
		ok = ok && file_read(path, INI_FILE_MAX, &text, err);
	}
	ok = ok && ini_parse(path, INI_CREDENTIALS, buf_text(&text), text.len, out, err);
	buf_clear(&text);
	return ok;
}

/* An import in progress. */
struct importing {
	struct cli *cli;
	const struct key_import *options;
	const struct ini *file;
	struct credentials_file source;
	json_t *imported; /* the stored keys, as the agent reports them, … */
	char first[TEXT_NAME_MAX + 1];
	size_t overdue; /* … how many of it are older than … */
	int64_t max_age_days;
	size_t asked;	  /* items before this one were dealt with */
	struct error why; /* why the import was not confirmed */
	bool shown;
};

static const char *import_skip_reason(enum error_code code)
{
	return code == ERROR_EXISTS	? "the vault has it already (--replace)"
	       : code == ERROR_DEAD_KEY ? "AWS says this key is dead"
					: "AWS refuses it";
}

/* Takes the agent's report on the next item; reports come in the order of the items sent. */
static bool import_take_identified(struct importing *importing, const json_t *facts,
				   struct error *err)
{
	struct credentials_file *source = &importing->source;
	struct credentials_file_item *item;
	struct msg_identified said = {.kind = NULL};

	if (!fields_read_answer(&msg_import_identified, facts, &said, err))
		return false;
	while (importing->asked < source->count && !source->items[importing->asked].candidate)
		importing->asked++;
	if (importing->asked == source->count)
		return error_set(err, ERROR_PROTOCOL, "the agent tells of a key that is not known");
	item = &source->items[importing->asked++];
	if (said.code) {
		credentials_file_skip(item, "%s", import_skip_reason(error_from_name(said.code)));
		return true;
	}
	item->facts = json_incref((json_t *)(uintptr_t)facts);
	item->identified = said;
	item->attributes.replace = said.replaces;
	return attributes_set_mfa(&item->attributes, said.mfa_serial ? said.mfa_serial : "", err);
}

static bool import_row(void *ctx, const json_t *row, struct error *err)
{
	struct importing *importing = ctx;
	json_t *imported = json_object_get(row, "imported");
	struct msg_key key = {.name = NULL};

	if (!imported)
		return import_take_identified(importing, json_object_get(row, "identified"), err);
	if (!fields_read_answer(&msg_key, imported, &key, err))
		return false;
	if (!importing->first[0])
		(void)snprintf(importing->first, sizeof(importing->first), "%s", key.name);
	if (key.overdue) {
		importing->overdue++;
		importing->max_age_days = key.max_age_days;
	}
	return json_array_append(importing->imported, imported) == 0 ||
	       error_set(err, ERROR_MEMORY, "out of memory");
}

/*
 * The next portion of keys to be checked or stored; the keys to be stored are the checked ones
 * without those that were left out.
 */
static bool import_keys(const struct importing *importing, const json_t *ask, json_t **answer,
			struct error *err)
{
	const struct credentials_file *source = &importing->source;
	struct msg_import_question question = {.kind = NULL};
	struct msg_import_key keys[MSG_IMPORT_PORTION];
	struct msg_import_keys portion = {.keys = {.at = keys, .stride = sizeof(keys[0])}};
	bool storing;
	int64_t done;

	if (!fields_read_answer(&msg_import_keys_question, ask, &question, err))
		return false;
	storing = question.why && strcmp(question.why, "store") == 0;
	done = question.done;
	for (size_t i = 0; i < source->count && portion.keys.count < MSG_IMPORT_PORTION; i++) {
		const struct credentials_file_item *item = &source->items[i];

		if (!item->candidate || (storing && item->skip[0]) || done-- > 0)
			continue;
		keys[portion.keys.count++] = (struct msg_import_key){
		    .name = item->attributes.name,
		    .access_key_id = item->attributes.access_key_id,
		    .secret_access_key = credentials_file_secret(importing->file, item),
		    .mfa_serial = item->attributes.mfa_serial,
		    .mfa_given = item->attributes.mfa_given,
		    .region = item->attributes.region};
	}
	return fields_to_json(&msg_import_keys, &portion, answer, err);
}

enum { PROFILE, ACCOUNT, USER, KEY, AGE, MFA, WILL };

static bool import_add_row(struct table *table, const struct credentials_file_item *item,
			   int64_t now, struct error *err)
{
	const struct attributes *a = &item->attributes;
	const char *device = strrchr(a->mfa_serial, ':');
	char id[KEY_ROW_BYTES], age[KEY_ROW_BYTES], mfa[KEY_ROW_BYTES],
	    will[CREDENTIALS_FILE_WHY_MAX + 8];
	const char *cells[] = {[PROFILE] = a->name,
			       [ACCOUNT] = key_row_text(item->identified.account_id),
			       [USER] = key_row_text(item->identified.user_name),
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
		(void)snprintf(will, sizeof(will), "%s", a->replace ? "replace" : "import");
	return table_add(table, item->skip[0] ? OUT_DIM : OUT_PLAIN, cells, err);
}

static bool import_print_table(struct cli *cli, const struct credentials_file *source,
			       struct error *err)
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
		ok = import_add_row(&table, &source->items[i], clock_real_s(cli->clock), err);
	if (ok)
		table_print(&table, &cli->out);
	table_clear(&table);
	out_flush(&cli->out);
	return ok;
}

static bool import_confirm(struct importing *importing, struct error *err)
{
	size_t n = credentials_file_wanted(&importing->source);
	struct cli *cli = importing->cli;
	char question[QUESTION_BYTES];
	bool yes = false;

	if (cli->json)
		return true;
	importing->shown = true;
	(void)snprintf(question, sizeof(question), "Import %zu key%s?", n, n == 1 ? "" : "s");
	if (!import_print_table(cli, &importing->source, err) ||
	    !ask_confirm(cli, question, true, &yes, err))
		return false;
	return yes || error_set(err, ERROR_DECLINED, "nothing was imported");
}

static bool import_answer(void *ctx, const json_t *ask, json_t **answer, struct error *err)
{
	struct importing *importing = ctx;
	struct msg_add_answer said = {.go = false};

	if (strcmp(json_text_of(ask, "kind"), "keys") == 0)
		return import_keys(importing, ask, answer, err);
	/* The user's own reason to stop is more precise than the agent's error. */
	said.go = import_confirm(importing, &importing->why);
	return fields_to_json(&msg_add_answer, &said, answer, err);
}

static bool import_send(struct importing *importing, struct error *err)
{
	const struct agent_watch watch = {
	    .row = import_row, .ask = import_answer, .ctx = importing};
	struct msg_import args = {.replace = importing->options->replace,
				  .dry_run = importing->options->dry_run};
	struct credentials_file *source = &importing->source;
	json_t *ok = NULL;
	struct http_proxy proxy;
	bool done;

	for (size_t i = 0; i < source->count; i++)
		source->items[i].candidate = !source->items[i].skip[0];
	if (!credentials_request_endpoint(importing->cli, &args.endpoint, err) ||
	    !credentials_request_proxy(&proxy, err))
		return false;
	args.proxy = proxy.url;
	args.no_proxy = proxy.except;
	done = agent_call(importing->cli, "import", MESSAGE(msg_import, &args), &watch, &ok, err);
	json_decref(ok);
	if (!done && importing->why.code != ERROR_NONE)
		*err = importing->why;
	else if (!done && json_array_size(importing->imported))
		error_detail(err, "%zu of %zu keys were imported before that.",
			     json_array_size(importing->imported), credentials_file_wanted(source));
	return done;
}

/* Appends the row of a skipped key, or with `would` of a key that an import would store. */
static bool import_put_item(const struct credentials_file_item *item, bool would, json_t *list,
			    struct error *err)
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
		     json_put(entry, "replaces", json_boolean(a->replace), err);
	else if (ok)
		ok = json_put_text(entry, "why", item->skip, err);
	ok = ok &&
	     (json_array_append(list, entry) == 0 || error_set(err, ERROR_MEMORY, "out of memory"));
	json_decref(entry);
	return ok;
}

static bool import_print_json(struct cli *cli, const struct credentials_file *source, bool dry,
			      json_t *imported, struct error *err)
{
	json_t *object = json_object(), *skipped = json_array(), *would = json_array();
	bool ok = json_put(object, "imported", json_incref(imported), err);

	for (size_t i = 0; ok && i < source->count; i++) {
		const struct credentials_file_item *item = &source->items[i];

		if (item->skip[0] || dry)
			ok = import_put_item(item, !item->skip[0], item->skip[0] ? skipped : would,
					     err);
	}
	ok = ok && json_put(object, "skipped", json_incref(skipped), err) &&
	     (!dry || json_put(object, "would_import", json_incref(would), err)) &&
	     json_put(object, "dry_run", json_boolean(dry), err);
	if (ok)
		out_json(&cli->out, object);
	json_decref(skipped);
	json_decref(would);
	json_decref(object);
	return ok;
}

/* How it went, and what comes next. */
static void import_print_summary(const struct importing *importing, size_t skipped,
				 const char *path)
{
	const size_t n = json_array_size(importing->imported);
	struct cli *cli = importing->cli;
	char standard[PATH_MAX];
	struct error unused;
	bool outranks;

	out_printf(&cli->out, "Imported %zu key%s.", n, n == 1 ? "" : "s");
	if (skipped)
		out_printf(&cli->out, " Skipped %zu: see above.", skipped);
	out_printf(&cli->out, "\n");
	if (n == 0)
		return;
	out_printf(&cli->out, "%s in plaintext, so treat %s as copied.",
		   n == 1 ? "It lay" : "They lay", n == 1 ? "it" : "them");
	if (importing->overdue)
		out_printf(&cli->out, " %zu %s older than %lld days.", importing->overdue,
			   importing->overdue == 1 ? "is" : "are",
			   (long long)importing->max_age_days);
	out_printf(&cli->out, "\n");
	/* A profile's key lines in the file that the SDKs read outrank a process of the config. */
	outranks = paths_aws_credentials(standard, &unused) && strcmp(path, standard) == 0;
	next_steps_print(cli, importing->first, outranks ? path : NULL, n > 1);
}

/* What is wrong with the file itself, below the result. */
static void import_warn(struct cli *cli, const struct ini *file, const char *path)
{
	char word[SHOWN];
	struct error stray;
	struct stat st;

	if (file->stray.what) {
		ini_problem_tell(&file->stray, path, &stray);
		say_note(cli, "%s", stray.message);
	}
	if (path[0] == '/' && stat(path, &st) == 0 && (st.st_mode & 077) != 0) {
		out_path_word(path, word, sizeof(word));
		say_note(cli, "Others on this machine can read it:   chmod 600 %s", word);
	}
}

static bool import_run(struct importing *importing, const char *path, struct error *err)
{
	const struct credentials_file *source = &importing->source;
	bool dry = importing->options->dry_run;
	struct cli *cli = importing->cli;

	if (!import_send(importing, err) ||
	    (!cli->json && !importing->shown && !import_print_table(cli, source, err)))
		return false;
	if (cli->json)
		return import_print_json(cli, source, dry, importing->imported, err);
	if (!dry)
		import_print_summary(importing, source->count - credentials_file_wanted(source),
				     path);
	return true;
}

/* Sets the error for a file without a key: a part that cannot be read is the likely reason. */
static bool import_no_key(const struct ini *file, const char *path, struct error *err)
{
	const struct ini_problem *problem = file->stray.what ? &file->stray : NULL;

	for (size_t i = 0; !problem && i < file->count; i++) {
		if (file->sections[i].problem.what)
			problem = &file->sections[i].problem;
	}
	return problem ? ini_problem_tell(problem, path, err)
		       : error_set(err, ERROR_NOT_FOUND, "there is no access key in that file");
}

/* Gives keys of profiles without a region the requested one (--region, the environment). */
static bool import_fill_regions(const struct cli *cli, struct credentials_file *source,
				struct error *err)
{
	const char *region;

	if (!credentials_request_region(cli, &region, err))
		return false;
	for (size_t i = 0; region && i < source->count; i++) {
		struct attributes *a = &source->items[i].attributes;

		if (!a->region[0] && !attributes_set_region(a, region, err))
			return false;
	}
	return true;
}

bool key_import_keys(struct cli *cli, const struct key_import *import, struct error *err)
{
	const char *prefix = import->prefix ? import->prefix : "", *endpoint;
	char path[PATH_MAX] = "";
	struct aws_config config = AWS_CONFIG_EMPTY;
	struct ini file = INI_EMPTY;
	struct importing importing = {.cli = cli,
				      .options = import,
				      .file = &file,
				      .source = CREDENTIALS_FILE_EMPTY,
				      .imported = json_array(),
				      .why = ERROR_INIT};
	struct credentials_file *source = &importing.source;
	bool ok = (!*prefix || text_check_name("--prefix", prefix, err)) &&
		  (!import->only || text_check_name("name", import->only, err)) &&
		  credentials_request_endpoint(cli, &endpoint, err) &&
		  import_read(import->path, path, &file, err) && aws_config_read(&config, err) &&
		  credentials_file_read(&file, &config, prefix, source, err) &&
		  import_fill_regions(cli, source, err);

	if (ok && source->count == 0)
		ok = import_no_key(&file, path, err);
	ok = ok && (!import->only || credentials_file_only(source, import->only, err)) &&
	     agent_call_prepare(cli, err) && import_run(&importing, path, err);
	if (ok)
		import_warn(cli, &file, path);
	json_decref(importing.imported);
	credentials_file_clear(source);
	ini_clear(&file);
	aws_config_clear(&config);
	return ok;
}

bool key_import_offer(struct cli *cli, bool *imported, struct error *err)
{
	const struct key_import import = {.path = NULL};
	char question[OFFER_BYTES], path[PATH_MAX], shown[SHOWN];
	struct credentials_file source = CREDENTIALS_FILE_EMPTY;
	struct aws_config config = AWS_CONFIG_EMPTY;
	struct error why = ERROR_INIT;
	bool yes = false;
	size_t n = 0;

	*imported = false;
	if (cli->json || !ask_has_terminal(cli) || !paths_aws_credentials(path, &why))
		return true;
	out_path(path, shown, sizeof(shown));
	if (!aws_config_read(&config, &why) ||
	    !credentials_file_read(&config.credentials, &config, "", &source, &why))
		say_note(cli, "Keys in plaintext were not looked for: %s", why.message);
	else
		n = credentials_file_wanted(&source);
	if (n == 0 && source.count)
		say_note(cli, "No key in %s can be imported; this says why:\n  %s", shown,
			 "credvault import --dry-run");
	credentials_file_clear(&source);
	aws_config_clear(&config);
	if (n == 0)
		return true;
	(void)snprintf(question, sizeof(question),
		       "\nFound %zu key%s in plaintext in %s. Import %s now?", n, n == 1 ? "" : "s",
		       shown, n == 1 ? "it" : "them");
	out_flush(&cli->out);
	if (!ask_confirm(cli, question, true, &yes, err))
		return false;
	*imported = yes;
	return !yes || key_import_keys(cli, &import, err);
}
