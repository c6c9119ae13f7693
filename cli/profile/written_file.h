/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_WRITTEN_FILE_H
#define CV_CLI_PROFILE_WRITTEN_FILE_H

#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * A file of temporary credentials that `export --write` leaves for other programs. It is written
 * whole or not at all, mode 0600, and is taken away by `lock` or at the export's end.
 *
 * A file is ours where its bytes are some that were written there: a record in the state directory,
 * one for each path, has their SHA-256. JSON has no place for a mark, and a file that somebody has
 * changed since is not ours any more. A record is lines of text; what is cut off by a crash counts
 * for nothing:
 *
 *	path /srv/job/aws.json
 *	vault HEX		SHA-256 of the vault's path; the last one counts
 *	wrote HEX		SHA-256 of a content, on disk before the content is
 */

enum { WRITTEN_FILE_MAX = 262144 /**< bytes of a file */ };

struct written_file {
	char path[PATH_MAX]; /**< absolute; its directory is resolved */
	char record_path[PATH_MAX];
	int record; /**< locked for as long as it is open; -1: closed */
};

#define WRITTEN_FILE_EMPTY ((struct written_file){.record = -1})

/**
 * Takes the path for a vault. `records` is the folder of the records, which is made. UNSAFE_FILE
 * where the path holds a file that is not ours, a symbolic link or no plain file at all; FAILED
 * where another export keeps this path.
 */
MUST bool written_file_open(const char *records, const char *vault, const char *path,
			    struct written_file *out, struct error *err);

/**
 * Replaces the file by the text. Where it fails, the file is as before. UNSAFE_FILE where somebody
 * has put another file there meanwhile; LOCKED where written_files_remove() has taken it away.
 */
MUST bool written_file_put(struct written_file *file, const struct buf *text, struct error *err);

/** Removes the file, where it is still ours, and keeps the path. UNSAFE_FILE: another one stays. */
MUST bool written_file_withdraw(struct written_file *file, struct error *err);

/** The same, and lets go of the path with its record, whatever comes of the file. */
MUST bool written_file_remove(struct written_file *file, struct error *err);

/** Lets go of the path; the file stays. Accepts empty. */
void written_file_close(struct written_file *file);

/** Told of each file: `why` is NULL where it was removed, else why it stays. */
typedef void written_file_told(void *ctx, const char *path, const struct error *why);

/**
 * Removes all files that were written for a vault. An export that keeps one is given a moment to do
 * so itself; one that is stopped writes no more. Nobody is told of a file that is gone already.
 */
void written_files_remove(const char *records, const char *vault, written_file_told *told,
			  void *ctx);

#endif
