/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/base/secret.h"
#include "vault/seal/header/key_file.h"

#include <string.h>

/* A key file that was read is written as the same text, but for the newline at its end. */
void fuzz_key_file(const uint8_t *data, size_t size)
{
	struct secret key = SECRET_EMPTY, text = SECRET_EMPTY;
	struct error err = ERROR_INIT;

	if (key_file_parse(data, size, &key, &err)) {
		FUZZ_HOLDS(key.len == SEAL_KEY_BYTES && key_file_format(&key, &text, &err));
		FUZZ_HOLDS(text.len - 1 >= size && text.len - 2 <= size);
		FUZZ_HOLDS(memcmp(text.data, data, text.len - 2) == 0);
	}
	secret_clear(&key);
	secret_clear(&text);
}
