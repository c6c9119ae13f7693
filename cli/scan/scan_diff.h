/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SCAN_SCAN_DIFF_H
#define CV_CLI_SCAN_SCAN_DIFF_H

#include "cli/scan/scan.h"
#include "cli/scan/scan_text.h"

#include <limits.h>

/**
 * Reads what `git log -p` and `git diff` print, as it comes, and looks at the lines that each
 * change has added; the lines around them help to see what belongs together. A commit is a line
 * `commit HASH`. Hostile text is bounded: what is too long for a line or a change is cut or taken
 * in parts.
 */

enum { SCAN_DIFF_LINE_MAX = 65536, SCAN_DIFF_TEXT_MAX = 1024 * 1024 };

struct scan_diff {
	struct scan *scan;
	struct buf line; /**< that is not complete yet, as far as it may go */
	struct buf text; /**< of the file's change so far */
	struct scan_line *lines;
	size_t count, room;
	char path[PATH_MAX], commit[SCAN_COMMIT_BYTES];
	unsigned long number;	      /**< of the next line in the new file */
	unsigned long before, behind; /**< lines of the hunk that are to come, old and new */
};

void scan_diff_init(struct scan_diff *diff, struct scan *scan);

/** Takes more of the output. MEMORY. */
MUST bool scan_diff_add(struct scan_diff *diff, const char *data, size_t len, struct error *err);

/** Looks at what is left at the end of the output. MEMORY. */
MUST bool scan_diff_end(struct scan_diff *diff, struct error *err);

/** Wipes and frees. */
void scan_diff_clear(struct scan_diff *diff);

#endif
