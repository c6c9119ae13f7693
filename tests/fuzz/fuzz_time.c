/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/format/time.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Whatever is taken for a time can be written and read again. */
void fuzz_time(const uint8_t *data, size_t size)
{
	char basic[TIME_BASIC_BYTES];
	char *text = malloc(size + 1);
	int64_t at, back;

	if (!text)
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	if (time_parse_iso(text, &at)) {
		time_format_basic(at, basic);
		if (!time_parse_iso(basic, &back) || back != at)
			abort();
	}
	if (time_parse_http(text, &at) && (at < 0 || at > INT64_C(253402300799)))
		abort();
	free(text);
}
