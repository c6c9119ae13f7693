/* SPDX-License-Identifier: MIT */
#include "cli/vault/new_header.h"

#include "vault/seal/header/header_edit.h"

bool new_header_make(const struct new_header_parts *parts, struct new_header *out,
		     struct error *err)
{
	struct secret vault_key = SECRET_EMPTY, code = SECRET_EMPTY;
	struct header header;
	bool ok = keys_new_vault_key(&vault_key, err);

	if (ok)
		header_init(&header, &vault_key, (uint64_t)parts->now);
	ok = ok && header_add_passphrase(&header, &vault_key, parts->passphrase, parts->cost,
					 header.created, err);
	if (ok && parts->with_recovery) {
		ok = recovery_code_new(&code, err) &&
		     secret_alloc(&out->recovery_text, RECOVERY_CODE_TEXT_BYTES, err);
		if (ok)
			recovery_code_format(&code, (char *)out->recovery_text.data);
		ok = ok && header_add_recovery(&header, &vault_key, &code, header.created, err);
		secret_clear(&code);
	}
	ok = ok &&
	     (!parts->key ||
	      header_add_key_file(&header, &vault_key, parts->key, header.created, err)) &&
	     header_encode(&header, &vault_key, &out->header, err) &&
	     keys_derive(&vault_key, &out->keys, err);
	secret_clear(&vault_key);
	if (!ok)
		new_header_clear(out);
	return ok;
}

void new_header_clear(struct new_header *made)
{
	keys_clear(&made->keys);
	buf_clear(&made->header);
	secret_clear(&made->recovery_text);
}
