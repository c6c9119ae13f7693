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
 * Checks, reads and writes files, and checks and makes directories, that must be ours alone:
 * no other user may read or write them. A refusal is UNSAFE_FILE and hints at the command that
 * mends it; paths in messages are escaped.
 */

/**
 * Makes a path absolute with its directory resolved: realpath(directory) + "/" + last component,
 * which itself need not exist and is not followed. NOT_FOUND when the directory is not there.
 */
MUST bool file_resolve(const char *path, char out[static PATH_MAX], struct error *err);

/**
 * Checks a resolved directory and all above it: owned by root or us, not writable by group or
 * others. A sticky root-owned directory (/tmp) is accepted above, never as the directory itself.
 * Refuses network and FUSE file systems, where locks do not hold.
 */
MUST bool file_check_directory(const char *directory, struct error *err);

/**
 * Looks at path without following or opening it. *exists says whether anything is there; what is
 * there must be a regular file of ours, mode & 077 == 0, one link, at most limit bytes.
 */
MUST bool file_check_private(const char *path, off_t limit, bool *exists, struct error *err);

/**
 * Whether path is a directory of ours alone: not a symbolic link, owned by us, mode 0700 exactly.
 * False with errno set, EPERM where there is something else or others may enter.
 */
MUST bool file_is_private_directory(const char *path);

/** Makes path and what is missing above it, 0700. Accepts an existing directory. */
MUST bool file_make_directory(const char *path, struct error *err);

/**
 * Reads a whole regular file of at most limit bytes (out->limit is raised to it). NOT_FOUND when it
 * is not there; UNSAFE_FILE when it is a FIFO, device or directory. Follows symlinks: for
 * configuration files.
 */
MUST bool file_read(const char *path, size_t limit, struct buf *out, struct error *err);

/** Reads fd to its end, at most limit bytes; FAILED beyond. Does not close it. */
MUST bool file_read_fd(int fd, size_t limit, struct buf *out, struct error *err);

/**
 * Makes what was created, renamed or removed beside `path` survive a loss of power: syncs the
 * directory that path lies in. False with errno set.
 */
MUST bool file_sync_directory(const char *path);

/** Replaces path by data: a temporary file beside it (0600), synced, renamed, directory synced. */
MUST bool file_replace(const char *path, const void *data, size_t len, struct error *err);

/** Writes all n bytes; false with errno set otherwise. Goes on after EINTR. */
MUST bool file_write_all(int fd, const void *data, size_t n);

/** The part of a path behind the last slash. Borrowed from path. */
const char *file_name(const char *path);

#endif
