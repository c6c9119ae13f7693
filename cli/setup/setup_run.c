/* SPDX-License-Identifier: MIT */
#include "cli/setup/setup_run.h"

#include "cli/profile/key_import.h"
#include "cli/setup/process_line.h"
#include "cli/setup/setup_apply.h"
#include "cli/setup/setup_edit.h"
#include "cli/setup/setup_plan.h"
#include "cli/setup/setup_show.h"
#include "cli/ui/ask.h"
#include "cli/ui/hint.h"
#include "cli/ui/progress.h"
#include "cli/ui/say.h"
#include "cli/vault/agent_call.h"
#include "cli/vault/attest.h"
#include "cli/vault/new_vault.h"
#include "cli/vault/paths.h"
#include "cli/vault/reopen.h"
#include "cli/vault/vault_folder.h"
#include "vault/format/json.h"
#include "vault/seal/keys.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SHOWN = 256, SAID_MAX = 2 * PATH_MAX + 512, FILES_BYTES = 600 };

/* A run of setup. */
struct setup {
	struct cli *cli;
	const struct setup_terms *terms;
	struct setup_plan plan;
	char program[PROCESS_LINE_PROGRAM_BYTES];
	json_t *keys;	  /* the vault's: name -> access key id */
	json_t *made;	  /* what `init` would have printed, of a vault made in this run; or NULL */
	json_t *imported; /* names */
	bool acts;	  /* files may change */
	bool only_import; /* the person wants the keys in the vault and the files as they are */
	bool agreed;
};

static bool no_memory(struct error *err)
{
	return error_set(err, ERROR_MEMORY, "out of memory");
}

static bool setup_put_key(struct setup *setup, const char *name, const char *id, struct error *err)
{
	return json_object_set_new(setup->keys, name, json_string(id)) == 0 || no_memory(err);
}

static bool setup_see_key(void *ctx, const json_t *row, struct error *err)
{
	struct setup *setup = ctx;
	const char *name, *id;

	return json_need_text(row, "name", TEXT_NAME_MAX, &name, err) &&
	       json_need_text(row, "access_key_id", ARN_ACCESS_KEY_ID_MAX, &id, err) &&
	       setup_put_key(setup, name, id, err);
}

/* Which keys the vault has. */
static bool setup_list_keys(struct setup *setup, struct error *err)
{
	const struct agent_watch watch = {.row = setup_see_key, .ctx = setup};
	json_t *ok = NULL;
	bool done = agent_call(setup->cli, "list", NULL, &watch, &ok, err);

	json_decref(ok);
	return done;
}

/* Finds the vault, or makes it where this run may. *there: it is there now. */
static bool setup_find_vault(struct setup *setup, bool *there, struct error *err)
{
	const struct new_vault_terms terms = {.no_recovery = setup->terms->no_recovery,
					      .low_memory = setup->terms->low_memory};
	struct cli *cli = setup->cli;
	char shown[SHOWN];
	struct stat st;

	*there = false;
	if (!setup->acts) {
		struct error why = ERROR_INIT;

		if (!paths_find(cli, &why)) {
			if (why.code == ERROR_NOT_FOUND)
				return true;
			*err = why;
			return false;
		}
	} else if (!paths_make(cli, err)) {
		return false;
	}
	*there = lstat(cli->vault, &st) == 0 || errno != ENOENT;
	if (*there || !setup->acts)
		return true;
	if (!vault_folder_check(cli, err))
		return false;
	out_path(cli->vault, shown, sizeof(shown));
	if (!cli->json)
		say_note(cli, "This makes a vault at %s.\nNothing leaves this machine.\n", shown);
	*there = new_vault_make(cli, &terms, &setup->made, err);
	return *there;
}

/* --- the keys come in ------------------------------------------------------------------------- */

static bool setup_find(void *ctx, struct found_keys *keys, struct error *err)
{
	const struct setup *setup = ctx;

	return setup_plan_find_keys(&setup->plan, keys, err);
}

/* A key that AWS does not know, or that cannot be stored: its lines stay. */
static void setup_skips(void *ctx, const char *name, const char *why)
{
	struct setup *setup = ctx;
	struct setup_profile *profile = setup_plan_find(&setup->plan, name);

	if (profile && profile->will == SETUP_IMPORT)
		setup_plan_refuse(profile, why);
}

static void setup_has(void *ctx, const struct msg_key *key)
{
	struct setup *setup = ctx;
	struct error unused;

	if (setup_put_key(setup, key->name, key->access_key_id, &unused))
		(void)json_array_append_new(setup->imported, json_string(key->name));
}

