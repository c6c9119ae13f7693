/* SPDX-License-Identifier: MIT */
#include "cli/profile/authorities_file.h"
#include "cli/ui/askpass.h"
#include "cli/ui/ageing.h"
#include "cli/vault/agent_call.h"
#include "cli/vault/backup_folder.h"
#include "cli/vault/prove.h"
#include "cli/ui/context.h"
#include "cli/ui/say.h"
#include "cli/ui/table.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_config.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { SHOWN_BYTES = 64 };

enum kind { DURATION, AGE, RETIRE, SWITCH, PROGRAM, FILE_OF_AUTHORITIES, FOLDER };

#define SAID(member_, shown_)                                                             \
	offsetof(struct msg_config, member_), offsetof(struct msg_config, given.member_), \
	    offsetof(struct msg_settings, shown_)

static const struct setting {
	const char *key;
	enum kind kind;
	size_t said, given; /**< where it is in the arguments … */
	size_t shown;	    /**< … and in the answer */
	const char *what;
} settings[] = {
    {"idle", DURATION, SAID(idle_s, idle),
     "keys are locked again when nothing used them for so long"},
    {"for", DURATION, SAID(limit_s, limit), "everything is locked so long after an unlock"},
    {"lock-on-sleep", SWITCH, SAID(lock_on_sleep, lock_on_sleep),
     "everything is locked when the machine sleeps"},
    {"max-age", AGE, SAID(max_age_s, max_age), "keys without their own are overdue after this"},
    {"lead", DURATION, SAID(lead_s, lead), "due so long before that, at most a tenth of it"},
    {"retire", RETIRE, SAID(retire, retire), "what becomes of old keys"},
    {"grace", DURATION, SAID(grace_s, grace), "how long an old key stays, switched off"},
    {"log-keep", DURATION, SAID(log_keep_s, log_keep),
     "`log --prune` removes what is older than this"},
    {"askpass", PROGRAM, SAID(askpass, askpass),
     "root's program that asks for MFA codes where there is no terminal"},
    {"ca-bundle", FILE_OF_AUTHORITIES, SAID(ca_bundle, ca_bundle),
     "authorities of certificates, besides the system's"},
    {"backup-to", FOLDER, SAID(backup_to, backup_to),
     "a backup is made there before a rotation; the last ten are kept"},
};
enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

