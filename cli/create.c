/* SPDX-License-Identifier: MIT */
#include "cli/create.h"

#include "vault/seal/slot.h"

static bool add_passphrase(struct header *header, const struct secret *passphrase,
			   const struct kdf_cost *cost, const struct secret *vault_key,
			   struct error *err)
{
	struct slot_vault vault = header_vault(header);
	struct slot slot;

	return slot_seal_passphrase(&vault, passphrase, cost, header->created, vault_key, &slot,
				    err) &&
	       header_add(header, &slot, err);
}

static bool add_recovery(struct header *header, const struct secret *vault_key, struct secret *text,
			 struct error *err)
{
	struct slot_vault vault = header_vault(header);
	struct secret code = SECRET_EMPTY, private_key = SECRET_EMPTY;
	struct slot slot;
	bool ok = recovery_new(&code, err) && secret_alloc(text, RECOVERY_TEXT_BYTES, err);

	if (ok)
		recovery_format(&code, (char *)text->data);
	ok = ok && recovery_private_key(&code, header->vault_id, &private_key, err) &&
	     slot_seal_private(&vault, SLOT_RECOVERY, &private_key, header->created, vault_key,
			       &slot, err) &&
	     header_add(header, &slot, err);
	secret_clear(&code);
	secret_clear(&private_key);
	return ok;
}

bool create_make(const struct secret *passphrase, const struct kdf_cost *cost, bool with_recovery,
		 int64_t now, struct create *out, struct error *err)
{
	struct secret vault_key = SECRET_EMPTY;
	struct header header;
	bool ok = keys_new_vault_key(&vault_key, err);

	if (ok)
		header_init(&header, &vault_key, (uint64_t)now);
	ok = ok && add_passphrase(&header, passphrase, cost, &vault_key, err) &&
	     (!with_recovery || add_recovery(&header, &vault_key, &out->recovery_text, err)) &&
	     header_encode(&header, &vault_key, &out->header, err) &&
	     keys_derive(&vault_key, &out->keys, err);
	secret_clear(&vault_key);
	if (!ok)
		create_clear(out);
	return ok;
}

void create_clear(struct create *create)
{
	keys_clear(&create->keys);
	buf_clear(&create->header);
	secret_clear(&create->recovery_text);
}
