/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SCAN_SCAN_FILE_H
#define CV_CLI_SCAN_SCAN_FILE_H

#include "cli/scan/scan.h"

/** Looks at one file. What is no plain file is never opened, so that no FIFO or device answers. */

/**
 * Looks at the file `name` of the folder `at` (as openat(2) has it), shown as `path`. `follow` is
 * for a file that somebody has named: it may be a symbolic link. Whatever cannot be looked at is
 * counted, and no failure. MEMORY.
 */
MUST bool scan_file(struct scan *scan, int at, const char *name, const char *path, bool follow,
		    struct error *err);

#endif
