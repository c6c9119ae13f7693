/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/format/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What was read is written so that it reads as the same value. */
void fuzz_json(const uint8_t *data, size_t size)
{
	struct buf text = BUF_INIT(1048576);
	struct error err = ERROR_INIT;
	json_t *value, *again;

	if (!json_parse((const char *)data, size, 65536, &value, &err))
		return;
	if (json_append(value, &text, &err)) {
		if (!json_parse(text.data, text.len, text.limit, &again, &err) ||
		    !json_equal(value, again))
			abort();
		json_decref(again);
	}
	buf_clear(&text);
	json_decref(value);
}
