/* SPDX-License-Identifier: MIT */
#include "cli/vault/header_change.h"

#include "cli/ui/ask.h"
#include "cli/ui/progress.h"
#include "cli/show/slot_row.h"
#include "cli/ui/tty.h"
#include "vault/base/text.h"
#include "vault/seal/header/header_edit.h"

#include <stdio.h>
#include <string.h>

enum { LEAST_ID = 4, TRIES = 3, PROMPT_MAX = 256, DATE = 10 };

void changed_clear(struct changed *changed)
{
	buf_clear(&changed->header);
	keys_clear(&changed->keys);
}

bool header_change_find(const struct header *header, const char *text, size_t *slot,
			struct error *err)
{
	size_t len = strlen(text), found = 0;
	char id[2 * SEAL_ID_BYTES + 1], shown[64];

	for (size_t i = 0; i < header->slots_count && len >= LEAST_ID; i++) {
		text_hex(header->slots[i].id, SEAL_ID_BYTES, id);
		if (len < sizeof(id) && strncasecmp(id, text, len) == 0) {
			*slot = i;
			found++;
		}
	}
	if (found == 1)
		return true;
	text_escape_into(text, shown, sizeof(shown));
	if (found == 0)
		error_set(err, ERROR_NOT_FOUND, "the vault has no slot %s", shown);
	else
		error_set(err, ERROR_USAGE, "more than one slot begins with %s", shown);
	return error_hint(err, "credvault slot list");
}

bool header_change_dropped(const struct cli *cli, const struct header *header,
			   struct rekeyed_header *plan, struct error *err)
{
	size_t slot = 0;

	for (size_t i = 0; i < option_times(&cli->options, "drop-slot"); i++) {
		if (!header_change_find(header, option_nth(&cli->options, "drop-slot", i), &slot,
					err))
			return false;
		if (plan->dropped_count == SLOTS_MAX)
			return error_set(err, ERROR_USAGE, "that are too many slots");
		rekeyed_header_drop(plan, header->slots[slot].id);
	}
	return true;
}

struct kdf_cost header_change_cost(const struct slot *slot)
{
	if (!header_slot_is_cheap(slot))
		return slot->cost;
	return (struct kdf_cost){.memory = KDF_MEMORY_TODAY,
				 .passes = slot->cost.passes > KDF_PASSES_MIN ? slot->cost.passes
									      : KDF_PASSES_MIN};
}

/* Encodes the header and opens it once more: the agent, which stores it, cannot check that. */
static bool changed_encode(struct header *header, const struct secret *vault_key,
			   struct changed *out, struct error *err)
{
	struct header again;

	return header_encode(header, vault_key, &out->header, err) &&
	       header_decode(out->header.data, out->header.len, &again, err) &&
	       header_verify(&again, vault_key, err);
}

bool header_change_keep(struct header *header, const struct secret *vault_key, struct changed *out,
			struct error *err)
{
	return changed_encode(header, vault_key, out, err);
}

/* The answer for a passphrase slot that the plan does not decide on: another person's. */
struct other_slot {
	struct secret typed;
	bool dropped;
};

