/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/base/text.h"

#include <stdlib.h>
#include <string.h>

/* A text from outside: shown, it steers no terminal; a duration is written as it was read. */
void fuzz_words(const uint8_t *data, size_t size)
{
	struct buf shown = BUF_INIT(65536);
	char *text = fuzz_text(data, size);
	char cut[40], duration[TEXT_DURATION_BYTES];
	struct error err = ERROR_INIT;
	int64_t seconds, again;
	uint64_t number;

	FUZZ_HOLDS(text_escape((const char *)data, size, &shown, &err));
	for (size_t i = 0; i < shown.len; i++)
		FUZZ_HOLDS((unsigned char)shown.data[i] >= 0x20 && shown.data[i] != 0x7f);
	text_escape_into(text, cut, sizeof(cut));
	FUZZ_HOLDS(strlen(cut) < sizeof(cut));
	(void)text_width(buf_text(&shown));
	(void)text_is_name(text);
	if (text_parse_duration(text, &seconds, &err)) {
		text_exact_duration(seconds, duration);
		FUZZ_HOLDS(text_parse_duration(duration, &again, &err) && again == seconds);
	}
	(void)!text_parse_bytes(text, &number, &err);
	if (text_parse_u64("n", text, 1, 9000, &number, &err))
		FUZZ_HOLDS(number >= 1 && number <= 9000);
	free(text);
	buf_clear(&shown);
}