/* A paragraph, broken where the terminal ends. */
static void setup_say(struct setup *setup, size_t indent, const char *fmt, ...) CV_PRINTF(3, 4);
static void setup_say(struct setup *setup, size_t indent, const char *fmt, ...)
{
	struct out *out = &setup->cli->out;
	size_t mark = out_mark(out);
	char text[SAID_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	for (char *line = text, *end; line; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		out_text(out, line);
		out_printf(out, "\n");
	}
	out_wrap(out, mark, indent);
}

/* The roles that change, and what stays as it is without a key in it. */
static void setup_tell_others(struct setup *setup)
{
	const struct setup_plan *plan = &setup->plan;
	char names[SAID_MAX - 128] = "";
	size_t roles = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct setup_profile *profile = &plan->profiles[i];

		if (profile->will != SETUP_KEEP && profile->moves_role) {
			text_append(names, sizeof(names), "%s%s", roles++ ? ", " : "",
				    profile->name);
		}
	}
	if (roles)
		setup_say(setup, 2, "%zu role profile%s change%s the same way: %s", roles,
			  roles == 1 ? "" : "s", roles == 1 ? "s" : "", names);
	for (size_t i = 0; i < plan->count; i++) {
		const struct setup_profile *profile = &plan->profiles[i];

		if (profile->will == SETUP_KEEP && !profile->has_key && !profile->is_bare)
			setup_say(setup, 2, "%s stays as it is: %s", profile->name, profile->why);
	}
}

/* What will happen to the files, in a line or two. */
static void setup_tell_files(struct setup *setup)
{
	char files[FILES_BYTES];

	setup_show_files(&setup->plan, files, sizeof(files));
	if (!files[0])
		return;
	setup_say(setup, 0, "Key lines become one line each, so that every SDK goes on working:");
	setup_say(setup, 4, "    credential_process = %s process NAME", setup->program);
	setup_say(setup, 2, "Files that change: %s", files);
}

/* "d", "y", "n": shows the diff as often as it is wanted. */
static bool setup_ask(struct setup *setup, bool importing, struct error *err)
{
	struct cli *cli = setup->cli;
	bool ok = true;

	setup->agreed = cli->yes;
	if (cli->yes)
		return true;
	if (!ask_has_terminal(cli)) {
		error_set(err, ERROR_DECLINED, "nobody can be asked whether to go on");
		error_detail(err, "Nothing was changed.");
		return error_hint(err, "credvault setup --apply --yes");
	}
	setup_say(setup, 0, "See the diff: d    Go: y    %s: n",
		  importing ? "Import but leave the files alone" : "Leave everything as it is");
	for (;;) {
		struct buf answer = BUF_INIT(ASK_LINE_MAX);
		char word;

		out_flush(&cli->out);
		ok = ask_line(cli, "[d/y/n] ", "y", &answer, err);
		word = ok ? buf_text(&answer)[0] : '\0';
		buf_clear(&answer);
		if (!ok)
			return false;
		if (word == 'd' || word == 'D') {
			if (!setup_show_diff(cli, &setup->plan, err))
				return false;
		} else if (word == 'y' || word == 'Y') {
			setup->agreed = true;
			return true;
		} else if (word == 'n' || word == 'N') {
			setup->only_import = importing;
			return true;
		}
	}
}

static bool setup_confirm_import(void *ctx, bool *go, struct error *err)
{
	struct setup *setup = ctx;

	*go = false;
	/* Without the keys that stay out, the roles that begin at them stay as they are, too. */
	if (!setup_plan_judge(&setup->plan, err) || !setup_edit_make(&setup->plan, err))
		return false;
	if (!setup->cli->json) {
		setup_tell_others(setup);
		setup_tell_files(setup);
	}
	if (!setup->agreed && !setup->only_import && !setup_ask(setup, true, err))
		return false;
	*go = true;
	return true;
}

/* Takes in what is to be taken in; afterwards the plan knows what is in the vault. */
static bool setup_take_keys(struct setup *setup, struct error *err)
{
	const struct key_import_guest guest = {.find = setup_find,
					       .skips = setup_skips,
					       .confirm = setup_confirm_import,
					       .has = setup_has,
					       .ctx = setup};
	const struct key_import import = {.guest = &guest};
	bool any = false;

	for (size_t i = 0; i < setup->plan.count; i++)
		any = any || setup->plan.profiles[i].will == SETUP_IMPORT;
	if (any && !key_import_keys(setup->cli, &import, err))
		return false;
	setup->plan.keys_are_final = true;
	return setup_plan_judge(&setup->plan, err);
}

/* --- the files change ------------------------------------------------------------------------- */

static bool setup_print_json(struct setup *setup, bool applied, struct error *err)
{
	json_t *object = NULL;
	bool ok = setup_show_json(&setup->plan, applied, setup->terms->diff, &object, err) &&
		  json_put(object, "imported", json_incref(setup->imported), err) &&
		  (!setup->made || json_put(object, "made", json_incref(setup->made), err));

	if (ok)
		out_json(&setup->cli->out, object);
	json_decref(object);
	return ok;
}

