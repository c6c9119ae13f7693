/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SCAN_SCAN_WALK_H
#define CV_CLI_SCAN_SCAN_WALK_H

#include "cli/scan/scan.h"

/**
 * Walks a folder and looks at each of its files. Symbolic links below it are not followed, so that
 * nothing is seen twice and no loop is walked; folders of packages, git's objects and the kernel's
 * file systems are passed over and counted.
 */

/**
 * A file or a folder that somebody has named, and may be a symbolic link. NOT_FOUND, MEMORY;
 * whatever is below and cannot be read is counted.
 */
MUST bool scan_walk(struct scan *scan, const char *path, struct error *err);

#endif
