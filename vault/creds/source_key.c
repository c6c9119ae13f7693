/* SPDX-License-Identifier: MIT */
#include "vault/creds/source_key.h"

#include "vault/store/rows/rows.h"

#include <stdio.h>

bool source_key(struct store *store, const char *name, struct access_key *key, struct record_id *id,
		struct error *err)
{
	struct buf plain = BUF_INIT(RECORD_PLAIN_MAX + 1);
	bool ok = row_get(store, TABLE_KEY, name, id, &plain, err) &&
		  access_key_decode(plain.data, plain.len, key, err);

	buf_clear(&plain);
	if (ok)
		return true;
	if (err->code == ERROR_NOT_FOUND) {
		error_set(err, ERROR_NOT_FOUND, "no key of that name is in the vault");
		error_hint(err, "credvault add %s", name);
	}
	return error_profile(err, name);
}

bool source_key_signer(const struct access_key *key, struct credentials *signer, struct error *err)
{
	credentials_clear(signer);
	(void)snprintf(signer->access_key_id, sizeof(signer->access_key_id), "%s",
		       key->access_key_id);
	(void)snprintf(signer->account_id, sizeof(signer->account_id), "%s", key->account_id);
	return secret_set(&signer->secret_access_key, key->secret.data, key->secret.len, err);
}

bool source_session_signer(const struct session_record *session, struct credentials *signer,
			   struct error *err)
{
	credentials_clear(signer);
	(void)snprintf(signer->access_key_id, sizeof(signer->access_key_id), "%s",
		       session->access_key_id);
	(void)snprintf(signer->account_id, sizeof(signer->account_id), "%s", session->account_id);
	signer->expires_at = session->expires_at;
	if (secret_set(&signer->secret_access_key, session->secret.data, session->secret.len,
		       err) &&
	    buf_append(&signer->session_token, session->token.data, session->token.len, err))
		return true;
	credentials_clear(signer);
	return false;
}
