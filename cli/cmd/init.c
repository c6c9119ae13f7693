/* SPDX-License-Identifier: MIT */
#include "cli/vault/new_passphrase.h"
#include "cli/ui/context.h"
#include "cli/vault/new_header.h"
#include "cli/ui/hint.h"
#include "cli/vault/key_path.h"
#include "cli/vault/agent_start.h"
#include "cli/profile/authorities_file.h"
#include "cli/profile/key_import.h"
#include "cli/profile/next_steps.h"
#include "cli/vault/paths.h"
#include "cli/show/key_row.h"
#include "cli/ui/progress.h"
#include "cli/ui/say.h"
#include "cli/vault/vault_folder.h"
#include "vault/format/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHOWN = 256 };

static bool init_check_free(const struct cli *cli, struct error *err)
{
	char shown[SHOWN];
	struct stat st;

	if (lstat(cli->vault, &st) != 0 && errno == ENOENT)
		return true;
	out_path(cli->vault, shown, sizeof(shown));
	error_set(err, ERROR_EXISTS, "there is something at %s already", shown);
	error_detail(err, "Nothing was changed.");
	return error_hint(err, "credvault --vault FILE init   (another one)");
}

static bool init_make_header(struct cli *cli, const struct secret *passphrase,
			     const struct kdf_cost *cost, const struct secret *key,
			     struct new_header *out, struct error *err)
{
	int64_t before = clock_boot_ms(cli->clock), took;
	bool ok;

	progress_show(cli, "Deriving the key …");
	ok = new_header_make(
	    &(struct new_header_parts){.passphrase = passphrase,
				       .cost = cost,
				       .key = key->data ? key : NULL,
				       .with_recovery = !option_flag(&cli->options, "no-recovery"),
				       .now = clock_real_s(cli->clock)},
	    out, err);
	progress_hide(cli);
	if (!ok)
		return false;
	took = (clock_boot_ms(cli->clock) - before + 50) / 100;
	if (!cli->json)
		say_note(cli,
			 "Key derivation: %llu MiB, %llu passes, %lld.%lld s per guess on "
			 "this machine.",
			 (unsigned long long)(cost->memory / KDF_MIB),
			 (unsigned long long)cost->passes, (long long)(took / 10),
			 (long long)(took % 10));
	return true;
}

static bool init_start_agent(struct cli *cli, struct new_header *create, json_t **ok,
			     struct error *err)
{
	const struct agent_start_terms terms = {.keys = &create->keys,
						.how = "passphrase",
						.resident = !cli->once,
						.header = &create->header};
	struct client client = CLIENT_EMPTY;
	int lock = -1;
	bool done = agent_start_lock(cli, &lock, err) && agent_start_spawn(cli, &client, err) &&
		    agent_start_unlock(&client, &terms, ok, err) == CLIENT_OK;

	if (done)
		agent_start_adopt(cli, &client, &terms, *ok);
	client_close(&client);
	if (lock >= 0)
		(void)close(lock);
	return done;
}

static bool init_tell_json(struct cli *cli, const struct msg_unlocked *made,
			   const struct secret *code, struct error *err)
{
	json_t *answer = json_object();
	bool done = json_put_text(answer, "vault", made->vault, err) &&
		    json_put_text(answer, "vault_id", made->vault_id, err) &&
		    json_put_text(answer, "recovery_code", (const char *)code->data, err);

	if (done)
		out_json(&cli->out, answer);
	json_decref(answer);
	return done;
}

static void init_tell(struct cli *cli, const struct msg_unlocked *made,
		      const struct secret *unseen_code)
{
	char until[OUT_WHEN_BYTES], vault[HINT_OPTION_BYTES];

	if (!key_row_when(made->lock_at, clock_real_s(cli->clock), until))
		(void)snprintf(until, sizeof(until), "it is locked");
	hint_option(cli, vault);
	if (unseen_code)
		new_passphrase_print_code(cli, unseen_code);
	if (cli->once)
		out_printf(&cli->out,
			   "Made the vault; it is locked (unlock: credvault unlock%s).\n", vault);
	else
		out_printf(&cli->out,
			   "Made the vault; it is unlocked until %s (lock: credvault lock%s).\n",
			   until, vault);
}

/* What a person does with a vault that is empty. */
static void init_tell_next(struct cli *cli)
{
	char vault[HINT_OPTION_BYTES];

	hint_option(cli, vault);
	out_printf(&cli->out,
		   "  first  credvault add%s NAME   or all of a file: credvault import%s FILE\n",
		   vault, vault);
	next_steps_print(cli, "NAME", NULL, false);
}

