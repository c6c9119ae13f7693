/* SPDX-License-Identifier: MIT */
#include "cli/profile/key_import.h"

#include "cli/vault/agent_call.h"
#include "cli/ui/ask.h"
#include "cli/profile/credentials_file.h"
#include "cli/profile/found_keys.h"
#include "cli/profile/import_show.h"
#include "cli/profile/key_source.h"
#include "cli/ui/progress.h"
#include "cli/vault/paths.h"
#include "cli/profile/credentials_request.h"
#include "cli/profile/sts_settings.h"
#include "cli/ui/say.h"
#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/seal/keys.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_add.h"
#include "vault/wire/tables/msg_key.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { QUESTION_BYTES = 64, OFFER_BYTES = 512, SHOWN = 256, PROGRESS_BYTES = 80 };

/* An import in progress. */
struct importing {
	struct cli *cli;
	const struct key_import *options;
	struct found_keys source;
	struct import_sum sum;
	size_t asked;	  /* items before this one were dealt with */
	struct error why; /* why the import was not confirmed */
	bool shown, confirmed;
};

static const char *import_skip_reason(enum error_code code)
{
	return code == ERROR_EXISTS	? "the vault has it already (--replace)"
	       : code == ERROR_DEAD_KEY ? "AWS says this key is dead"
					: "AWS refuses it";
}

/* A line about the work, which for thousands of keys takes minutes. */
static void import_tell_progress(const struct importing *importing, const char *did, size_t done)
{
	char line[PROGRESS_BYTES];

	(void)snprintf(line, sizeof(line), "%s key %zu of %zu …", did, done,
		       importing->source.count);
	progress_show(importing->cli, line);
}

/* Takes the agent's report on the next item; reports come in the order of the items sent. */
static bool import_take_identified(struct importing *importing, const json_t *facts,
				   struct error *err)
{
	struct found_keys *source = &importing->source;
	struct found_key *item;
	struct msg_identified said = {.kind = NULL};

	if (!fields_read_answer(&msg_import_identified, facts, &said, err))
		return false;
	while (importing->asked < source->count && !source->items[importing->asked].candidate)
		importing->asked++;
	if (importing->asked == source->count)
		return error_set(err, ERROR_PROTOCOL, "the agent tells of a key that is not known");
	item = &source->items[importing->asked++];
	import_tell_progress(importing, "Asked AWS about", importing->asked);
	if (said.code) {
		found_keys_skip(item, "%s", import_skip_reason(error_from_name(said.code)));
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
	import_tell_progress(importing, "Stored", json_array_size(importing->sum.imported) + 1);
	if (!importing->sum.first[0])
		(void)snprintf(importing->sum.first, sizeof(importing->sum.first), "%s", key.name);
	if (importing->options->guest)
		importing->options->guest->has(importing->options->guest->ctx, &key);
	if (key.overdue) {
		importing->sum.overdue++;
		importing->sum.max_age_days = key.max_age_days;
	}
	return json_array_append(importing->sum.imported, imported) == 0 ||
	       error_set(err, ERROR_MEMORY, "out of memory");
}

/*
 * The next portion of keys to be checked or stored; the keys to be stored are the checked ones
 * without those that were left out.
 */
static bool import_keys(const struct importing *importing, const json_t *ask, json_t **answer,
			struct error *err)
{
	const struct found_keys *source = &importing->source;
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
		const struct found_key *item = &source->items[i];

		if (!item->candidate || (storing && item->skip[0]) || done-- > 0)
			continue;
		keys[portion.keys.count++] = (struct msg_import_key){
		    .name = item->attributes.name,
		    .access_key_id = item->attributes.access_key_id,
		    .secret_access_key = buf_text(&item->secret),
		    .mfa_serial = item->attributes.mfa_serial,
		    .mfa_given = item->attributes.mfa_given,
		    .region = item->attributes.region};
	}
	return fields_to_json(&msg_import_keys, &portion, answer, err);
}

/* Tells the guest which keys stay out of the vault. */
static void import_tell_guest(const struct importing *importing)
{
	const struct key_import_guest *guest = importing->options->guest;

	for (size_t i = 0; guest && i < importing->source.count; i++) {
		const struct found_key *item = &importing->source.items[i];

		if (item->skip[0])
			guest->skips(guest->ctx, item->profile, item->skip);
	}
}

