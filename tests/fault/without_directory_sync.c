/* SPDX-License-Identifier: MIT */
#include "tests/fault/disk.h"

/* The flush of the directory, which keeps the name of a new file. */
bool disk_sync_is_out(const char *name, bool directory)
{
	(void)name;
	return directory;
}
