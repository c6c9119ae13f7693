/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_FAULT_RECORDING_H
#define CV_TESTS_FAULT_RECORDING_H

#include "tests/fault/disk.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * What disk.c tells of each change that was made below the watched directory, for disk_events().
 * Names are paths from there. Without disk_record() nothing is kept.
 */

/** A file was opened; fresh: it was not there before. The inode it is known by, -1 when none. */
int recording_opened(const char *name, bool fresh);

void recording_wrote(int inode, off_t at, const void *data, size_t len);
void recording_resized(int inode, off_t size);
void recording_removed(const char *name);
void recording_renamed(const char *from, const char *to);
void recording_synced(int inode, const char *name, bool directory);

#endif
