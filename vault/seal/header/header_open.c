/* SPDX-License-Identifier: MIT */
#include "vault/seal/header/header.h"

#include "vault/seal/header/recovery_code.h"

#include <string.h>

enum { SLOTS_TEXT_BYTES = 256 };

/* Tries a private key on the slots of one type; *slot is slots_count when no slot fits. */
static bool try_private(const struct header *header, enum slot_type type,
			const struct secret *private_key, struct secret *vault_key, size_t *slot,
			struct error *err)
{
	struct slot_vault vault = header_vault(header);
	bool fits = false;

	for (size_t i = 0; i < header->slots_count; i++) {
		if (header->slots[i].type != (uint64_t)type)
			continue;
		if (!slot_open_private(&vault, &header->slots[i], private_key, &fits, vault_key,
				       err))
			return false;
		if (fits) {
			*slot = i;
			return true;
		}
	}
	*slot = header->slots_count;
	return true;
}

static bool try_code(const struct header *header, const struct secret *typed,
		     struct secret *vault_key, size_t *slot, bool *misspelt, struct error *err)
{
	struct secret code = SECRET_EMPTY, private_key = SECRET_EMPTY;
	struct error no_code = ERROR_INIT;
	bool ok = false;

	*slot = header->slots_count;
	*misspelt = false;
	if (!recovery_code_looks(typed->data, typed->len))
		return true;
	if (!recovery_code_parse(typed->data, typed->len, &code, &no_code)) {
		*misspelt = no_code.code == ERROR_USAGE;
		ok = *misspelt;
		if (!ok)
			*err = no_code;
		goto out;
	}
	ok = recovery_code_private_key(&code, header->vault_id, &private_key, err) &&
	     try_private(header, SLOT_RECOVERY, &private_key, vault_key, slot, err);
out:
	secret_clear(&code);
	secret_clear(&private_key);
	return ok;
}

static bool try_passphrase(const struct header *header, const struct secret *typed,
			   struct secret *vault_key, size_t *slot, struct error *err)
{
	struct slot_vault vault = header_vault(header);
	bool fits = false;

	for (size_t i = 0; i < header->slots_count; i++) {
		if (!slot_open_passphrase(&vault, &header->slots[i], typed, &fits, vault_key, err))
			return false;
		if (fits) {
			*slot = i;
			return true;
		}
	}
	*slot = header->slots_count;
	return true;
}

static bool has_slot(const struct header *header, enum slot_type type)
{
	for (size_t i = 0; i < header->slots_count; i++) {
		if (header->slots[i].type == (uint64_t)type)
			return true;
	}
	return false;
}

static bool refuse(const struct header *header, const char *what, bool misspelt, struct error *err)
{
	char slots[SLOTS_TEXT_BYTES];

	header_describe_slots(header, slots, sizeof(slots));
	error_set(err, ERROR_WRONG_PASSPHRASE, "%s, or the vault's header was changed", what);
	if (misspelt)
		error_detail(err, "Nothing was changed. If that was the recovery code, there is a "
				  "typing mistake in it.");
	else
		error_detail(err, "Nothing was changed. Caps Lock?%s",
			     has_slot(header, SLOT_RECOVERY)
				 ? " The recovery code is accepted here too."
				 : "");
	return error_detail(err, "slots: %s", slots);
}

bool header_open(const struct buf *bytes, const struct secret *typed, struct header *header,
		 struct secret *vault_key, size_t *slot, struct error *err)
{
	bool ok = false, misspelt = false;

	*slot = SLOTS_MAX;
	secret_clear(vault_key);
	if (!header_decode(bytes->data, bytes->len, header, err))
		goto out;
	if (!try_code(header, typed, vault_key, slot, &misspelt, err))
		goto out;
	if (*slot == header->slots_count && !try_passphrase(header, typed, vault_key, slot, err))
		goto out;
	if (*slot == header->slots_count) {
		refuse(header, "wrong passphrase", misspelt, err);
		goto out;
	}
	ok = header_verify(header, vault_key, err);
out:
	if (!ok) {
		secret_clear(vault_key);
		memset(header, 0, sizeof(*header));
	}
	return ok;
}

bool header_open_private(const struct buf *bytes, enum slot_type type,
			 const struct secret *private_key, struct header *header,
			 struct secret *vault_key, size_t *slot, struct error *err)
{
	bool ok = false;

	*slot = SLOTS_MAX;
	secret_clear(vault_key);
	if (!header_decode(bytes->data, bytes->len, header, err) ||
	    !try_private(header, type, private_key, vault_key, slot, err))
		goto out;
	if (*slot == header->slots_count) {
		refuse(header, type == SLOT_KEY_FILE ? "wrong key file" : "no slot for this key",
		       false, err);
		goto out;
	}
	ok = header_verify(header, vault_key, err);
out:
	if (!ok) {
		secret_clear(vault_key);
		memset(header, 0, sizeof(*header));
	}
	return ok;
}
