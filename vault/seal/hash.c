/* SPDX-License-Identifier: MIT */
#include "vault/seal/hash.h"

#include "vault/base/secret.h"

#include <assert.h>
#include <string.h>

void hash_begin(struct hash *hash, const unsigned char *key, const char *personal, size_t out_len)
{
	unsigned char block[crypto_generichash_blake2b_PERSONALBYTES] = {0};
	int rc;

	assert(strlen(personal) <= sizeof(block));
	memcpy(block, personal, strlen(personal));
	rc = crypto_generichash_blake2b_init_salt_personal(
	    &hash->state, key, key ? SEAL_KEY_BYTES : 0, out_len, NULL, block);
	assert(rc == 0);
	(void)rc;
	hash->out_len = out_len;
}

void hash_add(struct hash *hash, const void *data, size_t len)
{
	if (len > 0)
		(void)crypto_generichash_blake2b_update(&hash->state, data, len);
}

void hash_add_pae(struct hash *hash, const struct pae_item *items, size_t count)
{
	unsigned char length[PAE_LENGTH_BYTES];

	pae_put_u32((uint32_t)count, length);
	hash_add(hash, length, sizeof(length));
	for (size_t i = 0; i < count; i++) {
		assert(items[i].len <= UINT32_MAX);
		pae_put_u32((uint32_t)items[i].len, length);
		hash_add(hash, length, sizeof(length));
		hash_add(hash, items[i].data, items[i].len);
	}
}

void hash_end(struct hash *hash, unsigned char *out)
{
	(void)crypto_generichash_blake2b_final(&hash->state, out, hash->out_len);
	secret_wipe(hash, sizeof(*hash));
}

void hash_pae(const unsigned char *key, const char *personal, const struct pae_item *items,
	      size_t count, unsigned char out[static SEAL_DIGEST_BYTES])
{
	struct hash hash;

	hash_begin(&hash, key, personal, SEAL_DIGEST_BYTES);
	hash_add_pae(&hash, items, count);
	hash_end(&hash, out);
}
