/* SPDX-License-Identifier: MIT */
#ifndef CV_BASE_FILE_H
#define CV_BASE_FILE_H

#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * Checks, reads and writes files, and checks and makes directories, that must be private to the
 * current user: no other user may read or write them. A refusal is UNSAFE_FILE with a hint that
 * gives the command to fix it; paths in messages are escaped.
 */

/**
 * Makes a path absolute with its directory resolved: realpath(directory) + "/" + last component,
 * where the last component need not exist and is not followed. NOT_FOUND when the directory does
 * not exist.
 */
MUST bool file_resolve(const char *path, char out[static PATH_MAX], struct error *err);

/**
 * Checks that a resolved directory and all its ancestors are owned by root or the current user and
 * not writable by group or others. A sticky root-owned directory (/tmp) is accepted as an ancestor,
 * never as the directory itself.
 */
MUST bool file_check_owners(const char *directory, struct error *err);

/** As file_check_owners(), and refuses network and FUSE file systems, where locks do not hold. */
MUST bool file_check_directory(const char *directory, struct error *err);

/**
 * Checks path without following or opening it. *exists says whether the path exists; if so, it must
 * be a regular file of the current user, mode & 077 == 0, one link, at most limit bytes.
 */
MUST bool file_check_private(const char *path, off_t limit, bool *exists, struct error *err);

/**
 * Whether path is a private directory: not a symbolic link, owned by the current user, mode 0700
 * exactly. False with errno set; EPERM where path is something else or others have access.
 */
MUST bool file_is_private_directory(const char *path);

/**
 * Creates the directory path and its missing ancestors with mode 0700. Accepts an existing
 * directory.
 */
MUST bool file_make_directory(const char *path, struct error *err);

/**
 * Reads a whole regular file of at most limit bytes (out->limit is raised to limit). NOT_FOUND when
 * the file does not exist; UNSAFE_FILE when path is a FIFO, device or directory. Follows symlinks:
 * for configuration files.
 */
MUST bool file_read(const char *path, size_t limit, struct buf *out, struct error *err);

/** Reads fd to its end; FAILED beyond limit bytes. Does not close fd. */
MUST bool file_read_fd(int fd, size_t limit, struct buf *out, struct error *err);

/**
 * Syncs the directory that contains `path`, so that files created, renamed or removed in it survive
 * a power loss. False with errno set.
 */
MUST bool file_sync_directory(const char *path);

/** Replaces path by data: a temporary file beside it (0600), synced, renamed, directory synced. */
MUST bool file_replace(const char *path, const void *data, size_t len, struct error *err);

/** Writes all n bytes; false with errno set otherwise. Retries after EINTR. */
MUST bool file_write_all(int fd, const void *data, size_t n);

/** The part of a path after the last slash. Borrowed from path. */
const char *file_name(const char *path);

#endif
