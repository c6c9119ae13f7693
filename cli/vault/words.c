/* SPDX-License-Identifier: MIT */
#include "cli/vault/words.h"

#include <string.h>

/* Sixteen and five; none that sound alike next to one another, no q, w, x, y. */
static const char consonants[] = "bdfghjklmnprstvz", vowels[] = "aeiou";

enum { LETTERS = 4, BYTES = WORDS_COUNT * (LETTERS + 1) - 1 };

bool words_make(struct secret *out, struct error *err)
{
	if (!secret_alloc(out, BYTES, err))
		return false;
	for (size_t i = 0; i < BYTES; i++) {
		size_t at = i % (LETTERS + 1);

		if (at == LETTERS)
			out->data[i] = ' ';
		else if (at % 2 == 0)
			out->data[i] = (unsigned char)consonants[secret_random_below(16)];
		else
			out->data[i] = (unsigned char)vowels[secret_random_below(5)];
	}
	return true;
}
