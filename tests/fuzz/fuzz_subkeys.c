/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/format/json.h"

/* The set of subkeys as the agent takes it: whole, and written so that it reads the same. */
void fuzz_subkeys(const uint8_t *data, size_t size)
{
	struct buf text = BUF_INIT(8192);
	struct keys once = {0}, twice = {0};
	struct error err = ERROR_INIT;
	json_t *value, *again;

	if (!json_parse((const char *)data, size, 8192, &value, &err))
		return;
	if (keys_from_json(value, &once, &err)) {
		FUZZ_HOLDS(keys_append_json(&once, &text, &err));
		FUZZ_HOLDS(json_parse(text.data, text.len, text.limit, &again, &err));
		FUZZ_HOLDS(keys_from_json(again, &twice, &err) && keys_equal(&once, &twice));
		json_decref(again);
	}
	keys_clear(&once);
	keys_clear(&twice);
	buf_clear(&text);
	json_decref(value);
}