/* The keys that are in the files as before. */
static void setup_tell_clear(struct setup *setup)
{
	const struct setup_plan *plan = &setup->plan;
	bool any = false;

	for (size_t i = 0; i < plan->count; i++) {
		const struct setup_profile *profile = &plan->profiles[i];

		if (profile->will != SETUP_KEEP || !profile->has_key)
			continue;
		if (!any)
			setup_say(setup, 2,
				  "Still in clear in the files (a key that is dead or has ended: "
				  "take its lines out):");
		any = true;
		setup_say(setup, 4, "  %s   %s", profile->name, profile->why);
	}
}

/* What a credential_process line does not do, and what comes next. */
static void setup_tell_next(struct setup *setup, const char *files)
{
	const size_t n = json_array_size(setup->imported);
	char vault[HINT_OPTION_BYTES], imported[SHOWN] = "";

	hint_option(setup->cli, vault);
	if (n)
		(void)snprintf(imported, sizeof(imported), "Imported %zu key%s. ", n,
			       n == 1 ? "" : "s");
	if (files[0])
		setup_say(setup, 2, "%sRewrote %s; undo: credvault setup%s --undo", imported, files,
			  vault);
	else
		setup_say(setup, 2, "%sThe files stay as they are.", imported);
	if (n) {
		setup_say(
		    setup, 0,
		    "%s in plaintext, so treat %s as copied: backups, editors' swap files and "
		    "git history may still hold the old lines.",
		    n == 1 ? "It lay" : "They lay", n == 1 ? "it" : "them");
		setup_say(setup, 9, "  next   credvault rotate%s --all   new keys; the old ones go",
			  vault);
		setup_say(setup, 9, "  also   credvault scan   finds what lies in clear");
	}
	if (!files[0])
		return;
	setup_tell_clear(setup);
	setup_say(setup, 0,
		  "What reads the files itself does not run a credential_process: programs "
		  "that call SharedIniFileCredentials (SDK for JavaScript v2), tools with a "
		  "parser of their own. They get a file: credvault exec PROFILE "
		  "--credentials-file -- COMMAND");
}

/*
 * Whether the vault's file holds every secret whose lines are about to go, as a fresh agent shows
 * that reads it again. A profile whose secret it does not hold stays as it is.
 */
static bool setup_attest(struct setup *setup, struct error *err)
{
	struct setup_plan *plan = &setup->plan;
	struct attest_key *keys = calloc(plan->count + 1, sizeof(*keys));
	struct setup_profile **whose = calloc(plan->count + 1, sizeof(struct setup_profile *));
	size_t count = 0;
	bool ok = keys && whose ? true : no_memory(err), all = true;

	for (size_t i = 0; ok && i < plan->count; i++) {
		struct setup_profile *profile = &plan->profiles[i];
		const char *secret;

		if (!setup_plan_key(plan, profile, &secret))
			continue;
		whose[count] = profile;
		keys[count++] = (struct attest_key){.name = profile->name,
						    .access_key_id = profile->id,
						    .secret = secret,
						    .secret_len = strlen(secret)};
	}
	if (ok && count) {
		ok = agent_call_prepare(setup->cli, err);
		if (ok)
			progress_show(setup->cli,
				      "Opening the vault again, to see what it holds …");
		ok = ok && reopen_vault(setup->cli, err) &&
		     attest_keys(setup->cli, keys, count, err);
		progress_hide(setup->cli);
	}
	for (size_t i = 0; ok && i < count; i++) {
		all = all && keys[i].held;
		if (!keys[i].held)
			setup_plan_refuse(whose[i], "the vault holds another secret by this id");
	}
	free(keys);
	free(whose);
	return ok && (all || (setup_plan_judge(plan, err) && setup_edit_make(plan, err)));
}

static bool setup_changes(const struct setup *setup)
{
	return setup_file_changes(&setup->plan.config) ||
	       setup_file_changes(&setup->plan.credentials);
}

/* Every profile and why it stays; a person whose files have none learns where keys come from. */
static bool setup_tell_nothing(struct setup *setup, struct error *err)
{
	char config[SHOWN], credentials[SHOWN], vault[HINT_OPTION_BYTES];

	if (setup->plan.count) {
		if (!setup_show_table(setup->cli, &setup->plan, err))
			return false;
		setup_say(setup, 0, "Nothing to change.");
		return true;
	}
	hint_option(setup->cli, vault);
	out_path(setup->plan.config.given, config, sizeof(config));
	out_path(setup->plan.credentials.given, credentials, sizeof(credentials));
	setup_say(setup, 2, "Nothing to change: neither %s nor %s has a profile.", credentials,
		  config);
	setup_say(setup, 9, "  next   credvault add%s NAME   a key by hand", vault);
	return true;
}