static bool other_slot_ask(struct cli *cli, const struct open_header *opened,
			   const struct slot *slot, struct other_slot *other, struct error *err)
{
	struct slot_vault vault = header_vault(&opened->header);
	char prompt[PROMPT_MAX], id[SLOT_ROW_ID_BYTES], when[TEXT_TIME_BYTES];
	struct secret key = SECRET_EMPTY;
	bool fits = false, ok = true;

	slot_row_id(slot, id);
	if (!ask_has_terminal(cli)) {
		error_set(err, ERROR_FAILED, "the vault has another passphrase (slot %s)", id);
		error_detail(err, "It is kept only if it is typed now, on a terminal. Nothing was "
				  "changed.");
		return error_hint(err, "--drop-slot %s", id);
	}
	text_format_time((int64_t)(slot->created & INT64_MAX), when);
	(void)snprintf(prompt, sizeof(prompt),
		       "The other passphrase, slot %s of %.*s (Enter: drop it): ", id, DATE, when);
	for (int tries = 0; ok && !fits && !other->dropped && tries < TRIES; tries++) {
		ok = ask_hidden(cli, prompt, &other->typed, err);
		other->dropped = ok && !other->typed.data;
		if (!ok || other->dropped)
			break;
		progress_show(cli, "Deriving the key …");
		ok = slot_open_passphrase(&vault, slot, &other->typed, &fits, &key, err);
		progress_hide(cli);
		if (ok && !fits)
			tty_say("That is not it. Caps Lock?");
	}
	secret_clear(&key);
	if (ok && !fits && !other->dropped) {
		error_set(err, ERROR_WRONG_PASSPHRASE, "wrong passphrase for slot %s", id);
		ok = error_detail(err, "Nothing was changed.");
	}
	return ok;
}

/* Whether the plan replaces or drops the slot, or need not say: only passphrases are asked for. */
static bool plan_decides(const struct rekeyed_header *plan, const struct slot *slot)
{
	for (size_t i = 0; i < plan->passphrases_count; i++) {
		if (memcmp(plan->passphrases[i].replaces, slot->id, SEAL_ID_BYTES) == 0)
			return true;
	}
	for (size_t i = 0; i < plan->dropped_count; i++) {
		if (memcmp(plan->dropped[i], slot->id, SEAL_ID_BYTES) == 0)
			return true;
	}
	return slot->type != SLOT_PASSPHRASE;
}

bool header_change_rekey(struct cli *cli, const struct open_header *opened,
			 struct rekeyed_header *plan, struct changed *out, struct error *err)
{
	struct other_slot others[SLOTS_MAX] = {{.dropped = false}};
	struct secret vault_key = SECRET_EMPTY;
	struct header next;
	bool ok = true;

	for (size_t i = 0; ok && i < opened->header.slots_count; i++) {
		const struct slot *slot = &opened->header.slots[i];
		struct rekeyed_header_passphrase *kept;

		if (plan_decides(plan, slot))
			continue;
		ok = other_slot_ask(cli, opened, slot, &others[i], err);
		if (ok && others[i].dropped) {
			rekeyed_header_drop(plan, slot->id);
		} else if (ok) {
			kept = &plan->passphrases[plan->passphrases_count++];
			memcpy(kept->replaces, slot->id, SEAL_ID_BYTES);
			kept->passphrase = &others[i].typed;
			kept->cost = header_change_cost(slot);
			kept->created = slot->created;
		}
	}
	if (ok) {
		progress_show(cli, "Deriving the key …");
		ok = rekeyed_header_make(&opened->header, &opened->vault_key, plan, &next,
					 &vault_key, err);
		progress_hide(cli);
	}
	ok = ok && changed_encode(&next, &vault_key, out, err) &&
	     keys_derive(&vault_key, &out->keys, err);
	for (size_t i = 0; i < SLOTS_MAX; i++)
		secret_clear(&others[i].typed);
	secret_clear(&vault_key);
	return ok;
}

bool header_change_raise(struct cli *cli, const struct open_header *opened, struct changed *out,
			 struct error *err)
{
	const struct slot *slot = &opened->header.slots[opened->slot];
	struct kdf_cost cost = header_change_cost(slot);
	struct header header = opened->header;
	bool ok;

	if (!header_slot_is_cheap(slot))
		return true;
	progress_show(cli, "Making guesses at the passphrase dearer …");
	ok = header_raise_cost(&header, &opened->vault_key, opened->slot, &opened->typed, &cost,
			       err);
	progress_hide(cli);
	out->act = MSG_ACT_SLOT;
	(void)snprintf(
	    out->what, sizeof(out->what), "passphrase made dearer: %llu MiB, %llu passes",
	    (unsigned long long)(cost.memory / KDF_MIB), (unsigned long long)cost.passes);
	return ok && changed_encode(&header, &opened->vault_key, out, err);
}
