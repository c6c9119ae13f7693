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
