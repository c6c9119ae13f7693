/* SPDX-License-Identifier: MIT */
#include "cli/ui/ageing.h"
#include "cli/vault/agent_call.h"
#include "cli/profile/attributes.h"
#include "cli/ui/context.h"
#include "cli/rotate/hook.h"
#include "cli/show/key_row.h"
#include "cli/ui/say.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_edit.h"
#include "vault/wire/tables/msg_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool edit_has(const struct cli *cli, const char *name)
{
	return option_times(&cli->options, name) > 0;
}

static bool edit_check_together(const struct cli *cli, struct error *err)
{
	if (edit_has(cli, "require-mfa") && edit_has(cli, "no-require-mfa"))
		return error_set(err, ERROR_USAGE,
				 "--require-mfa and --no-require-mfa exclude each other");
	if (edit_has(cli, "hook") && edit_has(cli, "no-hooks"))
		return error_set(err, ERROR_USAGE, "--hook and --no-hooks exclude each other");
	if (edit_has(cli, "mfa-serial") || edit_has(cli, "require-mfa") ||
	    edit_has(cli, "no-require-mfa") || edit_has(cli, "region") ||
	    edit_has(cli, "max-age") || edit_has(cli, "note") || edit_has(cli, "retire") ||
	    edit_has(cli, "hook") || edit_has(cli, "no-hooks"))
		return true;
	error_set(err, ERROR_USAGE, "which attribute of the key is to change?");
	error_detail(err,
		     "--mfa-serial ARN|none, --require-mfa, --no-require-mfa, --region R|none,\n"
		     "--max-age 90d|never|default, --note TEXT,\n"
		     "--retire deactivate|delete|when-idle=30d|default, --hook CMD…, --no-hooks");
	return error_hint(err, "credvault help edit");
}

/* Also what a message holds must first be what a key may have; `attributes` keeps it. */
static bool edit_set_attributes(const struct cli *cli, struct attributes *attributes,
				struct msg_edit *args, struct error *err)
{
	const char *serial = option_text(&cli->options, "mfa-serial");
	const char *region = option_text(&cli->options, "region");
	const char *note = option_text(&cli->options, "note");

	if ((serial && !attributes_set_mfa(attributes, serial, err)) ||
	    (region && strcmp(region, "none") != 0 &&
	     !attributes_set_region(attributes, region, err)) ||
	    (note && !attributes_set_note(attributes, note, err)))
		return false;
	args->given.mfa_serial = serial;
	args->mfa_serial = attributes->mfa_serial;
	args->given.mfa_required = edit_has(cli, "require-mfa") || edit_has(cli, "no-require-mfa");
	args->mfa_required = edit_has(cli, "require-mfa");
	args->given.region = region;
	args->region = attributes->region;
	args->given.note = note;
	args->note = note;
	return true;
}

static bool edit_set_ageing(const struct cli *cli, struct msg_edit *args, struct error *err)
{
	const char *age = option_text(&cli->options, "max-age");
	const char *retire = option_text(&cli->options, "retire");

	args->given.max_age_s = age;
	args->max_age_s = -1;
	if (age && strcmp(age, "default") != 0 && !ageing_parse_age(age, &args->max_age_s, err))
		return false;
	args->given.retire = retire;
	return !retire || strcmp(retire, "default") == 0 ||
	       ageing_parse_retire(retire, &args->retire, &args->idle_s, err);
}

/* The commands lie in *hooks, the caller's. */
static bool edit_set_hooks(const struct cli *cli, struct msg_edit *args, struct field_list *hooks,
			   struct error *err)
{
	args->given.hooks = edit_has(cli, "hook") || edit_has(cli, "no-hooks");
	if (!edit_has(cli, "hook"))
		return true;
	if (!hook_options(&cli->options, hooks, err))
		return false;
	args->hooks = *hooks;
	return true;
}

static void edit_print_line(struct out *out, const char *what, const char *before,
			    const char *after)
{
	if (strcmp(before, after) == 0)
		return;
	out_printf(out, "  %-12s", what);
	out_text(out, before);
	out_printf(out, " → ");
	out_text(out, after);
	out_printf(out, "\n");
}

static void edit_age_of(const struct msg_key *key, char out[static AGEING_TEXT_BYTES])
{
	if (key->max_age_days < 0)
		(void)snprintf(out, AGEING_TEXT_BYTES, "never");
	else
		(void)snprintf(out, AGEING_TEXT_BYTES, "%lldd", (long long)key->max_age_days);
}

static bool edit_is_same(const char *before, const char *after)
{
	return strcmp(key_row_text(before), key_row_text(after)) == 0;
}

static bool edit_looks_same(const struct msg_key *before, const struct msg_key *after)
{
	return edit_is_same(before->mfa_serial, after->mfa_serial) &&
	       before->mfa_required == after->mfa_required &&
	       edit_is_same(before->region, after->region) &&
	       before->max_age_days == after->max_age_days &&
	       edit_is_same(before->note, after->note) && before->retire == after->retire &&
	       before->idle_s == after->idle_s &&
	       json_equal(before->hooks.value, after->hooks.value);
}

