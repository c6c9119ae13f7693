/* SPDX-License-Identifier: MIT */
#include "cli/vault/agent_call.h"
#include "cli/vault/backup_folder.h"
#include "cli/vault/header_change.h"
#include "cli/vault/new_passphrase.h"
#include "cli/ui/context.h"
#include "cli/vault/key_path.h"
#include "cli/vault/agent_start.h"
#include "cli/ui/progress.h"
#include "cli/ui/say.h"
#include "cli/show/slot_row.h"
#include "cli/ui/tty.h"
#include "cli/vault/unlock.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/seal/header/header_edit.h"
#include "vault/seal/header/recovery_code.h"

#include <stdio.h>
#include <string.h>

/* The change that a run makes, and what came of it. */
struct slot_change {
	const char *word; /**< the operand: a kind, or an id */
	const char *path; /**< of the key file to be made */
	bool made_file;
	bool code_shown;
	struct secret code; /**< as text, with its NUL */
	struct slot slot;   /**< added or removed */
};

static bool slot_list(struct cli *cli, struct error *err)
{
	struct buf bytes = BUF_INIT(HEADER_BYTES_MAX);
	struct header header;
	/* The header comes from an agent, which has verified it: a file may hold anything. */
	bool ok = unlock_agent(cli, err) &&
		  agent_start_header(&cli->agent.client, "public", &bytes, err) == CLIENT_OK &&
		  header_decode(bytes.data, bytes.len, &header, err) &&
		  slot_row_print(cli, &header, err);

	buf_clear(&bytes);
	return ok;
}

static bool slot_add_passphrase(struct cli *cli, const struct open_header *opening,
				struct header *header, uint64_t now, struct error *err)
{
	struct secret passphrase = SECRET_EMPTY;
	struct kdf_cost cost;
	int fd = -1;
	bool ok = option_fd(&cli->options, "new-passphrase-fd", &fd, err) &&
		  new_passphrase_ask(cli, fd, "Another passphrase for the vault", &passphrase, err);

	if (!ok && err->code == ERROR_LOCKED)
		error_hint(err, "credvault slot add passphrase --new-passphrase-fd N");
	ok = ok && new_passphrase_cost(cli, option_text(&cli->options, "kdf-memory"),
				       option_flag(&cli->options, "low-memory"), &cost, err);
	if (ok) {
		progress_show(cli, "Deriving the key …");
		ok = header_add_passphrase(header, &opening->vault_key, &passphrase, &cost, now,
					   err);
		progress_hide(cli);
	}
	secret_clear(&passphrase);
	return ok;
}

/* A person sees the code, and writes it down, before it opens anything. */
static bool slot_add_recovery(struct cli *cli, const struct open_header *opening,
			      struct header *header, uint64_t now, struct slot_change *change,
			      struct error *err)
{
	struct secret code = SECRET_EMPTY;
	bool ok = recovery_code_new(&code, err) &&
		  secret_alloc(&change->code, RECOVERY_CODE_TEXT_BYTES, err);

	if (ok)
		recovery_code_format(&code, (char *)change->code.data);
	ok = ok && header_add_recovery(header, &opening->vault_key, &code, now, err);
	secret_clear(&code);
	change->code_shown = !cli->json && cli->passphrase_came == ASK_TERMINAL;
	return ok && (!change->code_shown || new_passphrase_show_code(cli, &change->code, err));
}

static bool slot_add(struct cli *cli, void *ctx, const struct open_header *opening,
		     struct changed *out, struct error *err)
{
	struct slot_change *change = ctx;
	struct header header = opening->header;
	struct secret key = SECRET_EMPTY;
	uint64_t now = (uint64_t)clock_real_s(cli->clock);
	bool ok;

	if (header.slots_count == SLOTS_MAX)
		return error_set(err, ERROR_FAILED, "a vault has at most %d slots", SLOTS_MAX);
	if (strcmp(change->word, "passphrase") == 0) {
		ok = slot_add_passphrase(cli, opening, &header, now, err);
	} else if (strcmp(change->word, "recovery") == 0) {
		ok = slot_add_recovery(cli, opening, &header, now, change, err);
	} else {
		change->made_file = key_path_make(cli, change->path, &key, err);
		ok = change->made_file &&
		     header_add_key_file(&header, &opening->vault_key, &key, now, err);
		secret_clear(&key);
	}
	if (!ok)
		return false;
	change->slot = header.slots[header.slots_count - 1];
	out->act = MSG_ACT_SLOT;
	(void)snprintf(out->what, sizeof(out->what), "%s added", slot_name(&change->slot));
	return header_change_keep(&header, &opening->vault_key, out, err);
}

static bool slot_remove(struct cli *cli, void *ctx, const struct open_header *opening,
			struct changed *out, struct error *err)
{
	struct slot_change *change = ctx;
	const struct header *header = &opening->header;
	const struct slot *own = &header->slots[opening->slot];
	struct rekeyed_header plan = {.passphrases_count = 0};
	char id[SLOT_ROW_ID_BYTES];
	size_t at = 0;

