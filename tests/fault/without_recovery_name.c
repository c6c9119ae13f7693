/* SPDX-License-Identifier: MIT */
#include "tests/fault/reserving.h"

/* The flush of the directory that has a new recovery file in it. */
bool disk_sync_is_out(const char *name, bool directory)
{
	(void)name;
	return directory && reserving;
}
