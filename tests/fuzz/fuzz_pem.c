/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/format/pem.h"

#include <stdint.h>
#include <stdlib.h>

/* What is taken from a file of authorities holds nothing else, and is taken again as it is. */
void fuzz_pem(const uint8_t *data, size_t size)
{
	struct buf text = BUF_INIT(PEM_FILE_MAX), none = BUF_INIT(1);
	struct buf once = BUF_INIT(PEM_AUTHORITIES_MAX), twice = BUF_INIT(PEM_AUTHORITIES_MAX);
	size_t count, again;
	struct error err;

	if (size > PEM_FILE_MAX || !buf_append(&text, data, size, &err))
		return;
	if (pem_lacking("f", &text, &none, &once, &count, &err)) {
		if (!pem_check("f", &once, &again, &err) || again != count ||
		    !pem_lacking("f", &once, &none, &twice, &again, &err) || again != count ||
		    once.len != twice.len)
			abort();
	}
	buf_clear(&text);
	buf_clear(&once);
	buf_clear(&twice);
}
