/* SPDX-License-Identifier: MIT */
#include "vault/base/file.h"

#include "vault/base/shell_word.h"
#include "vault/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

enum { SHOWN = 256 };

const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool file_resolve(const char *path, char out[static PATH_MAX], struct error *err)
{
	char directory[PATH_MAX], real[PATH_MAX], shown[SHOWN];
	const char *name = file_name(path);
	int n;

	text_escape_into(path, shown, sizeof(shown));
	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    strlen(path) >= PATH_MAX)
		return error_set(err, ERROR_USAGE, "not the name of a file: %s", shown);
	n = name == path ? snprintf(directory, sizeof(directory), ".")
			 : snprintf(directory, sizeof(directory), "%.*s", (int)(name - path), path);
	if (n < 0 || !realpath(directory, real))
		return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno,
				       "%s: its directory", shown);
	n = snprintf(out, PATH_MAX, "%s/%s", strcmp(real, "/") == 0 ? "" : real, name);
	if (n < 0 || n >= PATH_MAX)
		return error_set(err, ERROR_USAGE, "%s: the path is too long", shown);
	return true;
}

static bool check_file_system(const char *directory, const char *shown, struct error *err)
{
	/* Numbers of statfs(2); linux/magic.h of Debian 12 has no CIFS, SMB2 or FUSE. */
	static const long refused[] = {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, 0xff534d42L, 0xfe534d42L,
				       0x65735546L};
	struct statfs fs;

	if (statfs(directory, &fs) != 0)
		return error_set_errno(err, ERROR_IO, errno, "%s", shown);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if ((fs.f_type & 0xffffffffL) == refused[i]) {
			error_set(
			    err, ERROR_UNSAFE_FILE,
			    "%s lies on a network or FUSE file system, where locks do not hold",
			    shown);
			return error_hint(err, "credvault --vault FILE   (on a local disk)");
		}
	}
	return true;
}

static bool check_absolute(const char *directory, char shown[static SHOWN], struct error *err)
{
	text_escape_into(directory, shown, SHOWN);
	return (directory[0] == '/' && strlen(directory) < PATH_MAX) ||
	       error_set(err, ERROR_USAGE, "not an absolute path: %s", shown);
}

bool file_check_directory(const char *directory, struct error *err)
{
	char shown[SHOWN];

	return check_absolute(directory, shown, err) && check_file_system(directory, shown, err) &&
	       file_check_owners(directory, err);
}

bool file_check_owners(const char *directory, struct error *err)
{
	char path[PATH_MAX], shown[SHOWN];
	bool own = true;

	if (!check_absolute(directory, shown, err))
		return false;
	(void)snprintf(path, sizeof(path), "%s", directory);
	for (;;) {
		struct stat st;
		char *slash = strrchr(path, '/');

		text_escape_into(path, shown, sizeof(shown));
		if (lstat(path, &st) != 0)
			return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO,
					       errno, "%s", shown);
		if (!S_ISDIR(st.st_mode))
			return error_set(err, ERROR_UNSAFE_FILE, "%s is not a directory", shown);
		if (st.st_uid != 0 && st.st_uid != geteuid())
			return error_set(err, ERROR_UNSAFE_FILE, "%s belongs to another user",
					 shown);
		if ((st.st_mode & 022) != 0 &&
		    (own || st.st_uid != 0 || (st.st_mode & S_ISVTX) == 0)) {
			error_set(err, ERROR_UNSAFE_FILE, "others can write to the directory %s",
				  shown);
			return error_hint(err, "chmod go-w %s", SHELL_WORD(path));
		}
		own = false;
		if (path[1] == '\0')
			return true;
		if (slash == path)
			path[1] = '\0';
		else
			*slash = '\0';
	}
}

bool file_check_private(const char *path, off_t limit, bool *exists, struct error *err)
{
	struct stat st;
	char shown[SHOWN];

	text_escape_into(path, shown, sizeof(shown));
	*exists = false;
	if (fstatat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno == ENOENT)
			return true;
		return error_set_errno(err, ERROR_IO, errno, "%s", shown);
	}
	*exists = true;
	if (S_ISLNK(st.st_mode)) {
		error_set(err, ERROR_UNSAFE_FILE, "%s is a symbolic link, not a plain file", shown);
		return error_hint(err, "name the file itself: --vault \"$(readlink -f %s)\"",
				  SHELL_WORD(path));
	}
	if (!S_ISREG(st.st_mode)) {
		error_set(err, ERROR_UNSAFE_FILE, "%s is not a plain file", shown);
		return error_hint(err, "ls -ld %s", SHELL_WORD(path));
	}
	if (st.st_uid != geteuid()) {
		error_set(err, ERROR_UNSAFE_FILE, "%s belongs to another user", shown);
		return error_hint(err, "ls -l %s", SHELL_WORD(path));
	}
	if ((st.st_mode & 077) != 0) {
		error_set(err, ERROR_UNSAFE_FILE, "others can read or write %s (mode %04o)", shown,
			  (unsigned int)st.st_mode & 07777U);
		return error_hint(err, "chmod 600 %s", SHELL_WORD(path));
	}
	if (st.st_nlink != 1) {
		error_set(err, ERROR_UNSAFE_FILE,
			  "%s has %lu hard links, so another path reaches it", shown,
			  (unsigned long)st.st_nlink);
		return error_hint(err, "find its other names: find . -samefile %s",
				  SHELL_WORD(path));
	}
	if (st.st_size > limit)
		return error_set(err, ERROR_UNSAFE_FILE, "%s is larger than %lld bytes", shown,
				 (long long)limit);
	return true;
}

