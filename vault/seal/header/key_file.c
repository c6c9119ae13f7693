/* SPDX-License-Identifier: MIT */
#include "vault/seal/header/key_file.h"

#include "vault/base/text.h"
#include "vault/seal/hash.h"

#include <string.h>

static const char prefix[] = "credvault-key-v1 ";

enum {
	PREFIX = sizeof(prefix) - 1,
	KEY_HEX = 2 * SEAL_KEY_BYTES,
	CHECK_HEX = 2 * KEY_FILE_CHECK_BYTES,
	LINE = PREFIX + KEY_HEX + 1 + CHECK_HEX
};

_Static_assert((int)LINE + 2 == (int)KEY_FILE_TEXT_BYTES, "the newline and the NUL");

static void check_of(const unsigned char key[static SEAL_KEY_BYTES],
		     unsigned char out[static SEAL_DIGEST_BYTES])
{
	struct pae_item items[] = {PAE_TEXT("credvault/key-file-check/v1"), {key, SEAL_KEY_BYTES}};

	hash_pae(NULL, "cv.file.check.v1", items, 2, out);
}

bool key_file_new(struct secret *key, struct error *err)
{
	return secret_random(key, SEAL_KEY_BYTES, err);
}

bool key_file_format(const struct secret *key, struct secret *text, struct error *err)
{
	unsigned char check[SEAL_DIGEST_BYTES] = {0};
	char *at;

	if (key->len != SEAL_KEY_BYTES)
		return error_set(err, ERROR_FAILED, "a key file holds %d bytes", SEAL_KEY_BYTES);
	if (!secret_alloc(text, KEY_FILE_TEXT_BYTES, err))
		return false;
	at = (char *)text->data;
	memcpy(at, prefix, PREFIX);
	(void)sodium_bin2hex(at + PREFIX, KEY_HEX + 1, key->data, SEAL_KEY_BYTES);
	at[PREFIX + KEY_HEX] = ' ';
	check_of(key->data, check);
	(void)sodium_bin2hex(at + PREFIX + KEY_HEX + 1, CHECK_HEX + 1, check, KEY_FILE_CHECK_BYTES);
	at[LINE] = '\n';
	secret_wipe(check, sizeof(check));
	return true;
}

/* Reads the key between the blanks, without checking the rest of the line. */
static bool take_key(const void *text, struct secret *key, struct error *err)
{
	struct secret line = SECRET_EMPTY;
	bool ok = secret_alloc(&line, LINE + 1, err) && secret_alloc(key, SEAL_KEY_BYTES, err);

	if (ok) {
		memcpy(line.data, text, LINE);
		line.data[PREFIX + KEY_HEX] = '\0';
		ok = text_unhex((const char *)line.data + PREFIX, key->data, SEAL_KEY_BYTES) ||
		     error_set(err, ERROR_FAILED, "the key file is damaged");
	}
	secret_clear(&line);
	return ok;
}

bool key_file_parse(const void *text, size_t len, struct secret *key, struct error *err)
{
	struct secret again = SECRET_EMPTY;
	const char *at = text;
	bool ok = false;

	secret_clear(key);
	if (len == LINE + 1 && at[LINE] == '\n')
		len--;
	if (len != LINE || memcmp(at, prefix, PREFIX) != 0)
		return error_set(err, ERROR_FAILED, "that is no key file of credvault's");
	/* One key has one text: formatting the key again must give the text that was read. */
	if (!take_key(text, key, err) || !key_file_format(key, &again, err))
		goto out;
	ok = secret_equal(again.data, text, LINE) ||
	     error_set(err, ERROR_FAILED, "the key file is damaged");
out:
	if (!ok)
		secret_clear(key);
	secret_clear(&again);
	return ok;
}
