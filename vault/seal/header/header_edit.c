/* SPDX-License-Identifier: MIT */
#include "vault/seal/header/header_edit.h"

#include "vault/seal/header/recovery_code.h"

#include <string.h>

bool header_find(const struct header *header, const unsigned char id[static SEAL_ID_BYTES],
		 size_t *slot, struct error *err)
{
	for (*slot = 0; *slot < header->slots_count; (*slot)++) {
		if (memcmp(header->slots[*slot].id, id, SEAL_ID_BYTES) == 0)
			return true;
	}
	return error_set(err, ERROR_NOT_FOUND, "the vault has no such slot");
}

/* Refuses a slot that cannot be added, before a derivation is spent on the slot. */
static bool has_room(const struct header *header, enum slot_type type, struct error *err)
{
	const struct slot slot = {.type = type};
	struct header copy = *header;

	return header_add(&copy, &slot, err);
}

bool header_add_passphrase(struct header *header, const struct secret *vault_key,
			   const struct secret *passphrase, const struct kdf_cost *cost,
			   uint64_t created, struct error *err)
{
	struct slot_vault vault = header_vault(header);
	struct slot slot;

	return has_room(header, SLOT_PASSPHRASE, err) &&
	       slot_seal_passphrase(&(struct slot_wrapping){&vault, vault_key, created}, passphrase,
				    cost, &slot, err) &&
	       header_add(header, &slot, err);
}

bool header_add_recovery(struct header *header, const struct secret *vault_key,
			 const struct secret *code, uint64_t created, struct error *err)
{
	struct slot_vault vault = header_vault(header);
	struct secret private_key = SECRET_EMPTY;
	struct slot slot;
	bool ok = recovery_code_private_key(code, header->vault_id, &private_key, err) &&
		  slot_seal_private(&(struct slot_wrapping){&vault, vault_key, created},
				    SLOT_RECOVERY, &private_key, &slot, err) &&
		  header_add(header, &slot, err);

	secret_clear(&private_key);
	return ok;
}

bool header_add_key_file(struct header *header, const struct secret *vault_key,
			 const struct secret *key, uint64_t created, struct error *err)
{
	struct slot_vault vault = header_vault(header);
	struct slot slot;

	if (!slot_seal_private(&(struct slot_wrapping){&vault, vault_key, created}, SLOT_KEY_FILE,
			       key, &slot, err))
		return false;
	for (size_t i = 0; i < header->slots_count; i++) {
		if (header->slots[i].type == SLOT_KEY_FILE &&
		    memcmp(header->slots[i].recipient, slot.recipient, SLOT_PUBLIC_BYTES) == 0)
			return error_set(err, ERROR_EXISTS,
					 "the vault has a slot for this key file");
	}
	return header_add(header, &slot, err);
}

bool header_slot_is_cheap(const struct slot *slot)
{
	return slot->type == SLOT_PASSPHRASE && kdf_is_weak(&slot->cost) &&
	       slot->cost.passes < KDF_PASSES_LOW;
}

bool header_raise_cost(struct header *header, const struct secret *vault_key, size_t slot,
		       const struct secret *passphrase, const struct kdf_cost *cost,
		       struct error *err)
{
	struct slot_vault vault = header_vault(header);
	struct slot dearer;

	if (slot >= header->slots_count || header->slots[slot].type != SLOT_PASSPHRASE)
		return error_set(err, ERROR_NOT_FOUND, "the vault has no such slot");
	if (!slot_seal_passphrase(
		&(struct slot_wrapping){&vault, vault_key, header->slots[slot].created}, passphrase,
		cost, &dearer, err))
		return false;
	header->slots[slot] = dearer;
	return true;
}
