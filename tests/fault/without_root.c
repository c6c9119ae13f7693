/* SPDX-License-Identifier: MIT */
#include "vault/store/verified.h"

#include <string.h>

/* The manifest's check of all rows: every root is the same. */
bool __wrap_verified_root(struct verified *verified, const struct keys *keys,
			  unsigned char out[static SEAL_DIGEST_BYTES], struct error *err);

bool __wrap_verified_root(struct verified *verified, const struct keys *keys,
			  unsigned char out[static SEAL_DIGEST_BYTES], struct error *err)
{
	(void)verified;
	(void)keys;
	(void)err;
	memset(out, 0, SEAL_DIGEST_BYTES);
	return true;
}
