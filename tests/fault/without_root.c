/* SPDX-License-Identifier: MIT */
#include "vault/store/verified/verified_rows.h"

#include <string.h>

/* The manifest's check of all rows: every root is the same. */
bool __wrap_verified_rows_root(struct verified_rows *verified, const struct keys *keys,
			       unsigned char out[static SEAL_DIGEST_BYTES], struct error *err);

bool __wrap_verified_rows_root(struct verified_rows *verified, const struct keys *keys,
			       unsigned char out[static SEAL_DIGEST_BYTES], struct error *err)
{
	(void)verified;
	(void)keys;
	(void)err;
	memset(out, 0, SEAL_DIGEST_BYTES);
	return true;
}
