/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SCAN_SCAN_ALLOW_H
#define CV_CLI_SCAN_SCAN_ALLOW_H

#include "vault/base/error.h"
#include "vault/format/span.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * The allow-list of a search, `.credvault-allow`: ids and paths that are no findings, one a line,
 * each with its reason behind a #:
 *
 *	AKIA…                 # of a training account that was closed
 *	tests/fixtures/a*     # made up by the generator beside them
 *
 * A path is a glob (fnmatch(3), where * takes slashes too), or a folder, and counts from the
 * file's own folder.
 */

#define SCAN_ALLOW_NAME ".credvault-allow"

struct scan_allow_line;

struct scan_allow {
	struct scan_allow_line *lines;
	size_t count;
};

/**
 * Adds the lines of a file; nothing where there is none. `under` is what the shown paths of the
 * file's folder begin with ("" or "src/"). FAILED with file and line where a line has no reason;
 * UNSAFE_FILE.
 */
MUST bool scan_allow_read(struct scan_allow *allow, const char *path, const char *under,
			  struct error *err);

/** Whether an id (empty: none) or a shown path is allowed. */
bool scan_allow_has(const struct scan_allow *allow, struct span id, const char *path);

/** Frees. Accepts empty. */
void scan_allow_clear(struct scan_allow *allow);

#endif