static bool import_confirm(struct importing *importing, struct error *err)
{
	const struct key_import_guest *guest = importing->options->guest;
	size_t n = found_keys_wanted(&importing->source);
	struct cli *cli = importing->cli;
	char question[QUESTION_BYTES];
	bool yes = false;

	if (cli->json && !guest)
		return true;
	progress_hide(cli);
	import_tell_guest(importing);
	importing->shown = true;
	if (guest) {
		if ((!cli->json && !import_show_table(cli, &importing->source, err)) ||
		    !guest->confirm(guest->ctx, &yes, err))
			return false;
		return yes || error_set(err, ERROR_DECLINED, "nothing was imported");
	}
	(void)snprintf(question, sizeof(question), "Import %zu key%s%s?", n, n == 1 ? "" : "s",
		       importing->sum.scrubs ? " and take them out of the file" : "");
	if (!import_show_table(cli, &importing->source, err) ||
	    !ask_confirm(cli, question, true, &yes, err))
		return false;
	importing->confirmed = yes;
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
	struct found_keys *source = &importing->source;
	json_t *ok = NULL;
	struct http_proxy proxy;
	bool done;

	for (size_t i = 0; i < source->count; i++)
		source->items[i].candidate = !source->items[i].skip[0];
	if (!sts_settings_endpoint(importing->cli, &args.endpoint, err) ||
	    !credentials_request_proxy(&proxy, err))
		return false;
	args.proxy = proxy.url;
	args.no_proxy = proxy.except;
	done = agent_call(importing->cli, "import", MESSAGE(msg_import, &args), &watch, &ok, err);
	json_decref(ok);
	progress_hide(importing->cli);
	if (!done && importing->why.code != ERROR_NONE)
		*err = importing->why;
	else if (!done && json_array_size(importing->sum.imported))
		error_detail(err, "%zu of %zu keys were imported before that.",
			     json_array_size(importing->sum.imported), found_keys_wanted(source));
	return done;
}

/* The vault's keys by their ids, each by one of its names. */
static bool import_take_name(void *ctx, const json_t *row, struct error *err)
{
	struct msg_key key = {.name = NULL};

	if (!fields_read_answer(&msg_key, row, &key, err))
		return false;
	return json_object_get(ctx, key.access_key_id) ||
	       (json_object_set_new(ctx, key.access_key_id, json_string(key.name)) == 0 ||
		error_set(err, ERROR_MEMORY, "out of memory"));
}

/* Notes which keys the vault has by another name. */
static bool import_note_names(struct importing *importing, struct error *err)
{
	json_t *held = json_object(), *ok = NULL;
	const struct agent_watch watch = {.row = import_take_name, .ctx = held};
	bool done = held && agent_call(importing->cli, "list", NULL, &watch, &ok, err);

	for (size_t i = 0; done && i < importing->source.count; i++) {
		struct found_key *item = &importing->source.items[i];
		const char *name = json_text_of(held, item->attributes.access_key_id);

		if (*name && !item->same_as[0] && strcmp(name, item->attributes.name) != 0)
			(void)snprintf(item->same_as, sizeof(item->same_as), "%s", name);
	}
	json_decref(ok);
	json_decref(held);
	return done;
}

/* Takes the keys out of the file. Where nothing was imported, nothing was asked either. */
static bool import_scrub(struct importing *importing, struct error *err)
{
	const char *path = importing->sum.place->path;
	struct cli *cli = importing->cli;
	char question[OFFER_BYTES], shown[SHOWN];
	bool yes = importing->confirmed || cli->json;

	out_path(path, shown, sizeof(shown));
	(void)snprintf(question, sizeof(question),
		       "Take the keys that the vault has already out of %s?", shown);
	if (!yes && !ask_confirm(cli, question, true, &yes, err))
		return false;
	if (!yes)
		return error_set(err, ERROR_DECLINED, "the file stays as it is");
	return importing->options->scrub->run(cli, path, &importing->source, &importing->sum, err);
}