bool file_is_private_directory(const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return false;
	errno = EPERM;
	return S_ISDIR(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 07777) == 0700;
}

bool file_make_directory(const char *path, struct error *err)
{
	char part[PATH_MAX], shown[SHOWN];
	size_t len = strlen(path);
	struct stat st;

	text_escape_into(path, shown, sizeof(shown));
	if (len == 0 || len >= sizeof(part))
		return error_set(err, ERROR_USAGE, "not a directory's path: %s", shown);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return true;
	memcpy(part, path, len + 1);
	for (char *p = part + 1;; p++) {
		char at = *p;

		if (at != '/' && at != '\0')
			continue;
		*p = '\0';
		if (mkdir(part, 0700) != 0 && errno != EEXIST)
			return error_set_errno(err, ERROR_IO, errno, "cannot make the directory %s",
					       shown);
		if (at == '\0')
			return true;
		*p = at;
	}
}

bool file_read_fd(int fd, size_t limit, struct buf *out, struct error *err)
{
	if (out->limit < limit + 1)
		out->limit = limit + 1;
	for (;;) {
		ssize_t n;

		if (!buf_reserve(out, limit + 1 - out->len < 4096 ? limit + 1 - out->len : 4096,
				 err))
			return false;
		n = read(fd, out->data + out->len,
			 limit + 1 - out->len < 4096 ? limit + 1 - out->len : 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set_errno(err, ERROR_IO, errno, "cannot read");
		if (n == 0) {
			out->data[out->len] = '\0';
			return true;
		}
		out->len += (size_t)n;
		if (out->len > limit)
			return error_set(err, ERROR_FAILED, "more than %zu bytes", limit);
	}
}

bool file_read(const char *path, size_t limit, struct buf *out, struct error *err)
{
	struct stat st;
	struct error why;
	char shown[SHOWN];
	bool ok = false;
	/* Without O_NONBLOCK a FIFO would hang the open. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	text_escape_into(path, shown, sizeof(shown));
	if (fd < 0)
		return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno,
				       "%s", shown);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		error_set(err, ERROR_UNSAFE_FILE, "%s is not a plain file", shown);
		goto out;
	}
	if (!file_read_fd(fd, limit, out, &why)) {
		error_set(err, why.code, "%s: %s", shown, why.message);
		goto out;
	}
	ok = true;
out:
	(void)close(fd);
	return ok;
}

bool file_write_all(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n > 0) {
		ssize_t wrote = write(fd, p, n);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return false;
		p += wrote;
		n -= (size_t)wrote;
	}
	return true;
}

bool file_sync_directory(const char *path)
{
	char directory[PATH_MAX];
	int len = (int)(file_name(path) - path), fd, saved;
	bool ok;

	if (len >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	(void)snprintf(directory, sizeof(directory), "%.*s", len ? len : 1, len ? path : ".");
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = fsync(fd) == 0;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return ok;
}

bool file_replace(const char *path, const void *data, size_t len, struct error *err)
{
	char temporary[PATH_MAX], shown[SHOWN];
	const char *name = file_name(path);
	bool ok;
	int fd, n;

	text_escape_into(path, shown, sizeof(shown));
	n = snprintf(temporary, sizeof(temporary), "%.*s.%s.XXXXXX", (int)(name - path), path,
		     name);
	if (n < 0 || (size_t)n >= sizeof(temporary))
		return error_set(err, ERROR_USAGE, "%s: the path is too long", shown);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return error_set_errno(err, ERROR_IO, errno, "cannot write beside %s", shown);
	ok = file_write_all(fd, data, len) && fsync(fd) == 0 && rename(temporary, path) == 0;
	if (!ok) {
		error_set_errno(err, ERROR_IO, errno, "cannot write %s", shown);
		(void)unlink(temporary);
	}
	(void)close(fd);
	if (ok && !file_sync_directory(path))
		ok = error_set_errno(err, ERROR_IO, errno, "cannot sync the directory of %s",
				     shown);
	return ok;
}
