/* SPDX-License-Identifier: MIT */
#include "cli/vault/new_vault.h"

#include "cli/show/key_row.h"
#include "cli/ui/hint.h"
#include "cli/ui/progress.h"
#include "cli/ui/say.h"
#include "cli/vault/agent_start.h"
#include "cli/vault/key_path.h"
#include "cli/vault/new_header.h"
#include "cli/vault/new_passphrase.h"
#include "vault/format/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHOWN = 256 };

bool new_vault_check_free(const struct cli *cli, struct error *err)
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

static bool new_vault_make_header(struct cli *cli, const struct new_header_parts *parts,
				  struct new_header *out, struct error *err)
{
	int64_t before = clock_boot_ms(cli->clock), took;
	bool ok;

	progress_show(cli, "Deriving the key …");
	ok = new_header_make(parts, out, err);
	progress_hide(cli);
	if (!ok)
		return false;
	took = (clock_boot_ms(cli->clock) - before + 50) / 100;
	if (!cli->json)
		say_note(cli,
			 "Key derivation: %llu MiB, %llu passes, %lld.%lld s per guess on "
			 "this machine.",
			 (unsigned long long)(parts->cost->memory / KDF_MIB),
			 (unsigned long long)parts->cost->passes, (long long)(took / 10),
			 (long long)(took % 10));
	return true;
}

static bool new_vault_start_agent(struct cli *cli, struct new_header *create, json_t **ok,
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

static bool new_vault_to_json(const struct msg_unlocked *made, const struct secret *code,
			      json_t **answer, struct error *err)
{
	*answer = json_object();
	return json_put_text(*answer, "vault", made->vault, err) &&
	       json_put_text(*answer, "vault_id", made->vault_id, err) &&
	       json_put_text(*answer, "recovery_code", (const char *)code->data, err);
}

static void new_vault_tell(struct cli *cli, const struct msg_unlocked *made,
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

bool new_vault_make(struct cli *cli, const struct new_vault_terms *terms, json_t **answer,
		    struct error *err)
{
	struct secret passphrase = SECRET_EMPTY;
	struct new_header made = NEW_HEADER_EMPTY;
	const struct secret *unseen = NULL;
	struct secret key = SECRET_EMPTY;
	struct msg_unlocked unlocked = {.vault = NULL};
	struct kdf_cost cost;
	json_t *ok = NULL;
	bool made_file, done = new_vault_check_free(cli, err);

	*answer = NULL;
	if (done &&
	    !new_passphrase_ask(cli, -1, "Passphrase for the new vault", &passphrase, err)) {
		done = false;
		if (err->code == ERROR_LOCKED)
			error_hint(err, "credvault %s --passphrase-fd N", cli->command->name);
	}
	done = done && new_passphrase_cost(cli, terms->kdf_memory, terms->low_memory, &cost, err);
	if (done && terms->key_file)
		done = key_path_make(cli, terms->key_file, &key, err);
	made_file = done && key.data;
	done = done && new_vault_make_header(
			   cli,
			   &(struct new_header_parts){.passphrase = &passphrase,
						      .cost = &cost,
						      .key = key.data ? &key : NULL,
						      .with_recovery = !terms->no_recovery,
						      .now = clock_real_s(cli->clock)},
			   &made, err);
	secret_clear(&passphrase);
	if (done && made.recovery_text.data && !cli->json) {
		if (cli->passphrase_came == ASK_NOT_YET)
			done = new_passphrase_show_code(cli, &made.recovery_text, err);
		else
			unseen = &made.recovery_text;
	}
	done = done && new_vault_start_agent(cli, &made, &ok, err) &&
	       fields_read_answer(&msg_unlocked, ok, &unlocked, err);
	if (done && cli->json)
		done = new_vault_to_json(&unlocked, &made.recovery_text, answer, err);
	else if (done)
		new_vault_tell(cli, &unlocked, unseen);
	if (!done && !ok && err->code == ERROR_INTERRUPTED)
		error_detail(err, "Nothing was made.");
	/* A key file that opens nothing only confuses; where the vault was made, it stays. */
	if (made_file && !ok)
		key_path_remove(terms->key_file);
	json_decref(ok);
	new_header_clear(&made);
	secret_clear(&key);
	return done;
}
