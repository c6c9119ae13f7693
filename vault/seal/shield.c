/* SPDX-License-Identifier: MIT */
#include "vault/seal/shield.h"

#include "vault/seal/box.h"
#include "vault/seal/keys.h"
#include "vault/seal/pae.h"

_Static_assert((int)SHIELD_EXTRA_BYTES == (int)SEAL_NONCE_BYTES + (int)SEAL_TAG_BYTES, "extra");

static const struct pae_item purpose[] = {PAE_TEXT("credvault/shield/v1")};

bool shield_put(struct shield *shield, const void *plain, size_t len, struct buf *out,
		struct error *err)
{
	struct box box;
	unsigned char *data;

	if (!shield->key.data && !secret_random(&shield->key, SEAL_KEY_BYTES, err))
		return false;
	buf_reset(out);
	if (!buf_reserve(out, len + SHIELD_EXTRA_BYTES, err))
		return false;
	data = (unsigned char *)out->data;
	box = (struct box){.key = shield->key.data, .ad = purpose, .ad_count = 1};
	if (!box_seal(&box, plain, len, data, data + SEAL_NONCE_BYTES, err))
		return false;
	out->len = len + SHIELD_EXTRA_BYTES;
	return true;
}

bool shield_get(const struct shield *shield, const struct buf *sealed, struct buf *out,
		struct error *err)
{
	const struct box box = {
	    .key = shield->key.data, .ad = purpose, .ad_count = 1, .what = "memory"};
	const unsigned char *data = (const unsigned char *)sealed->data;
	size_t len;

	buf_reset(out);
	if (!shield->key.data || sealed->len < SHIELD_EXTRA_BYTES)
		return error_set(err, ERROR_FAILED, "nothing was put behind this shield");
	len = sealed->len - SHIELD_EXTRA_BYTES;
	if (!buf_reserve(out, len, err) ||
	    !box_open(&box, data, data + SEAL_NONCE_BYTES, len + SEAL_TAG_BYTES,
		      (unsigned char *)out->data, err))
		return false;
	out->len = len;
	out->data[len] = '\0';
	return true;
}

void shield_clear(struct shield *shield)
{
	secret_clear(&shield->key);
}