static void edit_print(struct cli *cli, const char *name, const struct msg_key *before,
		       const struct msg_key *after)
{
	const char *yes[] = {"no", "yes"};
	char from[AGEING_TEXT_BYTES], to[AGEING_TEXT_BYTES];
	const json_t *hooks = after->hooks.value, *hook;
	struct out *out = &cli->out;
	size_t i;

	if (edit_looks_same(before, after)) {
		say_note(cli, "%s is so already.", name);
		return;
	}
	out_printf(out, "Changed %s:\n", name);
	edit_print_line(out, "mfa-serial", key_row_text(before->mfa_serial),
			key_row_text(after->mfa_serial));
	edit_print_line(out, "require-mfa", yes[before->mfa_required], yes[after->mfa_required]);
	edit_print_line(out, "region", key_row_text(before->region), key_row_text(after->region));
	edit_age_of(before, from);
	edit_age_of(after, to);
	edit_print_line(out, "max-age", from, to);
	edit_print_line(out, "note", key_row_text(before->note), key_row_text(after->note));
	ageing_retire(before->retire, before->idle_s, from);
	ageing_retire(after->retire, after->idle_s, to);
	edit_print_line(out, "retire", from, to);
	if (json_equal(before->hooks.value, hooks))
		return;
	if (json_array_size(hooks) == 0)
		out_printf(out, "  hooks       none any more\n");
	json_array_foreach(hooks, i, hook)
	{
		out_printf(out, "  hook        ");
		out_text(out, json_string_value(hook));
		out_printf(out, "\n");
	}
}

/* All but region and note is the owner's to change. */
static bool edit_is_proved(const struct msg_edit *args)
{
	return args->given.mfa_serial || args->given.mfa_required || args->given.max_age_s ||
	       args->given.retire || args->given.hooks;
}

static bool run(struct cli *cli, struct error *err)
{
	const char *name = cli_arg(cli, 0);
	struct msg_edit args = {.name = name};
	struct agent_watch watch = {.proves = false};
	struct field_list hooks = {.at = NULL};
	struct attributes attributes;
	json_t *before = NULL, *after = NULL;
	struct msg_key was = {.name = NULL}, is = {.name = NULL};
	bool ok;

	if (!text_check_name("name", name, err))
		return false;
	cli->profile = name;
	attributes_init(&attributes);
	ok = edit_check_together(cli, err) && edit_set_attributes(cli, &attributes, &args, err) &&
	     edit_set_ageing(cli, &args, err) && edit_set_hooks(cli, &args, &hooks, err);
	if (!ok)
		goto out;
	watch.proves = edit_is_proved(&args);
	ok = agent_call(cli, "show", MESSAGE(msg_name, &(struct msg_name){name}), NULL, &before,
			err) &&
	     agent_call(cli, "edit", MESSAGE(msg_edit, &args), &watch, &after, err) &&
	     fields_read_answer(&msg_key_whole, before, &was, err) &&
	     fields_read_answer(&msg_key_whole, after, &is, err);
	if (ok && cli->json)
		out_json(&cli->out, after);
	else if (ok)
		edit_print(cli, name, &was, &is);
	else
		(void)key_row_failed(name, err);
out:
	json_decref(before);
	json_decref(after);
	attributes_clear(&attributes);
	free(hooks.at);
	return ok;
}

static const struct option own_options[] = {
    {.name = "mfa-serial",
     .argument = "ARN|none",
     .help = "the MFA device; known, every session is made with it"},
    {.name = "require-mfa", .help = "never hand out anything that was made without MFA"},
    {.name = "no-require-mfa", .help = "no more; asks for the passphrase"},
    {.name = "max-age",
     .argument = "90d|never|default",
     .help = "when the key is overdue for rotation"},
    {.name = "note", .argument = "TEXT", .help = "for people; shown by `show`; \"\": none"},
    {.name = "retire",
     .argument = "WHAT",
     .help = "old keys: deactivate, delete, when-idle=DURATION, or default"},
    {.name = "hook",
     .argument = "CMD",
     .help = "give each new key to this program; in place of all hooks before"},
    {.name = "no-hooks", .help = "to none any more; asks for the passphrase"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"the CI's copy of the key is replaced with it",
     "credvault edit ci --hook ~/bin/put-ci-secret"},
    {"rotated each month, old keys deleted at once",
     "credvault edit ci --max-age 30d --retire delete"},
    {"nothing without MFA any more", "credvault edit prod --require-mfa"},
    {NULL, NULL},
};

const struct command command_edit = {
    .name = "edit",
    .summary = "change what the vault knows of a key",
    .usage = "NAME [--mfa-serial ARN|none] [--require-mfa|--no-require-mfa] [--region R|none]\n"
	     "NAME … [--max-age 90d|never|default] [--note TEXT]\n"
	     "NAME … [--retire WHAT] [--hook CMD…|--no-hooks]",
    .about =
	"The key itself stays; a new one comes by `rotate` or `add --replace`. All but region\n"
	"and note want the passphrase, also while unlocked.",
    .options = own_options,
    .examples = examples,
    .args = "names",
    .least = 1,
    .most = 1,
    .needs = NEEDS_VAULT,
    .run = run,
};
