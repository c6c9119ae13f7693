/* SPDX-License-Identifier: MIT */
#include "tests/fault/disk.h"

#include <string.h>

/* The flush of the vault file itself, before its journal is thrown away. */
bool disk_sync_is_out(const char *name, bool directory)
{
	return !directory && strstr(name, "-wal") == NULL;
}
