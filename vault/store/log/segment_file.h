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
 * The files of closed segments: `<vault>.log-<id>`, id in hex, 0600, never changed once it has its
 * name. Their bytes are sealed entries; what is wrong with them is said by segment_check.h.
 */

struct store;

enum { SEGMENT_PATH_MAX = PATH_MAX + 64 };

/** The largest that is read. Closing is refused before one grows to this. */
#define SEGMENT_FILE_MAX ((off_t)128 * 1024 * 1024)

/** Where a segment's file is. */
void segment_file_path(const struct store *store, const struct chain_segment *segment,
		       char out[static SEGMENT_PATH_MAX]);

/** Appends an entry as it stands in the file. */
MUST bool segment_file_add(struct buf *file, const unsigned char nonce[static SEAL_NONCE_BYTES],
			   const void *sealed, size_t len, struct error *err);

/**
 * Writes it beside its name, syncs it, gives it its name and syncs the directory. A file of that
 * name that says the same and less, from a closing that was interrupted, is replaced; with *taken
 * (and false) there is one that says something else.
 */
MUST bool segment_file_write(const char *path, const struct buf *file, bool *taken,
			     struct error *err);

/** All of it into *out. NOT_FOUND when it is not there; UNSAFE_FILE where others can reach it. */
MUST bool segment_file_read(const char *path, struct buf *out, struct error *err);

/** A walk along its entries. */
struct segment_file_walk {
	const unsigned char *at;
	size_t left;
};

/** Begins behind the head, which must be this segment's; TAMPERED. */
MUST bool segment_file_begin(struct segment_file_walk *walk, const struct buf *file,
			     const unsigned char vault_id[static SEAL_ID_BYTES],
			     const struct chain_segment *segment, struct error *err);

/** The next entry's nonce and sealed bytes, borrowed; false at the end or where no entry stands. */
MUST bool segment_file_next(struct segment_file_walk *walk, const unsigned char **nonce,
			    const unsigned char **sealed, size_t *len);

#endif
