/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_FAULT_RESERVING_H
#define CV_TESTS_FAULT_RESERVING_H

#include "tests/fault/disk.h"
#include "vault/store/rows/recovery_file.h"

/** Whether a recovery file is being made just now, for builds from which a flush of that is out. */
static bool reserving;

bool __wrap_recovery_file_reserve(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
				  struct error *err);
bool __real_recovery_file_reserve(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
				  struct error *err);

bool __wrap_recovery_file_reserve(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
				  struct error *err)
{
	bool ok;

	reserving = true;
	ok = __real_recovery_file_reserve(store, id, err);
	reserving = false;
	return ok;
}

#endif
