/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_FILES_EDIT_JOURNAL_H
#define CV_CLI_FILES_EDIT_JOURNAL_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/format/ini_edit.h"
#include "vault/format/span.h"

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Remembers how files were before `setup` changed them, so that `setup --undo` can put back every
 * byte. The journal is a file beside the vault. It holds no secret: where an access key stood, it
 * names the key of the vault that has it now. It is written before the files are.
 *
 *	{"version":1,"edits":[{"path","at":T,"before":HEX|null,"after":HEX,"lines":HEX,
 *	                       "changes":[{"at":n,"now":HEX,"old":[PIECE…]}…]}…]}
 *
 * PIECE is {"bytes":HEX}, or {"key":NAME,"part":"id"|"secret"}. before and after are SHA-256 of the
 * whole file; before is null for a file that was not there. lines are the first 8 bytes of the
 * SHA-256 of each line that the edit left, to tell it from those that come later.
 */

/** A stretch of the text before that is the vault's: an access key's id, or its secret. */
struct edit_secret {
	size_t at, len;
	const char *key; /**< the name in the vault; borrowed */
	bool id;	 /**< the id, not the secret */
};

/** One file's edit. Borrowed. */
struct edit_record {
	const char *path;
	bool created; /**< the file was not there */
	int64_t at;   /**< Unix seconds */
	struct span before, after;
	const struct ini_change *changes;
	size_t count;
	const struct edit_secret *secrets; /**< in the order of the text */
	size_t secrets_count;
};

/** Reads the journal; an empty one where there is no file. FAILED where it is no journal. */
MUST bool edit_journal_read(const char *path, json_t **journal, struct error *err);

/** Adds an edit as the newest one. */
MUST bool edit_journal_add(json_t *journal, const struct edit_record *record, struct error *err);

/** Writes the journal, or removes it where it is empty; synced. */
MUST bool edit_journal_write(const char *path, const json_t *journal, struct error *err);

/**
 * Forgets the newest edits of the file that never reached it: what a killed run had planned. `text`
 * is what the file holds.
 */
void edit_journal_settle(json_t *journal, const char *path, struct span text, bool there);

/** The newest edit of a file; NULL: none. Borrowed. */
const json_t *edit_journal_newest(const json_t *journal, const char *path);

/** Whether the edit left exactly this text. */
bool edit_journal_left(const json_t *edit, struct span text);

/** Whether the file was not there before the edit. */
bool edit_journal_created(const json_t *edit);

/**
 * Makes the newest `depth` edits of a file say that this is the text before them (NULL: that the
 * file was not there): an undo is about to write it, with keys that may have been rotated since.
 */
MUST bool edit_journal_will_be(json_t *journal, const char *path, size_t depth,
			       const struct span *text, struct error *err);

/** What an undo asks for: the id or the secret of a key, appended to *out. */
struct edit_keys {
	bool (*bring)(void *ctx, const char *key, bool id, struct buf *out, struct error *err);
	void *ctx;
};

/** The number of changes of an edit; of one of them what stood there before, and what it put. */
size_t edit_journal_count(const json_t *edit);
MUST bool edit_journal_change(const json_t *edit, size_t i, const struct edit_keys *keys,
			      struct buf *old, struct buf *now, struct error *err);

/** Appends the lines of `now` that the edit has not left there, escaped and masked, after "  > ". */
MUST bool edit_journal_later(const json_t *edit, struct span now, struct buf *out,
			     struct error *err);

/**
 * Appends the text as it was before the edit; `after` is what the edit left. *changes are the
 * differences from `after` to it, for the caller to free.
 */
MUST bool edit_journal_revert(const json_t *edit, struct span after, const struct edit_keys *keys,
			      struct buf *out, struct ini_change **changes, size_t *count,
			      struct error *err);

#endif
