/* SPDX-License-Identifier: MIT */
#include "cli/vault/header_change.h"
#include "cli/vault/backup_folder.h"
#include "cli/vault/new_passphrase.h"
#include "cli/ui/context.h"
#include "cli/rotate/rotation_batch.h"
#include "cli/ui/say.h"
#include "cli/vault/unlock.h"
#include "vault/format/json.h"
#include "vault/seal/header/header_edit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How many other slots open the vault after the change. */
struct after {
	size_t recovery;
	size_t key_files;
};

/*
 * Which passphrase is changed: the one that was typed, else the only one that is not dropped. USAGE
 * where there are several.
 */
static bool passwd_choose_slot(const struct open_header *opening, const struct rekeyed_header *plan,
			       size_t *slot, struct error *err)
{
	const struct header *header = &opening->header;
	size_t found = 0;

	*slot = opening->slot;
	if (header->slots[opening->slot].type == SLOT_PASSPHRASE)
		return true;
	for (size_t i = 0; i < header->slots_count; i++) {
		bool dropped = false;

		for (size_t j = 0; j < plan->dropped_count; j++)
			dropped = dropped ||
				  memcmp(plan->dropped[j], header->slots[i].id, SEAL_ID_BYTES) == 0;
		if (header->slots[i].type != SLOT_PASSPHRASE || dropped)
			continue;
		*slot = i;
		found++;
	}
	if (found == 1)
		return true;
	if (found == 0)
		error_set(err, ERROR_FAILED, "no passphrase would be left to be changed");
	else
		error_set(err, ERROR_USAGE, "the vault has several passphrases");
	error_detail(err, "Nothing was changed.");
	return error_hint(err, "credvault slot list");
}

/* A vault that was made with low memory stays so; a guess never gets cheaper than it was. */
static bool passwd_cost(struct cli *cli, const struct slot *slot, struct kdf_cost *cost,
			struct error *err)
{
	bool low = option_flag(&cli->options, "low-memory") ||
		   (kdf_is_weak(&slot->cost) && !header_slot_is_cheap(slot));
	const char *memory = option_text(&cli->options, "kdf-memory");

	if (!new_passphrase_cost(cli, memory, low, cost, err))
		return false;
	if (!memory && !low && slot->cost.memory * slot->cost.passes > cost->memory * cost->passes)
		*cost = slot->cost;
	return true;
}

static bool passwd_change(struct cli *cli, void *ctx, const struct open_header *opening,
			  struct changed *out, struct error *err)
{
	struct after *after = ctx;
	struct secret passphrase = SECRET_EMPTY;
	struct rekeyed_header plan = {.passphrases_count = 1};
	struct rekeyed_header_passphrase *changed = &plan.passphrases[0];
	struct header header;
	const struct slot *slot;
	size_t at = 0;
	int fd = -1;
	bool ok = header_change_dropped(cli, &opening->header, &plan, err) &&
		  passwd_choose_slot(opening, &plan, &at, err) &&
		  option_fd(&cli->options, "new-passphrase-fd", &fd, err);

	if (!ok)
		goto out;
	ok = new_passphrase_ask(cli, fd, "New passphrase for the vault", &passphrase, err);
	if (!ok) {
		if (err->code == ERROR_LOCKED)
			error_hint(err, "credvault passwd --passphrase-fd N --new-passphrase-fd M");
		goto out;
	}
	slot = &opening->header.slots[at];
	memcpy(changed->replaces, slot->id, SEAL_ID_BYTES);
	changed->passphrase = &passphrase;
	changed->created = (uint64_t)clock_real_s(cli->clock);
	out->act = MSG_ACT_PASSWD;
	(void)snprintf(out->what, sizeof(out->what), "passphrase changed, opened by %s",
		       opening->how);
	ok = passwd_cost(cli, slot, &changed->cost, err) &&
	     header_change_rekey(cli, opening, &plan, out, err) &&
	     header_decode(out->header.data, out->header.len, &header, err);
	for (size_t i = 0; ok && i < header.slots_count; i++) {
		after->recovery += header.slots[i].type == SLOT_RECOVERY;
		after->key_files += header.slots[i].type == SLOT_KEY_FILE;
	}
out:
	secret_clear(&passphrase);
	return ok;
}

