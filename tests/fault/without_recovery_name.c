/* SPDX-License-Identifier: MIT */
#include "tests/fault/disk.h"
#include "vault/store/aside.h"

/* The flush of the directory that has a new recovery file in it. */
bool __wrap_aside_reserve(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
			  struct error *err);
bool __real_aside_reserve(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
			  struct error *err);

static bool reserving;

bool __wrap_aside_reserve(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
			  struct error *err)
{
	bool ok;

	reserving = true;
	ok = __real_aside_reserve(store, id, err);
	reserving = false;
	return ok;
}

bool disk_sync_is_out(const char *name, bool directory)
{
	(void)name;
	return directory && reserving;
}
