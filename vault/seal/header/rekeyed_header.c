/* SPDX-License-Identifier: MIT */
#include "vault/seal/header/rekeyed_header.h"

#include "vault/base/text.h"
#include "vault/seal/header/header_edit.h"

#include <assert.h>
#include <string.h>

enum { SHOWN_ID_BYTES = 4 };

void rekeyed_header_drop(struct rekeyed_header *rekey, const unsigned char id[static SEAL_ID_BYTES])
{
	assert(rekey->dropped_count < SLOTS_MAX);
	memcpy(rekey->dropped[rekey->dropped_count++], id, SEAL_ID_BYTES);
}

static bool is_dropped(const struct rekeyed_header *rekey, const struct slot *slot)
{
	for (size_t i = 0; i < rekey->dropped_count; i++) {
		if (memcmp(rekey->dropped[i], slot->id, SEAL_ID_BYTES) == 0)
			return true;
	}
	return false;
}

static const struct rekeyed_header_passphrase *replacement(const struct rekeyed_header *rekey,
							   const struct slot *slot)
{
	for (size_t i = 0; i < rekey->passphrases_count; i++) {
		if (memcmp(rekey->passphrases[i].replaces, slot->id, SEAL_ID_BYTES) == 0)
			return &rekey->passphrases[i];
	}
	return NULL;
}

static bool is_typed(const struct slot *slot)
{
	return slot->type == SLOT_PASSPHRASE || slot->type == SLOT_RECOVERY;
}

/* Makes all checks that can refuse the request, before any derivation. */
static bool check(const struct header *old, const struct rekeyed_header *rekey, struct error *err)
{
	char id[2 * SHOWN_ID_BYTES + 1];
	size_t slot, typed = 0;

	for (size_t i = 0; i < rekey->dropped_count; i++) {
		if (!header_find(old, rekey->dropped[i], &slot, err))
			return false;
	}
	for (size_t i = 0; i < rekey->passphrases_count; i++) {
		if (!header_find(old, rekey->passphrases[i].replaces, &slot, err))
			return false;
		if (old->slots[slot].type != SLOT_PASSPHRASE)
			return error_set(err, ERROR_FAILED, "that slot has no passphrase");
	}
	for (size_t i = 0; i < old->slots_count; i++) {
		if (is_dropped(rekey, &old->slots[i]))
			continue;
		if (old->slots[i].type == SLOT_PASSPHRASE && !replacement(rekey, &old->slots[i])) {
			text_hex(old->slots[i].id, SHOWN_ID_BYTES, id);
			return error_set(err, ERROR_FAILED,
					 "the other passphrase (slot %s) is not known here", id);
		}
		typed += is_typed(&old->slots[i]);
	}
	if (typed == 0)
		return error_set(err, ERROR_FAILED,
				 "nothing that a person can type would open the vault then");
	return true;
}

static bool wrap_again(const struct slot_vault *vault, const struct slot *old,
		       const struct rekeyed_header_passphrase *passphrase,
		       const struct secret *new_key, struct slot *slot, struct error *err)
{
	if (passphrase)
		return slot_seal_passphrase(
		    &(struct slot_wrapping){vault, new_key, passphrase->created},
		    passphrase->passphrase, &passphrase->cost, slot, err);
	return slot_seal_x25519(&(struct slot_wrapping){vault, new_key, old->created},
				(enum slot_type)old->type, old->recipient, slot, err);
}

bool rekeyed_header_make(const struct header *old, const struct secret *old_key,
			 const struct rekeyed_header *rekey, struct header *out,
			 struct secret *new_key, struct error *err)
{
	struct header header = *old;
	struct slot_vault vault;
	struct slot slot;
	bool ok = false;

	memset(out, 0, sizeof(*out));
	secret_clear(new_key);
	if (!header_verify(old, old_key, err) || !check(old, rekey, err) ||
	    !keys_new_vault_key(new_key, err))
		goto out;
	header.epoch++;
	header.slots_count = 0;
	memset(header.slots, 0, sizeof(header.slots));
	memset(header.mac, 0, sizeof(header.mac));
	keys_commit(new_key, header.vault_id, header.epoch, header.commitment);
	vault = header_vault(&header);
	for (size_t i = 0; i < old->slots_count; i++) {
		if (is_dropped(rekey, &old->slots[i]))
			continue;
		if (!wrap_again(&vault, &old->slots[i], replacement(rekey, &old->slots[i]), new_key,
				&slot, err) ||
		    !header_add(&header, &slot, err))
			goto out;
	}
	*out = header;
	ok = true;
out:
	if (!ok)
		secret_clear(new_key);
	return ok;
}
