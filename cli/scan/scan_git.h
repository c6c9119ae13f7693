/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SCAN_SCAN_GIT_H
#define CV_CLI_SCAN_SCAN_GIT_H

#include "cli/scan/scan.h"

#include <stdbool.h>

/**
 * Looks at what git has: the lines that commits have added, or those that the next commit would
 * add. git is run by a fixed list of arguments, without a shell, and told to run no program of the
 * repository's configuration and to fetch nothing.
 */

enum scan_git {
	SCAN_GIT_HISTORY, /**< of every branch, tag, stash and reflog */
	SCAN_GIT_STAGED	  /**< the index against HEAD: for a pre-commit hook */
};

/**
 * Looks at the repository of `folder` (NULL: the current one), and takes over the allow-list at its
 * top. NOT_FOUND where there is none, FAILED where git is not there or fails, MEMORY.
 */
MUST bool scan_git(struct scan *scan, enum scan_git what, const char *folder, struct error *err);

#endif
