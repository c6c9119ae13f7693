/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_FILES_FILE_SWAP_H
#define CV_CLI_FILES_FILE_SWAP_H

#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/**
 * Replaces a file that people edit and other programs read: whole, or not at all. The new bytes are
 * written beside it, synced and renamed over it, so that whoever reads, and whatever a power cut or
 * a full disk leaves, has the old bytes or the new ones. Nothing is written over bytes that
 * another program has put there since they were read.
 */

struct file_swap {
	char given[PATH_MAX]; /**< the path as it was given, for messages */
	char path[PATH_MAX];  /**< of the file itself, where the given path is a symbolic link */
	bool there;	      /**< it exists */
	struct buf text;      /**< its bytes, which may be secret; as they are now */
	struct stat seen;     /**< of the file that has them */
	int lock;	      /**< holds the lock; -1: none, or no file yet */
};

#define FILE_SWAP_EMPTY ((struct file_swap){.lock = -1})

/**
 * Reads the file at `path` (links are followed), at most `limit` bytes; a missing one is empty.
 * With `to_write` it takes the lock against other runs of credvault and refuses (UNSAFE_FILE) what
 * cannot be replaced whole: a file with several hard links, or of another user. FAILED where
 * another run holds the lock.
 */
MUST bool file_swap_open(struct file_swap *swap, const char *path, size_t limit, bool to_write,
			 struct error *err);

/** FAILED where the file changed since it was read. */
MUST bool file_swap_check(const struct file_swap *swap, struct error *err);

/**
 * Gives the file these bytes, with its mode as it was (0600 for a new one, whose folder is made).
 * FAILED, and nothing is written, where it changed since it was read.
 */
MUST bool file_swap_write(struct file_swap *swap, const void *data, size_t len, struct error *err);

/** Removes the file, unless it changed since it was read. */
MUST bool file_swap_remove(struct file_swap *swap, struct error *err);

/** Wipes, frees and unlocks. Accepts empty. */
void file_swap_close(struct file_swap *swap);

#endif
