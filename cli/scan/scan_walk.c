/* SPDX-License-Identifier: MIT */
#include "cli/scan/scan_walk.h"

#include "cli/scan/scan_file.h"
#include "vault/base/file.h"
#include "vault/base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

enum { DEPTH_MAX = 64, SHOWN = 256 };

/* The folders on the way down. Each holds a descriptor. */
struct walk {
	struct scan *scan;
	DIR *folders[DEPTH_MAX];
	size_t ends[DEPTH_MAX]; /* of each folder's path in `path`, its slash behind it */
	size_t depth;
	char path[PATH_MAX];
};

static bool folder_is_kernels(int fd)
{
	static const long kernels[] = {PROC_SUPER_MAGIC,    SYSFS_MAGIC,    DEVPTS_SUPER_MAGIC,
				       CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC,  TRACEFS_MAGIC,
				       SECURITYFS_MAGIC,    BPF_FS_MAGIC,   CGROUP_SUPER_MAGIC,
				       SELINUX_MAGIC,	    EFIVARFS_MAGIC, NSFS_MAGIC};
	struct statfs fs;

	if (fstatfs(fd, &fs) != 0)
		return false;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		if ((fs.f_type & 0xffffffffL) == kernels[i])
			return true;
	}
	return false;
}

/* What a folder's name says: others' packages, and what git packs, which --git reads. */
static bool folder_is_passed_over(const char *parent, const char *name)
{
	return strcmp(name, "node_modules") == 0 ||
	       (strcmp(name, "objects") == 0 && strcmp(file_name(parent), ".git") == 0);
}

static bool walk_enter(struct walk *walk, int at, const char *name, bool follow)
{
	int fd = openat(
	    at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW));
	size_t len = strlen(walk->path);
	enum scan_skip why = SCAN_SKIP_COUNT;

	if (fd < 0)
		why = SCAN_SKIP_UNREADABLE;
	else if (folder_is_kernels(fd))
		why = SCAN_SKIP_SYSTEM;
	else if (walk->depth == DEPTH_MAX || len + 2 > sizeof(walk->path))
		why = SCAN_SKIP_DEEP;
	else if (!(walk->folders[walk->depth] = fdopendir(fd)))
		why = SCAN_SKIP_UNREADABLE;
	if (why == SCAN_SKIP_COUNT) {
		if (len > 0 && walk->path[len - 1] != '/')
			walk->path[len++] = '/';
		walk->path[len] = '\0';
		walk->ends[walk->depth++] = len;
		return true;
	}
	scan_skip(walk->scan, why, walk->path);
	if (fd >= 0)
		(void)close(fd);
	return false;
}

/* One entry of the innermost folder. */
static bool walk_entry(struct walk *walk, const struct dirent *entry, struct error *err)
{
	DIR *folder = walk->folders[walk->depth - 1];
	size_t end = walk->ends[walk->depth - 1];
	unsigned char type = entry->d_type;
	char parent[PATH_MAX];
	struct stat st;

	if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
		return true;
	(void)snprintf(parent, sizeof(parent), "%.*s", (int)(end > 1 ? end - 1 : end), walk->path);
	if (end + strlen(entry->d_name) >= sizeof(walk->path)) {
		scan_skip(walk->scan, SCAN_SKIP_DEEP, parent);
		return true;
	}
	memcpy(walk->path + end, entry->d_name, strlen(entry->d_name) + 1);
	if (type == DT_UNKNOWN &&
	    fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		type = S_ISDIR(st.st_mode) ? DT_DIR : DT_REG;
	if (type != DT_DIR)
		return scan_file(walk->scan, dirfd(folder), entry->d_name, walk->path, false, err);
	if (folder_is_passed_over(parent, entry->d_name))
		scan_skip(walk->scan, SCAN_SKIP_FOLDER, walk->path);
	else
		(void)walk_enter(walk, dirfd(folder), entry->d_name, false);
	return true;
}

bool scan_walk(struct scan *scan, const char *path, struct error *err)
{
	struct walk walk = {.scan = scan};
	char shown[SHOWN];
	struct stat st;
	bool ok = true;

	text_escape_into(path, shown, sizeof(shown));
	if (stat(path, &st) != 0 || strlen(path) + 2 > sizeof(walk.path))
		return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno,
				       "%s", shown);
	if (!S_ISDIR(st.st_mode))
		return scan_file(scan, AT_FDCWD, path, path, true, err);
	/* What lies in the current folder is shown without it. */
	(void)snprintf(walk.path, sizeof(walk.path), "%s", path);
	if (walk_enter(&walk, AT_FDCWD, path, true) && strcmp(path, ".") == 0) {
		walk.ends[0] = 0;
		walk.path[0] = '\0';
	}
	while (ok && walk.depth > 0 && scan_goes_on(scan, walk.path)) {
		const struct dirent *entry = readdir(walk.folders[walk.depth - 1]);

		if (entry)
			ok = walk_entry(&walk, entry, err);
		else
			(void)closedir(walk.folders[--walk.depth]);
	}
	while (walk.depth > 0)
		(void)closedir(walk.folders[--walk.depth]);
	return ok;
}
