/* SPDX-License-Identifier: MIT */
#include "cli/vault/agent_call.h"
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

/* What one run is about, and what came of it. */
struct doing {
	const char *word; /**< the operand: a kind, or an id */
	const char *path; /**< of the key file to be made */
	bool made_file;
	bool code_shown;
	struct secret code; /**< as text, with its NUL */
	struct slot slot;   /**< added or removed */
};

static bool list(struct cli *cli, struct error *err)
{
	struct buf bytes = BUF_INIT(HEADER_BYTES_MAX);
	struct header header;
	/*
	 * From an agent, which has verified it: what lies in a file nobody has opened may be
	 * anything.
	 */
	bool ok = unlock_agent(cli, err) &&
		  agent_start_header(&cli->agent.client, "public", &bytes, err) == CLIENT_OK &&
		  header_decode(bytes.data, bytes.len, &header, err) &&
		  slot_row_print(cli, &header, err);

	buf_clear(&bytes);
	return ok;
}

static bool add_passphrase(struct cli *cli, const struct open_header *opening,
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

/* A person writes it down before it is good for anything. */
static bool add_recovery(struct cli *cli, const struct open_header *opening, struct header *header,
			 uint64_t now, struct doing *doing, struct error *err)
{
	struct secret code = SECRET_EMPTY;
	bool ok = recovery_code_new(&code, err) &&
		  secret_alloc(&doing->code, RECOVERY_CODE_TEXT_BYTES, err);

	if (ok)
		recovery_code_format(&code, (char *)doing->code.data);
	ok = ok && header_add_recovery(header, &opening->vault_key, &code, now, err);
	secret_clear(&code);
	doing->code_shown = !cli->json && cli->passphrase_came == ASK_TERMINAL;
	return ok && (!doing->code_shown || new_passphrase_show_code(cli, &doing->code, err));
}

static bool add_key_file(struct cli *cli, const struct open_header *opening, struct header *header,
			 uint64_t now, struct doing *doing, struct error *err)
{
	struct secret key = SECRET_EMPTY;
	bool ok = key_path_make(cli, doing->path, &key, err);

	doing->made_file = ok;
	ok = ok && header_add_key_file(header, &opening->vault_key, &key, now, err);
	secret_clear(&key);
	return ok;
}

static bool add(struct cli *cli, void *ctx, const struct open_header *opening, struct changed *out,
		struct error *err)
{
	struct doing *doing = ctx;
	struct header header = opening->header;
	uint64_t now = (uint64_t)clock_real_s(cli->clock);
	bool ok;

	if (header.slots_count == SLOTS_MAX)
		return error_set(err, ERROR_FAILED, "a vault has at most %d slots", SLOTS_MAX);
	if (strcmp(doing->word, "passphrase") == 0)
		ok = add_passphrase(cli, opening, &header, now, err);
	else if (strcmp(doing->word, "recovery") == 0)
		ok = add_recovery(cli, opening, &header, now, doing, err);
	else
		ok = add_key_file(cli, opening, &header, now, doing, err);
	if (!ok)
		return false;
	doing->slot = header.slots[header.slots_count - 1];
	out->act = "slot";
	(void)snprintf(out->what, sizeof(out->what), "%s added", slot_name(&doing->slot));
	return header_change_keep(&header, &opening->vault_key, out, err);
}

static bool remove_slot(struct cli *cli, void *ctx, const struct open_header *opening,
			struct changed *out, struct error *err)
{
	struct doing *doing = ctx;
	const struct header *header = &opening->header;
	const struct slot *own = &header->slots[opening->slot];
	struct rekeyed_header plan = {.passphrases_count = 0};
	char id[SLOT_ROW_ID_BYTES];
	size_t at = 0;

	if (!header_change_find(header, doing->word, &at, err))
		return false;
	doing->slot = header->slots[at];
	rekeyed_header_drop(&plan, doing->slot.id);
	if (!header_change_dropped(cli, header, &plan, err))
		return false;
	/* The one that was typed just now stays as it is. */
	if (own->type == SLOT_PASSPHRASE && at != opening->slot) {
		memcpy(plan.passphrases[0].replaces, own->id, SEAL_ID_BYTES);
		plan.passphrases[0].passphrase = &opening->typed;
		plan.passphrases[0].cost = header_change_cost(own);
		plan.passphrases[0].created = own->created;
		plan.passphrases_count = 1;
	}
	slot_row_id(&doing->slot, id);
	out->act = "slot";
	(void)snprintf(out->what, sizeof(out->what), "%s %s removed", slot_name(&doing->slot), id);
	return header_change_rekey(cli, opening, &plan, out, err);
}

static void tell_added(struct cli *cli, const struct doing *doing)
{
	char id[SLOT_ROW_ID_BYTES];

	slot_row_id(&doing->slot, id);
	if (doing->code.data && !doing->code_shown)
		new_passphrase_print_code(cli, &doing->code);
	out_printf(&cli->out, "Added slot %s: %s.\n", id, slot_name(&doing->slot));
}

static void tell_removed(struct cli *cli, const struct doing *doing)
{
	char id[SLOT_ROW_ID_BYTES];

	slot_row_id(&doing->slot, id);
	out_printf(&cli->out, "Removed slot %s: %s. Everything is sealed under new keys.\n", id,
		   slot_name(&doing->slot));
	say_note(cli, "A copy of the vault from before still opens with it.");
}

static bool tell_json(struct cli *cli, const struct doing *doing, bool added, struct error *err)
{
	json_t *answer = NULL;
	bool ok = slot_row_json(&doing->slot, &answer, err) &&
		  (!added ||
		   (doing->code.data ? json_put_text(answer, "recovery_code",
						     (const char *)doing->code.data, err)
				     : json_put(answer, "recovery_code", json_null(), err)));

	if (ok)
		out_json(&cli->out, answer);
	json_decref(answer);
	return ok;
}

static bool change(struct cli *cli, struct doing *doing, bool adds, struct error *err)
{
	json_t *ok = NULL;
	bool done = unlock_changing(cli, adds ? add : remove_slot, doing, &ok, err);

	/* One that opens nothing only confuses; where nobody can tell, it stays. */
	if (!done && doing->made_file && err->code != ERROR_IO)
		key_path_remove(doing->path);
	if (done && cli->json)
		done = tell_json(cli, doing, adds, err);
	else if (done && adds)
		tell_added(cli, doing);
	else if (done)
		tell_removed(cli, doing);
	secret_clear(&doing->code);
	json_decref(ok);
	return done;
}

static bool usage(const struct cli *cli, struct error *err)
{
	error_set(err, ERROR_USAGE, "that is none of the forms of slot");
	return command_usage(cli->command, err);
}

static bool run(struct cli *cli, struct error *err)
{
	const char *verb = cli_arg(cli, 0);
	struct doing doing = {.word = cli_arg(cli, 1), .path = cli_arg(cli, 2)};
	size_t operands = cli->options.argc;

	if (strcmp(verb, "list") == 0 && operands == 1)
		return list(cli, err);
	if (strcmp(verb, "remove") == 0 && operands == 2)
		return change(cli, &doing, false, err);
	if (strcmp(verb, "add") != 0 || operands < 2)
		return usage(cli, err);
	if (strcmp(doing.word, "key-file") == 0)
		return operands == 3 ? change(cli, &doing, true, err) : usage(cli, err);
	if ((strcmp(doing.word, "passphrase") == 0 || strcmp(doing.word, "recovery") == 0) &&
	    operands == 2)
		return change(cli, &doing, true, err);
	return usage(cli, err);
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
    .args = "files",
    .least = 1,
    .most = 3,
    .needs = NEEDS_VAULT,
    .run = run,
};
