/* SPDX-License-Identifier: MIT */
#include "tests/fault/disk.h"

#include <string.h>

/* The flush of a part of the log, before its rows are taken out of the vault. */
bool disk_sync_is_out(const char *name, bool directory)
{
	return !directory && strstr(name, ".log-") != NULL;
}
