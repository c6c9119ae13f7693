/* SPDX-License-Identifier: MIT */
#include "vault/seal/header/recovery_code.h"

#include "vault/seal/hash.h"

#include <string.h>

enum {
	BITS = 5,
	GROUP = 4,
	CODE_CHARS = RECOVERY_CODE_BYTES * 8 / BITS, /* 32 */
	CHECK_CHARS = 2,
	CHARS = CODE_CHARS + CHECK_CHARS
};

/* Crockford's base32: no I, L, O, U. */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* The value of a typed character, -1 for a character that is not in the alphabet. */
static int value_of(char c)
{
	int value = -1;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		c = '0';
	if (c == 'I' || c == 'L')
		c = '1';
	/* The loop avoids a table look-up by a secret and an early end. */
	for (int i = 0; i < 32; i++)
		value = alphabet[i] == c ? i : value;
	return value;
}

/* The first ten bits of a digest, as two base32 values. */
static void check_values(const unsigned char code[static RECOVERY_CODE_BYTES],
			 unsigned char out[static CHECK_CHARS])
{
	unsigned char digest[SEAL_DIGEST_BYTES];
	struct pae_item items[] = {PAE_TEXT("credvault/recovery-check/v1"),
				   {code, RECOVERY_CODE_BYTES}};

	hash_pae(NULL, "cv.code.check.v1", items, 2, digest);
	out[0] = digest[0] >> 3;
	out[1] = (unsigned char)((digest[0] & 7) << 2 | digest[1] >> 6);
	secret_wipe(digest, sizeof(digest));
}

bool recovery_code_new(struct secret *code, struct error *err)
{
	return secret_random(code, RECOVERY_CODE_BYTES, err);
}

static unsigned char five_bits(const unsigned char *bytes, int index)
{
	unsigned int value = 0;

	for (int bit = index * BITS; bit < (index + 1) * BITS; bit++)
		value = value << 1 | ((unsigned int)bytes[bit / 8] >> (7 - bit % 8) & 1U);
	return (unsigned char)value;
}

void recovery_code_format(const struct secret *code, char out[static RECOVERY_CODE_TEXT_BYTES])
{
	unsigned char check[CHECK_CHARS];
	size_t at = 0;

	check_values(code->data, check);
	out[at++] = 'C';
	out[at++] = 'V';
	for (int i = 0; i < CODE_CHARS; i++) {
		if (i % GROUP == 0)
			out[at++] = '-';
		out[at++] = alphabet[five_bits(code->data, i)];
	}
	out[at++] = '-';
	for (int i = 0; i < CHECK_CHARS; i++)
		out[at++] = alphabet[check[i]];
	out[at] = '\0';
	secret_wipe(check, sizeof(check));
}

/* Collects the values of the code's characters; false when the text lacks the shape of a code. */
static bool collect(const char *text, size_t len, unsigned char values[static CHARS + 2])
{
	static const unsigned char prefix[] = {12, 27}; /* C, V */
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int value;

		if (text[i] == ' ' || text[i] == '-' || text[i] == '\t')
			continue;
		value = value_of(text[i]);
		if (value < 0 || n == CHARS + sizeof(prefix))
			return false;
		values[n++] = (unsigned char)value;
	}
	if (n == CHARS + sizeof(prefix) && memcmp(values, prefix, sizeof(prefix)) == 0) {
		memmove(values, values + sizeof(prefix), CHARS);
		n = CHARS;
	}
	return n == CHARS;
}

bool recovery_code_looks(const void *text, size_t len)
{
	unsigned char values[CHARS + 2] = {0};
	bool looks = collect(text, len, values);

	secret_wipe(values, sizeof(values));
	return looks;
}

bool recovery_code_parse(const void *text, size_t len, struct secret *code, struct error *err)
{
	unsigned char values[CHARS + 2] = {0}, check[CHECK_CHARS] = {0};
	bool ok = false;

	secret_clear(code);
	if (!collect(text, len, values)) {
		error_set(err, ERROR_USAGE, "that is not a recovery code");
		goto out;
	}
	if (!secret_alloc(code, RECOVERY_CODE_BYTES, err))
		goto out;
	for (int bit = 0; bit < RECOVERY_CODE_BYTES * 8; bit++) {
		unsigned int value = values[bit / BITS];
		unsigned int one = value >> (BITS - 1 - bit % BITS) & 1U;

		code->data[bit / 8] |= (unsigned char)(one << (7 - bit % 8));
	}
	check_values(code->data, check);
	if (!secret_equal(check, values + CODE_CHARS, CHECK_CHARS)) {
		secret_clear(code);
		error_set(err, ERROR_USAGE, "there is a typing mistake in the recovery code");
		goto out;
	}
	ok = true;
out:
	secret_wipe(values, sizeof(values));
	secret_wipe(check, sizeof(check));
	return ok;
}

bool recovery_code_private_key(const struct secret *code,
			       const unsigned char vault_id[static SEAL_ID_BYTES],
			       struct secret *private_key, struct error *err)
{
	struct pae_item items[] = {
	    PAE_TEXT("credvault/recovery/v1"), PAE_ID(vault_id), {code->data, code->len}};

	if (code->len != RECOVERY_CODE_BYTES)
		return error_set(err, ERROR_FAILED, "a recovery code has %d bytes",
				 RECOVERY_CODE_BYTES);
	if (!secret_alloc(private_key, SEAL_KEY_BYTES, err))
		return false;
	hash_pae(NULL, "cv.recovery.v1", items, 3, private_key->data);
	return true;
}
