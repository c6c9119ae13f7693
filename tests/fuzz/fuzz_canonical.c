/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/format/canonical.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Canonical means: doing it twice changes nothing more (a query), and no dots are left (a path). */
void fuzz_canonical(const uint8_t *data, size_t size)
{
	struct buf once = BUF_INIT(CANONICAL_LIMIT), twice = BUF_INIT(CANONICAL_LIMIT);
	struct buf path = BUF_INIT(CANONICAL_LIMIT);
	struct error err = ERROR_INIT;
	char *text = malloc(size + 1);

	if (!text || size > 16384)
		goto out;
	memcpy(text, data, size);
	text[size] = '\0';
	if (canonical_query(text, &once, &err) &&
	    (!canonical_query(buf_text(&once), &twice, &err) ||
	     strcmp(buf_text(&once), buf_text(&twice)) != 0))
		abort();
	if (size > 0 && strlen(text) > 0 && canonical_path(text, false, &path, &err) &&
	    (path.data[0] != '/' || strstr(buf_text(&path), "/../") ||
	     strstr(buf_text(&path), "//")))
		abort();
	buf_reset(&path);
	(void)!canonical_path(text, true, &path, &err);
out:
	buf_clear(&once);
	buf_clear(&twice);
	buf_clear(&path);
	free(text);
}
