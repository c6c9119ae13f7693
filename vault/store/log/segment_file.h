/* SPDX-License-Identifier: MIT */
#ifndef CV_STORE_LOG_SEGMENT_FILE_H
#define CV_STORE_LOG_SEGMENT_FILE_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/record/chain.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * The files of closed segments: `<vault>.log-<id>`, id in hex, 0600, never changed once the file
 * has its name. A file holds sealed entries; segment_check.h reports its faults.
 */

struct store;

enum { SEGMENT_PATH_MAX = PATH_MAX + 64 };

/** The largest file that is read. A segment that would exceed this size is not closed. */
#define SEGMENT_FILE_MAX ((off_t)128 * 1024 * 1024)

/** Where a segment's file is. */
void segment_file_path(const struct store *store, const struct chain_segment *segment,
		       char out[static SEGMENT_PATH_MAX]);

/** Appends an entry as it stands in the file. */
MUST bool segment_file_add(struct buf *file, const unsigned char nonce[static SEAL_NONCE_BYTES],
			   const void *sealed, size_t len, struct error *err);

/**
 * Writes the file under a temporary name, syncs it, renames it to path and syncs the directory. An
 * existing file at path is replaced if it holds a beginning of the same bytes (an interrupted
 * closing leaves one); if it holds anything else, the result is false and *taken is set.
 */
MUST bool segment_file_write(const char *path, const struct buf *file, bool *taken,
			     struct error *err);

/**
 * Reads the whole file into *out. NOT_FOUND without a file; UNSAFE_FILE if other users can reach
 * it.
 */
MUST bool segment_file_read(const char *path, struct buf *out, struct error *err);

/** A walk along the entries of a segment's file. */
struct segment_file_walk {
	const unsigned char *at;
	size_t left;
};

/** Starts the walk after the file's head. TAMPERED if the head is not this segment's. */
MUST bool segment_file_begin(struct segment_file_walk *walk, const struct buf *file,
			     const unsigned char vault_id[static SEAL_ID_BYTES],
			     const struct chain_segment *segment, struct error *err);

/** The next entry's nonce and sealed bytes, borrowed; false at the end or where no entry stands. */
MUST bool segment_file_next(struct segment_file_walk *walk, const unsigned char **nonce,
			    const unsigned char **sealed, size_t *len);

#endif
