/* SPDX-License-Identifier: MIT */
#include "vault/seal/keys.h"

/* Does not let go of the keys to the records at the idle limit. */

void __wrap_keys_clear_records(struct keys *keys);

void __wrap_keys_clear_records(struct keys *keys)
{
	(void)keys;
}
