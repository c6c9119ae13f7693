/* SPDX-License-Identifier: MIT */
#include "vault/creds/source_key.h"

#include "vault/base/text.h"
#include "vault/creds/source.h"
#include "vault/seal/pae.h"
#include "vault/store/rows/rows.h"

#include <stdio.h>
#include <string.h>

enum { DIGEST_INPUT_MAX = 16384 };

bool source_key_read(struct store *store, const char *name, struct access_key *key,
		     struct record_id *id, struct error *err)
{
	struct buf plain = BUF_INIT(RECORD_PLAIN_MAX + 1);
	bool ok = row_get(store, TABLE_KEY, name, id, &plain, err) &&
		  access_key_decode(plain.data, plain.len, key, err);

	buf_clear(&plain);
	if (ok)
		return true;
	if (err->code == ERROR_NOT_FOUND) {
		error_set(err, ERROR_NOT_FOUND, PLAN_NO_SUCH_KEY);
		error_hint(err, "credvault add %s", TEXT_WORD(name));
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

static bool key_open(struct store *store, const struct plan_step *asked, struct origin *origin,
		     struct error *err)
{
	struct access_key key;
	bool ok;

	access_key_init(&key);
	ok = source_key_read(store, plan_value(asked, "name"), &key, &origin->row, err);
	(void)snprintf(origin->name, sizeof(origin->name), "%s", key.name);
	(void)snprintf(origin->access_key_id, sizeof(origin->access_key_id), "%s",
		       key.access_key_id);
	(void)snprintf(origin->account_id, sizeof(origin->account_id), "%s", key.account_id);
	(void)snprintf(origin->user_name, sizeof(origin->user_name), "%s", key.user_name);
	(void)snprintf(origin->arn, sizeof(origin->arn), "%s", key.arn);
	(void)snprintf(origin->region, sizeof(origin->region), "%s", key.region);
	(void)snprintf(origin->mfa_serial, sizeof(origin->mfa_serial), "%s", key.mfa_serial);
	(void)snprintf(origin->policy, sizeof(origin->policy), "%s", key.policy);
	(void)snprintf(origin->endpoint_host, sizeof(origin->endpoint_host), "%s",
		       key.endpoint_host);
	origin->mfa_required = key.mfa_required;
	origin->endpoint_class = key.endpoint_class;
	access_key_clear(&key);
	return ok;
}

/*
 * What changes STS's answer: the key, the policy on what comes of it, and where STS is asked, which
 * is one place for all of AWS's own endpoints of a partition: a session of one region is valid in
 * every other one. Only the tokens of the global endpoint are not. What else the record says, its
 * owner may edit without a new MFA code; an edit that voids sessions drops them itself.
 */
static bool key_digest(const struct origin *origin, const struct endpoint *endpoint,
		       unsigned char out[static DIGEST_BYTES], struct error *err)
{
	bool at_aws = endpoint->kind == ENDPOINT_AWS;
	struct pae_u64 global = pae_u64(endpoint->global ? 1 : 0);
	struct pae_u64 place = pae_u64(origin->endpoint_class);
	const struct pae_item items[] = {
	    PAE_TEXT("credvault/step/key/v2"),
	    PAE_ARRAY(origin->row.id),
	    pae_text(origin->access_key_id),
	    pae_text(origin->policy),
	    PAE_U64(place),
	    pae_text(origin->endpoint_host),
	    pae_text(at_aws ? "" : endpoint->url),
	    pae_text(endpoint->partition),
	    PAE_U64(global),
	};
	struct buf bytes = BUF_INIT(DIGEST_INPUT_MAX);
	bool ok = pae_append(&bytes, items, sizeof(items) / sizeof(items[0]), err);

	if (ok)
		digest_sha256(bytes.data, bytes.len, out);
	buf_clear(&bytes);
	return ok;
}

/* The secret is read only when it signs: hundreds of calls may wait, the locked arena is small. */
static bool key_sign(struct store *store, const struct origin *origin, struct credentials *signer,
		     struct error *err)
{
	struct access_key key;
	struct record_id row;
	bool ok;

	access_key_init(&key);
	ok = source_key_read(store, origin->name, &key, &row, err);
	if (ok && (row.version != origin->row.version ||
		   memcmp(row.id, origin->row.id, sizeof(row.id)) != 0))
		ok = error_set(err, ERROR_FAILED, "the key was changed meanwhile");
	ok = ok && source_key_signer(&key, signer, err);
	access_key_clear(&key);
	return ok;
}

const struct source source_key = {
    .kind = PLAN_KEY,
    .number = 2,
    .fields = {{"name", text_is_name, .needed = true}},
    .open = key_open,
    .digest = key_digest,
    .sign = key_sign,
};
