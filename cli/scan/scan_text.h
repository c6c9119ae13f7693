/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SCAN_SCAN_TEXT_H
#define CV_CLI_SCAN_SCAN_TEXT_H

#include "cli/scan/scan.h"
#include "vault/format/span.h"

/** Looks at one text and adds its keys to the search, with the lines where they stand. */

/** A line of a text that is a part of a file. */
struct scan_line {
	unsigned long number; /**< in the file */
	bool added;	      /**< else it is there for what stands near it */
};

struct scan_source {
	const char *path;	       /**< as it is to be shown */
	const char *commit;	       /**< "": not of git's history */
	const struct scan_line *lines; /**< one for each line of the text; NULL: it is the whole */
};

/** MEMORY. */
MUST bool scan_text(struct scan *scan, const struct scan_source *source, struct span text,
		    struct error *err);

#endif
