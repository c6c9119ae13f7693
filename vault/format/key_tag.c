/* SPDX-License-Identifier: MIT */
#include "vault/format/key_tag.h"

#include <string.h>

static void tag_add(struct digest_hmac *hmac, const void *data, size_t len)
{
	unsigned char length[8];

	for (size_t i = 0; i < sizeof(length); i++)
		length[i] = (unsigned char)((uint64_t)len >> (8 * i));
	digest_hmac_add(hmac, length, sizeof(length));
	digest_hmac_add(hmac, data, len);
}

bool key_tag_make(const unsigned char nonce[static KEY_TAG_NONCE_BYTES],
		  const struct key_tag_of *key, unsigned char out[static DIGEST_BYTES],
		  struct error *err)
{
	static const char domain[] = "credvault/key-tag/v1";
	struct digest_hmac hmac = DIGEST_HMAC_EMPTY;

	if (!digest_hmac_start(&hmac, nonce, KEY_TAG_NONCE_BYTES, err))
		return false;
	tag_add(&hmac, domain, sizeof(domain) - 1);
	tag_add(&hmac, key->name, strlen(key->name));
	tag_add(&hmac, key->access_key_id, strlen(key->access_key_id));
	tag_add(&hmac, key->secret, key->secret_len);
	digest_hmac_finish(&hmac, out);
	return true;
}
