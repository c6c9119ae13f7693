/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/base/secret.h"
#include "vault/seal/header/recovery_code.h"

#include <string.h>

/* What is read as a code looks like one, and is written so that it reads as the same code. */
void fuzz_recovery_code(const uint8_t *data, size_t size)
{
	char text[RECOVERY_CODE_TEXT_BYTES];
	struct secret code = SECRET_EMPTY, again = SECRET_EMPTY;
	struct error err = ERROR_INIT;

	if (recovery_code_parse(data, size, &code, &err)) {
		FUZZ_HOLDS(recovery_code_looks(data, size) && code.len == RECOVERY_CODE_BYTES);
		recovery_code_format(&code, text);
		FUZZ_HOLDS(recovery_code_parse(text, strlen(text), &again, &err));
		FUZZ_HOLDS(secret_equal(code.data, again.data, code.len));
	}
	secret_clear(&code);
	secret_clear(&again);
}
