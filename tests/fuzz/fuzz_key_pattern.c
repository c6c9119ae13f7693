/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/format/key_pattern.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool within(struct span part, struct span text, size_t len)
{
	return part.len == 0 ||
	       (part.len == len && part.at >= text.at && part.at + part.len <= text.at + text.len);
}

/* Whatever the bytes: each hit lies in them, is of its kind, and the search comes to its end. */
void fuzz_key_pattern(const uint8_t *data, size_t size)
{
	char *copy = fuzz_text(data, size), account[ARN_ACCOUNT_BYTES];
	const struct span text = {copy, size};
	struct key_pattern hit;
	size_t at = 0, hits = 0;

	while (key_pattern_next(text, &at, &hit)) {
		FUZZ_HOLDS(within(hit.id, text, KEY_PATTERN_ID));
		FUZZ_HOLDS(within(hit.secret, text, KEY_PATTERN_SECRET));
		FUZZ_HOLDS((hit.id.len > 0) == (hit.kind != KEY_PATTERN_LONE_SECRET));
		FUZZ_HOLDS((hit.secret.len > 0) == (hit.kind != KEY_PATTERN_LONE_ID));
		FUZZ_HOLDS(!hit.id.len || key_pattern_is_id(hit.id.at, account));
		FUZZ_HOLDS(!hit.account[0] || arn_is_account_id(hit.account));
		FUZZ_HOLDS(++hits <= size);
	}
	FUZZ_HOLDS(!key_pattern_next(text, &at, &hit));
	free(copy);
}
