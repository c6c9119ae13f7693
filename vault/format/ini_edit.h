/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_INI_EDIT_H
#define CV_FORMAT_INI_EDIT_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/format/ini.h"
#include "vault/format/span.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Edits one of AWS's shared files and leaves every byte as it is that the edit is not about:
 * comments, order, blank lines, ends of lines, a byte order mark, a last line without an end. Whole
 * settings are taken out, whole lines are put in; lines are counted from 1, as in
 * vault/format/ini.h. Texts may be secret: all copies are wiped.
 */

/** One stretch of the text that becomes another one. */
struct ini_change {
	size_t at, len; /**< the bytes of the text before that go */
	size_t now;	/**< where in the new text … */
	size_t put;	/**< … this many bytes stand in their place */
};

struct ini_edit {
	struct span text; /**< borrowed */
	size_t *lines;	  /**< where each line begins; one more for the end */
	size_t count;	  /**< of lines */
	bool *gone;	  /**< per line */
	struct buf *put;  /**< what is put before each line, and behind the last one */
};

#define INI_EDIT_EMPTY ((struct ini_edit){.lines = NULL})

/** Starts with a text that ini_parse() has read. MEMORY. */
MUST bool ini_edit_init(struct ini_edit *edit, const char *text, size_t len, struct error *err);

/** The bytes of the setting at a line, with the lines that continue it. Borrowed. */
struct span ini_edit_setting(const struct ini_edit *edit, unsigned int line);

/** Takes the setting at a line out. */
void ini_edit_drop(struct ini_edit *edit, unsigned int line);

/**
 * The line before which more settings of the section go: behind its last setting, and before blank
 * lines and comments that belong to the next section.
 */
unsigned int ini_edit_end(const struct ini_edit *edit, const struct ini *ini,
			  const struct ini_section *section);

/**
 * Puts lines, each ended by '\n', before `line` (1 to count + 1), behind what was put there
 * already. They end as the lines around them do. `like` is a line whose indent they take; 0: none.
 */
MUST bool ini_edit_put(struct ini_edit *edit, unsigned int line, unsigned int like,
		       const char *text, size_t len, struct error *err);

/**
 * Appends the new text; *changes, unless NULL, are its differences in order, for the caller to
 * free. A text whose last line had no end keeps that.
 */
MUST bool ini_edit_finish(const struct ini_edit *edit, struct buf *out, struct ini_change **changes,
			  size_t *count, struct error *err);

/** Wipes and frees. Accepts empty. */
void ini_edit_clear(struct ini_edit *edit);

#endif
