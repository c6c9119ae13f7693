/* SPDX-License-Identifier: MIT */
#include "vault/format/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What was read is written so that it reads as the same value. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text = BUF_INIT(1048576);
	struct error err = ERROR_INIT;
	json_t *value, *again;

	json_open();
	if (!json_parse((const char *)data, size, 65536, &value, &err))
		return 0;
	if (json_append(value, &text, &err)) {
		if (!json_parse(text.data, text.len, text.limit, &again, &err) ||
		    !json_equal(value, again))
			abort();
		json_decref(again);
	}
	buf_clear(&text);
	json_decref(value);
	return 0;
}