	if (!header_change_find(header, change->word, &at, err))
		return false;
	change->slot = header->slots[at];
	rekeyed_header_drop(&plan, change->slot.id);
	if (!header_change_dropped(cli, header, &plan, err))
		return false;
	/* The passphrase that was typed just now stays as it is. */
	if (own->type == SLOT_PASSPHRASE && at != opening->slot) {
		memcpy(plan.passphrases[0].replaces, own->id, SEAL_ID_BYTES);
		plan.passphrases[0].passphrase = &opening->typed;
		plan.passphrases[0].cost = header_change_cost(own);
		plan.passphrases[0].created = own->created;
		plan.passphrases_count = 1;
	}
	slot_row_id(&change->slot, id);
	out->act = MSG_ACT_SLOT;
	(void)snprintf(out->what, sizeof(out->what), "%s %s removed", slot_name(&change->slot), id);
	return header_change_rekey(cli, opening, &plan, out, err);
}

static bool slot_tell_json(struct cli *cli, const struct slot_change *change, bool added,
			   struct error *err)
{
	json_t *answer = NULL;
	bool ok = slot_row_json(&change->slot, &answer, err) &&
		  (!added ||
		   (change->code.data ? json_put_text(answer, "recovery_code",
						      (const char *)change->code.data, err)
				      : json_put(answer, "recovery_code", json_null(), err)));

	if (ok)
		out_json(&cli->out, answer);
	json_decref(answer);
	return ok;
}

static bool slot_run_change(struct cli *cli, struct slot_change *change, bool adds,
			    struct error *err)
{
	json_t *ok = NULL;
	char id[SLOT_ROW_ID_BYTES];
	bool done = unlock_changing(cli, adds ? slot_add : slot_remove, change, &ok, err);

	if (!done && err->code == ERROR_INTERRUPTED)
		error_detail(err, "Nothing was changed.");
	/* A file that opens nothing only confuses; where nobody knows whether it does, it stays. */
	if (!done && change->made_file && err->code != ERROR_IO)
		key_path_remove(change->path);
	if (done && cli->json) {
		done = slot_tell_json(cli, change, adds, err);
	} else if (done) {
		slot_row_id(&change->slot, id);
		if (change->code.data && !change->code_shown)
			new_passphrase_print_code(cli, &change->code);
		out_printf(&cli->out, adds ? "Added slot %s: %s.\n" : "Removed slot %s: %s. ", id,
			   slot_name(&change->slot));
		if (!adds) {
			out_printf(&cli->out, "Everything is sealed under new keys.\n");
			say_note(cli, "A copy of the vault from before still opens with it.");
			backup_folder_offer(cli, "open with it");
		}
	}
	secret_clear(&change->code);
	json_decref(ok);
	return done;
}

static bool slot_usage(const struct cli *cli, struct error *err)
{
	error_set(err, ERROR_USAGE, "that is none of the forms of slot");
	return command_usage(cli->command, err);
}

static bool run(struct cli *cli, struct error *err)
{
	const char *verb = cli_arg(cli, 0);
	struct slot_change change = {.word = cli_arg(cli, 1), .path = cli_arg(cli, 2)};
	size_t operands = cli->options.argc;

	if (strcmp(verb, "list") == 0 && operands == 1)
		return slot_list(cli, err);
	if (strcmp(verb, "remove") == 0 && operands == 2)
		return slot_run_change(cli, &change, false, err);
	if (strcmp(verb, "add") != 0 || operands < 2)
		return slot_usage(cli, err);
	if (strcmp(change.word, "key-file") == 0)
		return operands == 3 ? slot_run_change(cli, &change, true, err)
				     : slot_usage(cli, err);
	if ((strcmp(change.word, "passphrase") == 0 || strcmp(change.word, "recovery") == 0) &&
	    operands == 2)
		return slot_run_change(cli, &change, true, err);
	return slot_usage(cli, err);
}

static const struct option options[] = {
    {.name = "new-passphrase-fd",
     .argument = "N",
     .help = "add: read the new passphrase from descriptor N"},
    {.name = "drop-slot",
     .argument = "ID",
     .help = "remove: another passphrase, which is not at hand, is dropped too"},
    {.name = "kdf-memory",
     .argument = "SIZE",
     .help = "what a guess costs (256MiB; else measured)"},
    {.name = "low-memory", .help = "a small machine: 64 MiB a guess, more passes"},
    {.name = NULL},
};

static const char *slot_operand(size_t count, const char *const given[])
{
	bool adds = count > 0 && strcmp(given[0], "add") == 0;

	if (count == 0)
		return "=list add remove";
	if (count == 1 && adds)
		return "=passphrase recovery key-file";
	if (count == 1 && strcmp(given[0], "remove") == 0)
		return "slots";
	return count == 2 && adds && strcmp(given[1], "key-file") == 0 ? "files" : NULL;
}

static const struct example examples[] = {
    {"what opens the vault", "credvault slot list"},
    {"a key file for cron, kept on another disk",
     "credvault slot add key-file /mnt/other/vault.key"},
    {"a new recovery code; the old one stays until it is removed", "credvault slot add recovery"},
    {"what was lost opens nothing any more", "credvault slot remove 4c1f09aa"},
    {NULL, NULL},
};

const struct command command_slot = {
    .name = "slot",
    .summary = "list, add and remove what opens the vault",
    .usage = "list\nadd passphrase | recovery | key-file FILE\nremove ID",
    .about =
	"Each slot is one way in. Adding and removing ask for the passphrase; adding a key file\n"
	"makes FILE. Removing seals everything under new keys, so that what was removed does not\n"
	"open what is written from then on.",
    .options = options,
    .examples = examples,
    .operand = slot_operand,
    .least = 1,
    .most = 3,
    .needs = NEEDS_VAULT,
    .run = run,
};
