/* SPDX-License-Identifier: MIT */
#include "tests/fault/disk.h"
#include "vault/store/rows/recovery_file.h"

/* The flush of the key that is in the recovery file and nowhere else. */
bool __wrap_recovery_file_write(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
				enum record_table table, const char *name, const struct buf *plain,
				struct error *err);
bool __real_recovery_file_write(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
				enum record_table table, const char *name, const struct buf *plain,
				struct error *err);

static bool writing;

bool __wrap_recovery_file_write(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
				enum record_table table, const char *name, const struct buf *plain,
				struct error *err)
{
	bool ok;

	writing = true;
	ok = __real_recovery_file_write(store, id, table, name, plain, err);
	writing = false;
	return ok;
}

bool disk_sync_is_out(const char *name, bool directory)
{
	(void)name;
	return !directory && writing;
}
