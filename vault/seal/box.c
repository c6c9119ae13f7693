/* SPDX-License-Identifier: MIT */
#include "vault/seal/box.h"

#include "vault/base/secret.h"

#include <sodium.h>
#include <string.h>

enum { AD_MAX = 1024, PAD_MARK = 0x80 };

_Static_assert((int)SEAL_NONCE_BYTES == (int)crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert((int)SEAL_TAG_BYTES == (int)crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");
_Static_assert((int)SEAL_KEY_BYTES == (int)crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");

bool box_tampered(const char *what, struct error *err)
{
	return error_set(err, ERROR_TAMPERED, "the vault was changed from outside (%s)", what);
}

bool box_seal(const struct box *box, const void *plain, size_t len,
	      unsigned char nonce[static SEAL_NONCE_BYTES], unsigned char *out, struct error *err)
{
	struct buf bound = BUF_INIT(AD_MAX);
	bool ok = false;

	if (!pae_append(&bound, box->ad, box->ad_count, err))
		goto out;
	secret_random_bytes(nonce, SEAL_NONCE_BYTES);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, plain, len,
							 (const unsigned char *)bound.data,
							 bound.len, NULL, nonce, box->key);
	ok = true;
out:
	buf_clear(&bound);
	return ok;
}

bool box_open(const struct box *box, const unsigned char nonce[static SEAL_NONCE_BYTES],
	      const void *sealed, size_t len, unsigned char *out, struct error *err)
{
	struct buf bound = BUF_INIT(AD_MAX);
	bool ok = false;

	if (len < SEAL_TAG_BYTES) {
		box_tampered(box->what, err);
		goto out;
	}
	if (!pae_append(&bound, box->ad, box->ad_count, err))
		goto out;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed, len,
						       (const unsigned char *)bound.data, bound.len,
						       nonce, box->key) != 0) {
		secret_wipe(out, len - SEAL_TAG_BYTES);
		box_tampered(box->what, err);
		goto out;
	}
	ok = true;
out:
	buf_clear(&bound);
	return ok;
}

bool box_seal_padded(const struct box *box, const void *plain, size_t len,
		     unsigned char nonce[static SEAL_NONCE_BYTES], struct buf *out,
		     struct error *err)
{
	size_t padded = (len / SEAL_PAD_BYTES + 1) * SEAL_PAD_BYTES;
	unsigned char *data;

	buf_reset(out);
	if (!buf_reserve(out, padded + SEAL_TAG_BYTES, err))
		return false;
	data = (unsigned char *)out->data;
	if (len > 0)
		memcpy(data, plain, len);
	data[len] = PAD_MARK;
	memset(data + len + 1, 0, padded - len - 1);
	/* The box is sealed in place, so that the padded plaintext has no second copy. */
	if (!box_seal(box, data, padded, nonce, data, err)) {
		secret_wipe(data, padded);
		return false;
	}
	out->len = padded + SEAL_TAG_BYTES;
	out->data[out->len] = '\0';
	return true;
}

/*
 * Finds where the padding begins: only the mark and zeros follow the text, one block at most. False
 * for anything else. sodium_unpad() hides how long it searches, which is not needed here: only the
 * holder of the key makes a tag that gets this far, so there is no oracle; and every unlock opens a
 * long log entry by entry.
 */
static bool unpad(const unsigned char *data, size_t padded, size_t *len)
{
	size_t at = padded - 1;

	while (at > padded - SEAL_PAD_BYTES && data[at] == 0)
		at--;
	*len = at;
	return data[at] == PAD_MARK;
}

bool box_open_padded(const struct box *box, const unsigned char nonce[static SEAL_NONCE_BYTES],
		     const void *sealed, size_t len, struct buf *out, struct error *err)
{
	size_t padded, plain = 0;

	buf_reset(out);
	if (len < SEAL_PAD_BYTES + SEAL_TAG_BYTES || len > box->max ||
	    (len - SEAL_TAG_BYTES) % SEAL_PAD_BYTES != 0)
		return box_tampered(box->what, err);
	padded = len - SEAL_TAG_BYTES;
	if (!buf_reserve(out, padded, err))
		return false;
	if (!box_open(box, nonce, sealed, len, (unsigned char *)out->data, err))
		return false;
	/* The length is raised first, so that a later reset wipes the padding too. */
	out->len = padded;
	if (!unpad((const unsigned char *)out->data, padded, &plain)) {
		buf_reset(out);
		return box_tampered(box->what, err);
	}
	out->len = plain;
	out->data[plain] = '\0';
	return true;
}