static bool setup_finish(struct setup *setup, struct error *err)
{
	struct cli *cli = setup->cli;
	/* The config file first: until the key lines go, they are what programs use. */
	struct setup_file *const files_of[] = {&setup->plan.config, &setup->plan.credentials};
	char files[FILES_BYTES] = "";
	bool changes;

	if (!setup_edit_make(&setup->plan, err))
		return false;
	changes = setup_changes(setup);
	if (changes && !setup->agreed && !setup->only_import) {
		if (!cli->json) {
			if (!setup_show_table(cli, &setup->plan, err))
				return false;
			setup_tell_files(setup);
		}
		if (!setup_ask(setup, false, err))
			return false;
		if (!setup->agreed)
			return error_set(err, ERROR_DECLINED, "nothing was changed");
	}
	if (changes && setup->agreed) {
		bool held = setup_attest(setup, err);

		/* Lines are counted in the old texts, which are gone once the files are written. */
		setup_show_files(&setup->plan, files, sizeof(files));
		if (!held || !setup_apply_write(cli, files_of, 2, err)) {
			if (json_array_size(setup->imported))
				error_detail(err, "The keys are in the vault all the same.");
			return false;
		}
		changes = setup_changes(setup);
	}
	if (cli->json)
		return setup_print_json(setup, changes && setup->agreed, err);
	if (!changes) {
		return setup_tell_nothing(setup, err);
	}
	setup_tell_next(setup, setup->agreed ? files : "");
	return true;
}

static bool setup_only_show(struct setup *setup, struct error *err)
{
	struct cli *cli = setup->cli;
	char files[FILES_BYTES];

	if (!setup_edit_make(&setup->plan, err))
		return false;
	if (cli->json)
		return setup_print_json(setup, false, err);
	if (setup->terms->diff)
		return setup_show_diff(cli, &setup->plan, err);
	setup_show_files(&setup->plan, files, sizeof(files));
	if (!files[0])
		return setup_tell_nothing(setup, err);
	if (!setup_show_table(cli, &setup->plan, err))
		return false;
	setup_say(setup, 2,
		  "Would change %s.\n  see    credvault setup --diff\n"
		  "  do it  credvault setup --apply",
		  files);
	return true;
}

/* Each name that was given is a profile of the files or a key of the vault. */
static bool setup_check_names(const struct setup *setup, struct error *err)
{
	const struct setup_plan *plan = &setup->plan;
	char shown[SHOWN];

	for (size_t i = 0; i < setup->terms->count; i++) {
		const char *name = setup->terms->names[i];
		bool known = json_object_get(setup->keys, name);

		for (size_t j = 0; !known && j < plan->names_count; j++)
			known = strcmp(plan->names[j], name) == 0;
		if (known)
			continue;
		text_escape_into(name, shown, sizeof(shown));
		error_set(err, ERROR_NOT_FOUND, "neither the files nor the vault have a profile %s",
			  shown);
		return error_hint(err, "credvault list --profiles");
	}
	return true;
}

static bool setup_act(struct setup *setup, struct error *err)
{
	const struct setup_terms *terms = setup->terms;
	struct cli *cli = setup->cli;
	bool there;

	setup->acts = !terms->diff &&
		      (terms->apply || cli->yes || (ask_has_terminal(cli) && !cli->json));
	/* A file that cannot be changed is told before a vault is made. */
	if (!setup_plan_open(&setup->plan, setup->acts, err) ||
	    (terms->count && !setup_plan_choose(&setup->plan, terms->names, terms->count, err)) ||
	    !setup_find_vault(setup, &there, err) ||
	    !process_line_program(cli, setup->program, err) ||
	    (there && !setup_list_keys(setup, err)) || !setup_check_names(setup, err))
		return false;
	setup->plan.keys = setup->keys;
	setup->plan.program = setup->program;
	if (!setup_plan_judge(&setup->plan, err))
		return false;
	if (!setup->acts)
		return setup_only_show(setup, err);
	return setup_take_keys(setup, err) && setup_finish(setup, err);
}

bool setup_run(struct cli *cli, const struct setup_terms *terms, struct error *err)
{
	struct setup setup = {
	    .cli = cli, .terms = terms, .keys = json_object(), .imported = json_array()};
	struct keys kept = {0};
	bool ok;

	/* They open the vault again before lines of keys go. */
	cli->agent.kept = &kept;
	ok = setup.keys && setup.imported ? setup_act(&setup, err) : no_memory(err);
	cli->agent.kept = NULL;
	keys_clear(&kept);

	/* The recovery code is printed whatever came of the rest. */
	if (!ok && setup.made)
		out_json(&cli->out, setup.made);
	setup_plan_close(&setup.plan);
	json_decref(setup.keys);
	json_decref(setup.made);
	json_decref(setup.imported);
	return ok;
}
