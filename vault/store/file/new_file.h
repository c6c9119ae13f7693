/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_FILE_NEW_FILE_H
#define CV_STORE_FILE_NEW_FILE_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/store/file/statement.h"

#include <sqlite3.h>

/**
 * A vault file in the making: a new file with our schema and one open transaction, under a
 * temporary name. The caller writes the rows, ends it, and gives the file its name.
 */
struct new_file {
	sqlite3 *db;
	struct statements statements;
};

#define NEW_FILE_EMPTY ((struct new_file){.db = NULL})

/** Creates the file (0600; it must not exist) and begins the transaction. */
MUST bool new_file_begin(struct new_file *file, const char *path, struct error *err);

/** Commits, and checkpoints, so that the one file holds all. */
MUST bool new_file_commit(struct new_file *file, struct error *err);

/** Closes the file in any case; false, IO, where that fails after a success (`ok`). */
MUST bool new_file_close(struct new_file *file, bool ok, struct error *err);

/** Writes the one row of the table header. */
MUST bool new_file_write_header(struct new_file *file, const struct buf *header, struct error *err);

/** Removes a file that is not wanted any more, and what SQLite has put beside it. */
void new_file_remove(const char *path);

#endif