static const struct setting *setting_find(const char *key, struct error *err)
{
	const char *names[SETTINGS + 1] = {NULL}, *near;
	char shown[SHOWN_BYTES];

	for (size_t i = 0; i < SETTINGS; i++) {
		names[i] = settings[i].key;
		if (strcmp(settings[i].key, key) == 0)
			return &settings[i];
	}
	text_escape_into(key, shown, sizeof(shown));
	near = option_nearest(key, names);
	error_set(err, ERROR_USAGE, "there is no setting \"%s\"%s%s%s", shown,
		  near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	error_hint(err, "credvault config");
	return NULL;
}

static bool setting_set(const struct setting *setting, const char *value, struct msg_config *args,
			struct error *err)
{
	bool is_default = strcmp(value, "default") == 0, given = true;
	char resolved[PATH_MAX];
	int64_t seconds = -1;

	memcpy((char *)args + setting->given, &given, sizeof(given));
	switch (setting->kind) {
	case DURATION:
	case AGE:
		if (!is_default &&
		    !(setting->kind == AGE ? ageing_parse_age(value, &seconds, err)
					   : text_parse_duration(value, &seconds, err)))
			return false;
		memcpy((char *)args + setting->said, &seconds, sizeof(seconds));
		return true;
	case RETIRE:
		return is_default ||
		       ageing_parse_retire(value, &args->retire, &args->retire_idle_s, err);
	case SWITCH:
		if (!is_default && strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
			return error_set(err, ERROR_USAGE, "%s is on or off", setting->key);
		args->lock_on_sleep = strcmp(value, "off") != 0;
		return true;
	case PROGRAM:
		args->askpass = is_default || strcmp(value, "none") == 0 ? NULL : value;
		if (strlen(value) > MSG_PROGRAM_MAX)
			return error_set(err, ERROR_USAGE, "that path is too long");
		return !args->askpass || askpass_resolve(value, resolved, err);
	case FILE_OF_AUTHORITIES:
	case FOLDER: return true;
	}
	return false;
}

/* Reads the file that is to be sealed; what the system trusts already changes nothing. */
static bool bundle_read(const char *value, struct authorities_file *file, struct msg_config *args,
			struct error *err)
{
	if (strcmp(value, "default") == 0 || strcmp(value, "none") == 0)
		return true;
	if (!authorities_file_read(value, file, err))
		return false;
	args->given.ca_bundle = file->count > 0;
	args->ca_bundle = (struct msg_ca_bundle){file->path, buf_text(&file->pem)};
	return true;
}

/* A directory for backups: it is there, and nobody else may write in it. */
static bool folder_resolve(const struct cli *cli, const char *value, char folder[static PATH_MAX],
			   struct msg_config *args, struct error *err)
{
	if (strcmp(value, "default") == 0 || strcmp(value, "none") == 0)
		return true;
	if (!backup_folder_check(cli, value, folder, err))
		return false;
	args->backup_to = folder;
	return true;
}

/* The sealed authorities hold, not the file: a person who has changed it is told. */
static void bundle_compare(struct cli *cli, const struct msg_setting *sealed)
{
	char word[PATH_MAX];

	if (sealed->is_default || !authorities_file_differs(sealed->value, sealed->sha256))
		return;
	out_path_word(sealed->value, word, sizeof(word));
	say_note(cli,
		 "The file of ca-bundle differs from what is sealed: credvault config "
		 "ca-bundle %s",
		 word);
}

static const struct msg_setting *setting_of(const struct msg_settings *all,
					    const struct setting *setting)
{
	return (const void *)((const unsigned char *)all + setting->shown);
}

static bool config_print_table(struct cli *cli, const struct msg_settings *all, struct error *err)
{
	static const char *const titles[] = {"KEY", "VALUE", "", "WHAT", NULL};
	static const struct table_step steps[] = {
	    {TABLE_WRAP, 3, 28}, {TABLE_FOLD, 3, 0}, {TABLE_END, 0, 0}};
	static const struct table_layout layout = {titles, steps, NULL};
	struct table table = TABLE_EMPTY;
	bool ok = table_init(&table, &layout, err);

	for (size_t i = 0; ok && i < SETTINGS; i++) {
		const struct msg_setting *one = setting_of(all, &settings[i]);
		const char *cells[] = {settings[i].key, one->value,
				       one->is_default ? "default" : "", settings[i].what};

		ok = table_add(&table, OUT_PLAIN, cells, err);
	}
	if (ok)
		table_print(&table, &cli->out);
	table_clear(&table);
	return ok;
}

/* {"config":{…}} with all settings, or with one alone. */
static bool config_print_json(struct cli *cli, const struct setting *setting, json_t *config,
			      struct error *err)
{
	json_t *answer = json_object(), *one = json_object();
	bool ok = !setting || json_put(one, setting->key,
				       json_incref(json_object_get(config, setting->key)), err);

	ok = ok && json_put(answer, "config", json_incref(setting ? one : config), err);
	if (ok)
		out_json(&cli->out, answer);
	json_decref(one);
	json_decref(answer);
	return ok;
}

/* Of the other settings the agent alone knows whether a new value locks later. */
static bool config_is_proved(const struct msg_config *args)
{
	return args->given.max_age_s || args->given.grace_s || args->given.retire ||
	       args->given.ca_bundle || args->given.askpass ||
	       (args->given.lock_on_sleep && !args->lock_on_sleep);
}

static bool run(struct cli *cli, struct error *err)
{
	const char *key = cli_arg(cli, 0), *value = cli_arg(cli, 1);
	const struct setting *setting = key ? setting_find(key, err) : NULL;
	struct msg_config args = {.lock_on_sleep = true};
	struct msg_settings all = {.idle = {.value = NULL}};
	struct authorities_file file = AUTHORITIES_FILE_EMPTY;
	struct agent_watch watch = {.proves = false};
	char folder[PATH_MAX];
	bool done;
	json_t *ok = NULL;

	if (key && !setting)
		return false;
	if (value && !setting_set(setting, value, &args, err))
		return false;
	if (value && setting->kind == FILE_OF_AUTHORITIES &&
	    !bundle_read(value, &file, &args, err)) {
		authorities_file_clear(&file);
		return false;
	}
	if (value && setting->kind == FOLDER && !folder_resolve(cli, value, folder, &args, err))
		return false;
	watch.proves = config_is_proved(&args) || (value && prove_is_given(cli));
	done = agent_call(cli, "config", MESSAGE(msg_config, &args), &watch, &ok, err) &&
	       fields_read_answer(&msg_settings, ok, &all, err);
	if (done && cli->json)
		done = config_print_json(cli, setting, json_object_get(ok, "config"), err);
	else if (done && file.path[0])
		authorities_file_tell(cli, &file);
	else if (done && value)
		say_note(cli, "%s is %s.", key, setting_of(&all, setting)->value);
	else if (done && key)
		out_printf(&cli->out, "%s\n", setting_of(&all, setting)->value);
	else if (done)
		done = config_print_table(cli, &all, err);
	if (done && (!key || setting->kind == FILE_OF_AUTHORITIES))
		bundle_compare(cli, &all.ca_bundle);
	authorities_file_clear(&file);
	json_decref(ok);
	return done;
}

static const char *config_operand(size_t count, const char *const given[])
{
	if (count == 0)
		return "=idle for lock-on-sleep max-age lead retire grace log-keep askpass "
		       "ca-bundle backup-to";
	return strcmp(given[0], "lock-on-sleep") == 0 ? "=on off default"
	       : strcmp(given[0], "ca-bundle") == 0 || strcmp(given[0], "askpass") == 0 ||
		       strcmp(given[0], "backup-to") == 0
		   ? "files"
	       : strcmp(given[0], "retire") == 0 ? "=deactivate delete default"
						 : "=default";
}

static const struct example examples[] = {
    {"all settings", "credvault config"},
    {"one of them, for a script", "credvault config max-age"},
    {"keys are overdue after two months", "credvault config max-age 60d"},
    {"as it was at first", "credvault config max-age default"},
    {"a backup before each rotation", "credvault config backup-to ~/backups"},
    {"trust a company's proxy", "credvault config ca-bundle /etc/ssl/company.pem"},
    {NULL, NULL},
};

const struct command command_config = {
    .name = "config",
    .summary = "show and change the vault's settings",
    .usage = "[KEY [VALUE|default]]",
    .about =
	"KEY is idle, for, lock-on-sleep, max-age, lead, retire, grace, log-keep, askpass,\n"
	"ca-bundle or backup-to. The settings are sealed in the vault and hold at once, but where\n"
	"`unlock --idle` or `--for` said otherwise. "
	"What locks\n"
	"later, and every change of max-age, retire and grace, wants the passphrase, also\n"
	"while unlocked.\n"
	"\n"
	"askpass PROGRAM asks for MFA codes where there is no terminal and no CREDVAULT_ASKPASS: "
	"a\n"
	"program of root's, which is given the question and prints the code. It is never asked\n"
	"for a passphrase.\n"
	"\n"
	"ca-bundle FILE seals the authorities of FILE (PEM) that the system does not have, 24 KiB\n"
	"at most: those of a proxy that inspects TLS, which sees what AWS answers, new keys\n"
	"included. A file that only AWS_CA_BUNDLE or ca_bundle names is not trusted. It wants the\n"
	"passphrase.\n"
	"\n"
	"backup-to DIR has `rotate` write a backup there before it changes anything, and keeps "
	"the\n"
	"last ten.",
    .examples = examples,
    .operand = config_operand,
    .least = 0,
    .most = 2,
    .needs = NEEDS_VAULT,
    .run = run,
};
