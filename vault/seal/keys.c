/* SPDX-License-Identifier: MIT */
#include "vault/seal/keys.h"

#include "vault/base/text.h"
#include "vault/seal/hash.h"

#include <string.h>

/* Each context has 8 bytes, as crypto_kdf requires. */
static const char master_context[crypto_kdf_CONTEXTBYTES + 1] = "cv_keys1";
static const char session_context[crypto_kdf_CONTEXTBYTES + 1] = "cv_sess1";

enum { SESSION_CHILD_SEAL = 1, SESSION_CHILD_INDEX = 2 };

static const struct {
	enum key_id id;
	const char *name;
} members[] = {
    {KEY_RECORD, "record"}, {KEY_INDEX, "index"}, {KEY_MANIFEST, "manifest"}, {KEY_LOG, "log"},
    {KEY_MARK, "mark"},	    {KEY_ROOT, "root"},	  {KEY_SESSION, "session"},   {KEY_PROOF, "proof"},
};
enum { MEMBERS = sizeof(members) / sizeof(members[0]) };

_Static_assert((int)SEAL_KEY_BYTES == (int)crypto_kdf_KEYBYTES, "master key");

bool keys_new_vault_key(struct secret *vault_key, struct error *err)
{
	return secret_random(vault_key, SEAL_KEY_BYTES, err);
}

static bool derive(const struct secret *vault_key, enum key_id id, struct secret *out,
		   struct error *err)
{
	if (vault_key->len != SEAL_KEY_BYTES)
		return error_set(err, ERROR_FAILED, "a vault key has %d bytes", SEAL_KEY_BYTES);
	if (!secret_alloc(out, SEAL_KEY_BYTES, err))
		return false;
	(void)crypto_kdf_derive_from_key(out->data, SEAL_KEY_BYTES, (uint64_t)id, master_context,
					 vault_key->data);
	return true;
}

bool keys_derive(const struct secret *vault_key, struct keys *keys, struct error *err)
{
	keys_clear(keys);
	for (size_t i = 0; i < MEMBERS; i++) {
		if (!derive(vault_key, members[i].id, &keys->at[members[i].id], err)) {
			keys_clear(keys);
			return false;
		}
	}
	return true;
}

bool keys_derive_header(const struct secret *vault_key, struct secret *key, struct error *err)
{
	return derive(vault_key, KEY_HEADER, key, err);
}

void keys_clear(struct keys *keys)
{
	for (size_t i = 0; i < KEY_ID_END; i++)
		secret_clear(&keys->at[i]);
}

void keys_clear_records(struct keys *keys)
{
	secret_clear(&keys->at[KEY_RECORD]);
	secret_clear(&keys->at[KEY_INDEX]);
}

bool keys_have(const struct keys *keys, enum key_id id)
{
	return (unsigned int)id < KEY_ID_END && keys->at[id].len == SEAL_KEY_BYTES;
}

bool keys_copy(struct keys *to, const struct keys *from, struct error *err)
{
	keys_clear(to);
	for (size_t i = 0; i < KEY_ID_END; i++) {
		if (from->at[i].len > 0 &&
		    !secret_set(&to->at[i], from->at[i].data, from->at[i].len, err)) {
			keys_clear(to);
			return false;
		}
	}
	return true;
}

void keys_move(struct keys *to, struct keys *from)
{
	for (size_t i = 0; i < KEY_ID_END; i++)
		secret_move(&to->at[i], &from->at[i]);
}

bool keys_equal(const struct keys *a, const struct keys *b)
{
	bool equal = true;

	for (size_t i = 0; i < MEMBERS; i++) {
		enum key_id id = members[i].id;

		if (!keys_have(a, id) || !keys_have(b, id))
			return false;
		equal &= secret_equal(a->at[id].data, b->at[id].data, SEAL_KEY_BYTES);
	}
	return equal;
}

void keys_commit(const struct secret *vault_key, const unsigned char vault_id[static SEAL_ID_BYTES],
		 uint64_t epoch, unsigned char out[static SEAL_DIGEST_BYTES])
{
	struct pae_u64 number = pae_u64(epoch);
	struct pae_item items[] = {PAE_TEXT("credvault/vk/v1"), PAE_ID(vault_id), PAE_U64(number)};

	hash_pae(vault_key->data, "cv.vk.commit.v1", items, 3, out);
}

bool keys_append_json(const struct keys *keys, struct buf *out, struct error *err)
{
	char hex[2 * SEAL_KEY_BYTES + 1];
	bool ok = false;

	for (size_t i = 0; i < MEMBERS; i++) {
		if (!keys_have(keys, members[i].id))
			return error_set(err, ERROR_FAILED, "the set of keys is not complete");
	}
	if (!buf_text_append(out, "{", err))
		goto out;
	for (size_t i = 0; i < MEMBERS; i++) {
		sodium_bin2hex(hex, sizeof(hex), keys->at[members[i].id].data, SEAL_KEY_BYTES);
		if (!buf_printf(out, err, "%s\"%s\":\"", i > 0 ? "," : "", members[i].name) ||
		    !buf_text_append(out, hex, err) || !buf_text_append(out, "\"", err))
			goto out;
	}
	ok = buf_text_append(out, "}", err);
out:
	secret_wipe(hex, sizeof(hex));
	return ok;
}

bool keys_from_json(const json_t *object, struct keys *keys, struct error *err)
{
	const char *names[MEMBERS + 1] = {NULL};
	const char *hex;
	bool ok = false;

	keys_clear(keys);
	for (size_t i = 0; i < MEMBERS; i++)
		names[i] = members[i].name;
	if (!json_only(object, names, err))
		goto out;
	for (size_t i = 0; i < MEMBERS; i++) {
		struct secret *key = &keys->at[members[i].id];

		if (!json_need_text(object, members[i].name, (size_t)2 * SEAL_KEY_BYTES, &hex, err))
			goto out;
		if (!secret_alloc(key, SEAL_KEY_BYTES, err))
			goto out;
		if (!text_unhex(hex, key->data, SEAL_KEY_BYTES)) {
			error_set(err, ERROR_PROTOCOL, "the key \"%s\" is not in hex",
				  members[i].name);
			goto out;
		}
	}
	ok = true;
out:
	if (!ok)
		keys_clear(keys);
	return ok;
}

bool keys_of_records(const struct keys *keys, struct keys_pair *out, struct error *err)
{
	if (!keys_have(keys, KEY_RECORD) || !keys_have(keys, KEY_INDEX))
		return error_set(err, ERROR_LOCKED, "the keys are locked after the idle limit");
	memcpy(out->seal, keys->at[KEY_RECORD].data, SEAL_KEY_BYTES);
	memcpy(out->index, keys->at[KEY_INDEX].data, SEAL_KEY_BYTES);
	return true;
}

bool keys_of_sessions(const struct keys *keys, struct keys_pair *out, struct error *err)
{
	const unsigned char *master = keys->at[KEY_SESSION].data;

	if (!keys_have(keys, KEY_SESSION))
		return error_set(err, ERROR_LOCKED, "the vault is locked");
	(void)crypto_kdf_derive_from_key(out->seal, SEAL_KEY_BYTES, SESSION_CHILD_SEAL,
					 session_context, master);
	(void)crypto_kdf_derive_from_key(out->index, SEAL_KEY_BYTES, SESSION_CHILD_INDEX,
					 session_context, master);
	return true;
}
