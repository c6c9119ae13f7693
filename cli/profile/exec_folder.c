/* SPDX-License-Identifier: MIT */
#include "cli/profile/exec_folder.h"

#include "vault/base/buf.h"
#include "vault/base/file.h"
#include "vault/format/credlines.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIES = 3 };

static const char prefix[] = "exec-";

/* Whether the descriptor is of the folder that has this path, and of ours alone. */
static bool folder_is(const char *path, int fd)
{
	struct stat there, held;

	return file_is_private_directory(path) && lstat(path, &there) == 0 &&
	       fstat(fd, &held) == 0 && there.st_dev == held.st_dev && there.st_ino == held.st_ino;
}

static int folder_open(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

bool exec_folder_adopt(const char *path, int fd, struct exec_folder *out, struct error *err)
{
	int n = snprintf(out->path, sizeof(out->path), "%s", path);

	out->fd = -1;
	if (n < 0 || (size_t)n >= sizeof(out->path) || !folder_is(path, fd))
		return error_set(err, ERROR_USAGE, "no folder of an exec");
	(void)snprintf(out->file, sizeof(out->file), "%s/credentials", out->path);
	out->fd = fd;
	return true;
}

bool exec_folder_make(const char *runtime, struct exec_folder *out, struct error *err)
{
	char path[EXEC_FOLDER_PATH_BYTES];
	int n = snprintf(path, sizeof(path), "%s/%sXXXXXX", runtime, prefix);

	*out = EXEC_FOLDER_EMPTY;
	if (n < 0 || (size_t)n >= sizeof(path))
		return error_set(err, ERROR_USAGE, "the runtime directory's path is too long");
	/* Until it is locked, somebody may take it for one that nobody keeps. */
	for (int tries = 0; tries < TRIES; tries++) {
		int fd;

		(void)snprintf(path, sizeof(path), "%s/%sXXXXXX", runtime, prefix);
		if (!mkdtemp(path))
			break;
		fd = folder_open(path);
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && folder_is(path, fd))
			return exec_folder_adopt(path, fd, out, err);
		if (fd >= 0)
			(void)close(fd);
	}
	return error_set_errno(err, ERROR_IO, errno,
			       "cannot make a folder in the runtime "
			       "directory");
}

bool exec_folder_put(const struct exec_folder *folder, const char *profile,
		     const struct credentials *credentials, struct error *err)
{
	struct buf text = BUF_INIT(CREDLINES_LIMIT);
	bool done;

	done = credlines_section(credentials, profile, &text, err) &&
	       file_replace(folder->file, text.data, text.len, err);
	buf_clear(&text);
	return done;
}

void exec_folder_empty(const struct exec_folder *folder)
{
	(void)unlink(folder->file);
}

/* Removes a folder that is locked. It holds files alone: the file, or what was to become it. */
static void folder_remove(const char *path, int fd)
{
	int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = again >= 0 ? fdopendir(again) : NULL;
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(fd, entry->d_name, 0);
	}
	if (folder)
		(void)closedir(folder);
	else if (again >= 0)
		(void)close(again);
	(void)rmdir(path);
}

void exec_folder_remove(struct exec_folder *folder)
{
	if (folder->fd < 0)
		return;
	folder_remove(folder->path, folder->fd);
	(void)close(folder->fd);
	*folder = EXEC_FOLDER_EMPTY;
}

void exec_folders_sweep(const char *runtime)
{
	char path[EXEC_FOLDER_PATH_BYTES];
	struct dirent *entry;
	DIR *all = opendir(runtime);

	while (all && (entry = readdir(all))) {
		int n = snprintf(path, sizeof(path), "%s/%s", runtime, entry->d_name), fd;

		if (strncmp(entry->d_name, prefix, sizeof(prefix) - 1) != 0 || n < 0 ||
		    (size_t)n >= sizeof(path))
			continue;
		fd = folder_open(path);
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && folder_is(path, fd))
			folder_remove(path, fd);
		if (fd >= 0)
			(void)close(fd);
	}
	if (all)
		(void)closedir(all);
}
