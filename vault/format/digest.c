/* SPDX-License-Identifier: MIT */
#include "vault/format/digest.h"

#include "vault/base/text.h"

#include <errno.h>
#include <sodium.h>
#include <unistd.h>

void digest_sha256(const void *data, size_t len, unsigned char out[static DIGEST_BYTES])
{
	static const unsigned char nothing[1] = {0};

	(void)crypto_hash_sha256(out, len ? data : nothing, len);
}

void digest_sha256_hex(const void *data, size_t len, char out[static DIGEST_HEX_BYTES])
{
	unsigned char raw[DIGEST_BYTES];

	digest_sha256(data, len, raw);
	text_hex(raw, sizeof(raw), out);
}

bool digest_sha256_fd(int fd, int64_t limit, int64_t *bytes, char out[static DIGEST_HEX_BYTES],
		      struct error *err)
{
	unsigned char chunk[16384], raw[DIGEST_BYTES];
	crypto_hash_sha256_state state;
	ssize_t n;

	*bytes = 0;
	(void)crypto_hash_sha256_init(&state);
	for (;;) {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		*bytes += n;
		if (*bytes > limit)
			return error_set(err, ERROR_FAILED, "the file is too large");
		(void)crypto_hash_sha256_update(&state, chunk, (unsigned long long)n);
	}
	if (n < 0)
		return error_set_errno(err, ERROR_IO, errno, "cannot read the file");
	(void)crypto_hash_sha256_final(&state, raw);
	text_hex(raw, sizeof(raw), out);
	return true;
}

/* The arena aligns to SECRET_BLOCK_BYTES, more than libsodium's state asks for. */
static crypto_auth_hmacsha256_state *state_of(const struct digest_hmac *hmac)
{
	return (crypto_auth_hmacsha256_state *)(void *)hmac->state.data;
}

bool digest_hmac_start(struct digest_hmac *hmac, const void *key, size_t key_len, struct error *err)
{
	static const unsigned char nothing[1] = {0};

	if (!secret_alloc(&hmac->state, sizeof(crypto_auth_hmacsha256_state), err))
		return false;
	(void)crypto_auth_hmacsha256_init(state_of(hmac), key_len ? key : nothing, key_len);
	return true;
}

void digest_hmac_add(struct digest_hmac *hmac, const void *data, size_t len)
{
	if (len > 0)
		(void)crypto_auth_hmacsha256_update(state_of(hmac), data, len);
}

void digest_hmac_finish(struct digest_hmac *hmac, unsigned char out[static DIGEST_BYTES])
{
	(void)crypto_auth_hmacsha256_final(state_of(hmac), out);
	secret_clear(&hmac->state);
}

bool digest_hmac_sha256(const struct secret *key, const void *data, size_t len,
			unsigned char out[static DIGEST_BYTES], struct error *err)
{
	struct digest_hmac hmac = DIGEST_HMAC_EMPTY;

	if (!digest_hmac_start(&hmac, key->data, key->len, err))
		return false;
	digest_hmac_add(&hmac, data, len);
	digest_hmac_finish(&hmac, out);
	return true;
}

bool digest_hmac_derive(const struct secret *key, const void *data, size_t len, struct secret *out,
			struct error *err)
{
	if (!secret_alloc(out, DIGEST_BYTES, err))
		return false;
	if (digest_hmac_sha256(key, data, len, out->data, err))
		return true;
	secret_clear(out);
	return false;
}
