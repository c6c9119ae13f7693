/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_FILES_TEXT_DIFF_H
#define CV_CLI_FILES_TEXT_DIFF_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/format/ini_edit.h"
#include "vault/format/span.h"

#include <stdbool.h>
#include <stddef.h>

/** Shows what an edit changes as a unified diff, without the secrets of the files. */

struct text_diff {
	const char *path; /**< as it is shown */
	struct span before, after;
	bool created, removed; /**< the file was not there, is not there then */
	const struct ini_change *changes;
	size_t count;
};

/**
 * Appends the diff; nothing where there is no change. Control characters are escaped; the values of
 * secret keys, tokens and passwords, also in lines that stay and in comments, become "****", and so
 * does what has the form of a secret key under any name.
 */
MUST bool text_diff_append(const struct text_diff *diff, struct buf *out, struct error *err);

/** Appends one line without its end, escaped and masked in the same way. */
MUST bool text_diff_append_line(struct span line, struct buf *out, struct error *err);

#endif