/* The caller holds the lock, so that nobody else makes or unlocks the vault at the same time. */
static bool init_create(struct cli *cli, struct error *err)
{
	const struct options *o = &cli->options;
	struct secret passphrase = SECRET_EMPTY;
	struct new_header made = NEW_HEADER_EMPTY;
	const struct secret *unseen = NULL;
	struct secret key = SECRET_EMPTY;
	struct msg_unlocked unlocked = {.vault = NULL};
	struct kdf_cost cost;
	json_t *ok = NULL;
	bool made_file, done = init_check_free(cli, err);

	if (done &&
	    !new_passphrase_ask(cli, -1, "Passphrase for the new vault", &passphrase, err)) {
		done = false;
		if (err->code == ERROR_LOCKED)
			error_hint(err, "credvault init --passphrase-fd N");
	}
	done = done && new_passphrase_cost(cli, option_text(o, "kdf-memory"),
					   option_flag(o, "low-memory"), &cost, err);
	/* A file is made where the option is given; the environment's one is to open a vault. */
	if (done && option_times(o, "key-file") > 0)
		done = key_path_make(cli, option_text(o, "key-file"), &key, err);
	made_file = done && key.data;
	done = done && init_make_header(cli, &passphrase, &cost, &key, &made, err);
	secret_clear(&passphrase);
	if (done && made.recovery_text.data && !cli->json) {
		if (cli->passphrase_came == ASK_NOT_YET)
			done = new_passphrase_show_code(cli, &made.recovery_text, err);
		else
			unseen = &made.recovery_text;
	}
	done = done && init_start_agent(cli, &made, &ok, err) &&
	       fields_read_answer(&msg_unlocked, ok, &unlocked, err);
	if (done && cli->json)
		done = init_tell_json(cli, &unlocked, &made.recovery_text, err);
	else if (done)
		init_tell(cli, &unlocked, unseen);
	if (!done && !ok && err->code == ERROR_INTERRUPTED)
		error_detail(err, "Nothing was made.");
	/* A key file that opens nothing only confuses; where the vault was made, it stays. */
	if (made_file && !ok)
		key_path_remove(option_text(o, "key-file"));
	json_decref(ok);
	new_header_clear(&made);
	secret_clear(&key);
	return done;
}

static bool init_seal_authorities(struct cli *cli, const struct authorities_file *file,
				  struct error *err)
{
	if (!file->path[0])
		return true;
	if (file->count == 0) {
		authorities_file_tell(cli, file);
		return true;
	}
	if (!authorities_file_seal(cli, file, err))
		return error_detail(err, "The vault is made all the same.");
	authorities_file_tell(cli, file);
	return true;
}

static bool run(struct cli *cli, struct error *err)
{
	struct authorities_file authorities = AUTHORITIES_FILE_EMPTY;
	const char *bundle = option_text(&cli->options, "ca-bundle");
	char shown[SHOWN];
	bool ok, imported;

	/* A file that cannot be sealed is told before a vault is made. */
	if (bundle && !authorities_file_read(bundle, &authorities, err)) {
		authorities_file_clear(&authorities);
		return false;
	}
	if (!paths_make(cli, err) || !init_check_free(cli, err) || !vault_folder_check(cli, err))
		return false;
	out_path(cli->vault, shown, sizeof(shown));
	if (!cli->json)
		say_note(cli, "This makes a vault at %s.\nNothing leaves this machine.\n", shown);
	ok = init_create(cli, err) && init_seal_authorities(cli, &authorities, err);
	authorities_file_clear(&authorities);
	if (!ok || !key_import_offer(cli, &imported, err))
		return false;
	if (!imported && cli->out.terminal && !cli->json)
		init_tell_next(cli);
	return true;
}

static const struct option options[] = {
    {.name = "no-recovery", .help = "no recovery code: without the passphrase all is lost"},
    {.name = "kdf-memory",
     .argument = "SIZE",
     .help = "what a guess costs (256MiB; else measured)"},
    {.name = "ca-bundle",
     .argument = "FILE",
     .help = "trust the authorities of FILE besides the system's (config)"},
    {.name = "low-memory", .help = "a small machine: 64 MiB a guess, more passes"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"make the vault; it asks for a passphrase, or makes one", "credvault init"},
    {"a second vault", "credvault --vault ~/team/vault.db init"},
    {"with a key file for cron and services", "credvault init --key-file /mnt/other/vault.key"},
    {"without a terminal", "credvault init --json --passphrase-fd 3 3</run/secrets/passphrase"},
    {NULL, NULL},
};

const struct command command_init = {
    .name = "init",
    .summary = "make a vault and leave it unlocked",
    .usage =
	"[--no-recovery] [--key-file FILE] [--kdf-memory SIZE] [--low-memory] [--ca-bundle FILE]",
    .about =
	"The passphrase has at least 12 characters; Enter has one made. The recovery code is\n"
	"shown once and opens the vault when the passphrase is gone. --key-file makes FILE, which\n"
	"opens the vault without a person. A vault that is there is never overwritten, and a new\n"
	"one gets a folder of its own.",
    .options = options,
    .examples = examples,
    .needs = NEEDS_MEMORY,
    .run = run,
};
