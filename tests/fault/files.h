/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_FAULT_FILES_H
#define CV_TESTS_FAULT_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What lies in a directory of plain files, and in the one directory it may hold, in memory. A name
 * is a path from there: "vault.db", "state/….hwm". The tests end when there is no memory.
 */

#define FILES_STATE "state"

/* FILES_ZEROS is what copies and recordings keep of the zeros that a WAL is filled with. */
enum { FILES_MAX = 16, FILES_NAME_BYTES = 96, FILES_ZEROS = 32 + 24 + 4096 };

struct file {
	char name[FILES_NAME_BYTES];
	unsigned char *data;
	size_t len;
	size_t room; /**< bytes allocated */
};

struct files {
	struct file at[FILES_MAX];
	size_t count;
};

/** Cuts each WAL behind its last frame and one frame of the zeros that it is filled with. */
void files_cut_journals(struct files *files);

/** Reads all files of a directory; WALs are cut. */
void files_read(const char *directory, struct files *out);

/** Makes the directory hold exactly these, mode 0600. */
void files_write(const char *directory, const struct files *files);

/** Empties the directory. */
void files_remove(const char *directory);

/** A copy; the caller clears it. */
struct files files_copy(const struct files *files);

/** The file of that name, or NULL. */
struct file *files_find(struct files *files, const char *name);

/** Adds an empty file of that name, or gives the one that is there. */
struct file *files_add(struct files *files, const char *name);
void files_drop(struct files *files, const char *name);

/** Makes it len bytes long; new ones are zero. */
void file_resize(struct file *file, size_t len);

/** Writes bytes, growing the file where they stick out. */
void file_put(struct file *file, size_t offset, const void *data, size_t len);

/** A 64-bit digest of names and contents, independent of their order. */
uint64_t files_digest(const struct files *files);

void files_clear(struct files *files);

#endif
