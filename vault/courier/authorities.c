/* SPDX-License-Identifier: MIT */
#include "vault/courier/authorities.h"

#include "vault/base/file.h"

void authorities_read(struct buf *pem)
{
	struct error why;

	buf_reset(pem);
	if (!file_read(AUTHORITIES_FILE, AUTHORITIES_MAX, pem, &why))
		buf_reset(pem);
}

bool authorities_add(struct buf *pem, const char *more, struct error *err)
{
	return buf_text_append(pem, "\n", err) && buf_text_append(pem, more, err);
}