static void passwd_tell(struct cli *cli, const struct after *after)
{
	const char *what = after->recovery && after->key_files ? "Recovery code and key file open"
			   : after->recovery		       ? "The recovery code opens"
			   : after->key_files		       ? "The key file opens"
							       : NULL;

	out_printf(&cli->out, "Changed the passphrase; everything is sealed under new keys.\n");
	if (what)
		out_printf(&cli->out, "%s the vault as before.\n", what);
	say_note(cli, "A copy of the vault from before still opens with the old passphrase.\n"
		      "If somebody may know that:\n  credvault rotate --all");
}

static bool run(struct cli *cli, struct error *err)
{
	static const char old[] = "open with the old passphrase";
	bool compromised = option_flag(&cli->options, "compromised");
	struct after after = {.recovery = 0};
	struct rotation_batch batch = ROTATION_BATCH_INIT;
	json_t *ok = NULL, *answer = NULL;
	bool done = unlock_changing(cli, passwd_change, &after, &ok, err);

	if (done && compromised) {
		if (!cli->json)
			out_printf(&cli->out, "Changed the passphrase. Now the keys themselves:\n");
		out_flush(&cli->out);
		/* Before the rotations make one that opens with the new passphrase alone. */
		backup_folder_offer(cli, old);
		/* A copy from before still holds the keys: once replaced, they are worthless. */
		batch.all = true;
		done = rotation_batch_run(cli, &batch, err);
	} else if (done && cli->json) {
		answer = json_object();
		done = json_put(answer, "vault", json_incref(json_object_get(ok, "vault")), err) &&
		       json_put(answer, "vault_id", json_incref(json_object_get(ok, "vault_id")),
				err);
		out_json(&cli->out, answer);
	} else if (done) {
		passwd_tell(cli, &after);
		backup_folder_offer(cli, old);
	}
	json_decref(answer);
	json_decref(ok);
	return done;
}

static const struct option options[] = {
    {.name = "compromised", .help = "somebody may have the old one: rotate every key as well"},
    {.name = "new-passphrase-fd", .argument = "N", .help = "read the new one from descriptor N"},
    {.name = "drop-slot",
     .argument = "ID",
     .help = "another passphrase, which is not at hand, is dropped"},
    {.name = "kdf-memory",
     .argument = "SIZE",
     .help = "what a guess costs (256MiB; else measured)"},
    {.name = "low-memory", .help = "a small machine: 64 MiB a guess, more passes"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"change it; the old one, or the recovery code, is asked for first", "credvault passwd"},
    {"somebody may know the old one, and have a copy of the vault",
     "credvault passwd --compromised"},
    {"without a terminal", "credvault passwd --passphrase-fd 3 --new-passphrase-fd 4"},
    {"with a key file, when nobody knows the old one",
     "credvault passwd --key-file /mnt/other/vault.key"},
    {NULL, NULL},
};

const struct command command_passwd = {
    .name = "passwd",
    .summary = "change the passphrase, and the vault's own key with it",
    .usage = "[--compromised] [--new-passphrase-fd N] [--drop-slot ID]… [--kdf-memory SIZE] "
	     "[--low-memory]",
    .about =
	"Everything in the vault is sealed under new keys, in one step that a crash leaves done\n"
	"or undone; nothing of the old ones stays in the file. Recovery code and key files go on\n"
	"opening it. Another passphrase is asked for too, or dropped. A copy of the vault from "
	"before\n"
	"still opens with the old one: --compromised makes the keys in it worthless too, as\n"
	"`rotate --all` does.",
    .options = options,
    .examples = examples,
    .needs = NEEDS_VAULT,
    .run = run,
};