static bool import_run(struct importing *importing, struct error *err)
{
	struct found_keys *source = &importing->source;
	bool dry = importing->options->dry_run;
	struct cli *cli = importing->cli;

	if (!import_send(importing, err) ||
	    (!cli->json && !importing->shown && !import_show_table(cli, source, err)))
		return false;
	import_tell_guest(importing);
	if (importing->options->guest)
		return true;
	if (importing->sum.scrubs && !dry && !import_scrub(importing, err))
		return false;
	if (cli->json)
		return import_show_json(cli, source, dry, &importing->sum, err);
	importing->sum.skipped = source->count - found_keys_wanted(source);
	if (!dry)
		import_show_summary(cli, source, &importing->sum);
	return true;
}

/* Gives keys of profiles without a region the requested one (--region, the environment). */
static bool import_fill_regions(const struct cli *cli, struct found_keys *source, struct error *err)
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

/* Only a credentials file has lines that others may take the place of. */
static bool import_check_scrub(struct cli *cli, const struct key_import *import,
			       const struct key_source *place, struct error *err)
{
	if (!import->scrub)
		return true;
	if (place->kind == KEY_SOURCE_CREDENTIALS && !place->from_stdin)
		return import->scrub->check(cli, place->path, err);
	return error_set(err, ERROR_USAGE,
			 "--scrub is for a credentials file; a CSV or JSON file "
			 "is removed when its keys are in the vault");
}

bool key_import_keys(struct cli *cli, const struct key_import *import, struct error *err)
{
	struct aws_config config = AWS_CONFIG_EMPTY;
	struct key_source place = KEY_SOURCE_EMPTY;
	struct importing importing = {
	    .cli = cli,
	    .options = import,
	    .source = {.config = &config, .prefix = import->prefix, .name = import->only},
	    .sum = {.imported = json_array(), .place = &place, .scrubs = import->scrub},
	    .why = ERROR_INIT};
	struct found_keys *source = &importing.source;
	struct keys kept = {0};
	const char *endpoint;
	bool ok = (!import->prefix || !*import->prefix ||
		   text_check_name("--prefix", import->prefix, err)) &&
		  (!import->only || text_check_name("name", import->only, err)) &&
		  sts_settings_endpoint(cli, &endpoint, err) && aws_config_read(&config, err) &&
		  (import->guest ? import->guest->find(import->guest->ctx, source, err)
				 : key_source_choose(import->from, import->path, &place, err) &&
				       import_check_scrub(cli, import, &place, err) &&
				       key_source_read(cli, &place, source, err)) &&
		  import_fill_regions(cli, source, err);

	if (import->scrub)
		cli->agent.kept = &kept;
	ok = ok && (!import->only || found_keys_only(source, import->only, err)) &&
	     found_keys_judge(source, err) && agent_call_prepare(cli, err) &&
	     import_note_names(&importing, err) && import_run(&importing, err);
	if (ok && !import->guest)
		key_source_warn(cli, &place);
	if (cli->agent.kept == &kept)
		cli->agent.kept = NULL;
	keys_clear(&kept);
	json_decref(importing.sum.imported);
	found_keys_clear(source);
	key_source_clear(&place);
	aws_config_clear(&config);
	return ok;
}

bool key_import_offer(struct cli *cli, bool *imported, struct error *err)
{
	const struct key_import import = {.path = NULL};
	char question[OFFER_BYTES], path[PATH_MAX], shown[SHOWN];
	struct aws_config config = AWS_CONFIG_EMPTY;
	struct found_keys source = {.config = &config};
	struct error why = ERROR_INIT;
	bool yes = false;
	size_t n = 0;

	*imported = false;
	if (cli->json || !ask_has_terminal(cli) || !paths_aws_credentials(path, &why))
		return true;
	out_path(path, shown, sizeof(shown));
	if (!aws_config_read(&config, &why) ||
	    !credentials_file_read(&config.credentials, &source, &why) ||
	    !found_keys_judge(&source, &why))
		say_note(cli, "Keys in plaintext were not looked for: %s", why.message);
	else
		n = found_keys_wanted(&source);
	if (n == 0 && source.count)
		say_note(cli, "No key in %s can be imported; this says why:\n  %s", shown,
			 "credvault import --dry-run");
	found_keys_clear(&source);
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
