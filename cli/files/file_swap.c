/* SPDX-License-Identifier: MIT */
#include "cli/files/file_swap.h"

#include "vault/base/file.h"
#include "vault/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { SHOWN = 256, OTHERS_MODE = 0600 };

static bool swap_failed(const struct file_swap *swap, const char *what, struct error *err)
{
	int saved = errno;
	char shown[SHOWN];

	text_escape_into(swap->given, shown, sizeof(shown));
	return error_set_errno(err, ERROR_IO, saved, "%s %s", what, shown);
}

static bool swap_changed(const struct file_swap *swap, struct error *err)
{
	char shown[SHOWN];

	text_escape_into(swap->given, shown, sizeof(shown));
	error_set(err, ERROR_FAILED, "%s changed while it was being looked at", shown);
	error_detail(err, "It stays as the other program left it.");
	return false;
}

/* Where the path leads; the last component need not exist. */
static bool swap_find(struct file_swap *swap, const char *path, struct error *err)
{
	char target[PATH_MAX], shown[SHOWN];
	struct stat st;

	if (realpath(path, target)) {
		(void)snprintf(swap->path, sizeof(swap->path), "%s", target);
		swap->there = true;
		return true;
	}
	text_escape_into(path, shown, sizeof(shown));
	if (errno != ENOENT)
		return error_set_errno(err, ERROR_IO, errno, "%s", shown);
	if (lstat(path, &st) == 0)
		return error_set(err, ERROR_UNSAFE_FILE, "%s is a link to a file that is not there",
				 shown);
	if (snprintf(swap->path, sizeof(swap->path), "%s", path) >= PATH_MAX)
		return error_set(err, ERROR_USAGE, "%s: the path is too long", shown);
	return true;
}

/* Refuses a file whose replacement would not be seen by all who have it, or is not ours to make. */
static bool swap_can_replace(const struct file_swap *swap, struct error *err)
{
	char shown[SHOWN];

	text_escape_into(swap->given, shown, sizeof(shown));
	if (swap->seen.st_uid != geteuid())
		return error_set(err, ERROR_UNSAFE_FILE, "%s belongs to another user", shown);
	if (swap->seen.st_nlink > 1) {
		error_set(err, ERROR_UNSAFE_FILE, "%s has %lu hard links", shown,
			  (unsigned long)swap->seen.st_nlink);
		return error_detail(
		    err, "The other names would keep the old text. Make it a file of its own:\n"
			 "cp -p FILE FILE.new && mv FILE.new FILE");
	}
	return true;
}

/* The name beside the file, always the same one: what a killed run left is found and replaced. */
static bool swap_beside(const struct file_swap *swap, char beside[static PATH_MAX],
			struct error *err)
{
	const char *name = file_name(swap->path);

	if (snprintf(beside, PATH_MAX, "%.*s.%s.credvault-new", (int)(name - swap->path),
		     swap->path, name) < PATH_MAX)
		return true;
	errno = ENAMETOOLONG;
	return swap_failed(swap, "cannot write beside", err);
}

/*
 * Takes away what a killed run left beside the file: it may hold keys in clear. Nobody else writes
 * there while we hold the file's lock.
 */
static void swap_clear_beside(const struct file_swap *swap)
{
	char beside[PATH_MAX];
	struct error ignored;

	if (swap_beside(swap, beside, &ignored))
		(void)unlink(beside);
}

bool file_swap_open(struct file_swap *swap, const char *path, size_t limit, bool to_write,
		    struct error *err)
{
	char shown[SHOWN], target[SHOWN];
	struct error why;

	*swap = FILE_SWAP_EMPTY;
	swap->text = BUF_INIT(limit);
	(void)snprintf(swap->given, sizeof(swap->given), "%s", path);
	if (!swap_find(swap, path, err))
		return false;
	if (!swap->there) {
		if (to_write)
			swap_clear_beside(swap);
		return true;
	}
	text_escape_into(swap->given, shown, sizeof(shown));
	/* Without O_NONBLOCK a FIFO would hang the open. */
	swap->lock = open(swap->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (swap->lock < 0)
		return swap_failed(swap, "cannot read", err);
	if (fstat(swap->lock, &swap->seen) != 0 || !S_ISREG(swap->seen.st_mode)) {
		text_escape_into(swap->path, target, sizeof(target));
		if (strcmp(shown, target) == 0)
			error_set(err, ERROR_UNSAFE_FILE, "%s is not a plain file", shown);
		else
			error_set(err, ERROR_UNSAFE_FILE, "%s leads to %s, which is no plain file",
				  shown, target);
		goto failed;
	}
	if (to_write && !swap_can_replace(swap, err))
		goto failed;
	if (to_write && flock(swap->lock, LOCK_EX | LOCK_NB) != 0) {
		error_set(err, ERROR_FAILED, "another program holds the lock on %s", shown);
		error_detail(err, "Nothing was changed. Is another setup running?");
		goto failed;
	}
	if (to_write)
		swap_clear_beside(swap);
	if (!file_read_fd(swap->lock, limit, &swap->text, &why)) {
		error_set(err, why.code, "%s: %s", shown, why.message);
		goto failed;
	}
	return true;
failed:
	file_swap_close(swap);
	return false;
}

/* The name still leads to the file that was read, with the bytes that were read. */
bool file_swap_check(const struct file_swap *swap, struct error *err)
{
	struct buf now = BUF_INIT(swap->text.limit);
	struct stat st;
	bool same;
	int fd;

	if (!swap->there)
		return lstat(swap->path, &st) != 0 && errno == ENOENT ? true
								      : swap_changed(swap, err);
	fd = open(swap->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	if (fd < 0)
		return swap_changed(swap, err);
	same = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_dev == swap->seen.st_dev &&
	       st.st_ino == swap->seen.st_ino && st.st_nlink == 1 &&
	       file_read_fd(fd, now.limit, &now, err) && now.len == swap->text.len &&
	       memcmp(buf_text(&now), buf_text(&swap->text), now.len) == 0;
	(void)close(fd);
	buf_clear(&now);
	return same || swap_changed(swap, err);
}

static bool swap_make_folder(const struct file_swap *swap, struct error *err)
{
	char folder[PATH_MAX];

	(void)snprintf(folder, sizeof(folder), "%.*s", (int)(file_name(swap->path) - swap->path),
		       swap->path);
	return folder[0] == '\0' || file_make_directory(folder, err);
}

bool file_swap_write(struct file_swap *swap, const void *data, size_t len, struct error *err)
{
	mode_t mode = swap->there ? swap->seen.st_mode & 07777 : OTHERS_MODE;
	char beside[PATH_MAX];
	struct stat fresh;
	int fd;

	if ((!swap->there && !swap_make_folder(swap, err)) || !file_swap_check(swap, err) ||
	    !swap_beside(swap, beside, err))
		return false;
	(void)unlink(beside);
	fd = open(beside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return swap_failed(swap, "cannot write beside", err);
	/* The group is kept where we may set it; whoever could read the file can read it then. */
	if (swap->there && fchown(fd, (uid_t)-1, swap->seen.st_gid) != 0)
		mode &= ~(mode_t)070;
	if (!file_write_all(fd, data, len) || fchmod(fd, mode) != 0 || fsync(fd) != 0 ||
	    fstat(fd, &fresh) != 0) {
		swap_failed(swap, "cannot write", err);
		goto out;
	}
	/* The new file's lock is taken before anybody can see it. */
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		swap_failed(swap, "cannot lock", err);
		goto out;
	}
	if (!file_swap_check(swap, err))
		goto out;
	/* A new name is not taken from whoever made a file of it meanwhile. */
	if (swap->there
		? rename(beside, swap->path) != 0
		: renameat2(AT_FDCWD, beside, AT_FDCWD, swap->path, RENAME_NOREPLACE) != 0) {
		swap_failed(swap, "cannot write", err);
		goto out;
	}
	/* From here on the new bytes are there, whatever fails. */
	if (swap->lock >= 0)
		(void)close(swap->lock);
	swap->lock = fd;
	swap->seen = fresh;
	swap->there = true;
	buf_reset(&swap->text);
	return buf_append(&swap->text, data, len, err) &&
	       (file_sync_directory(swap->path) ||
		swap_failed(swap, "cannot sync the folder of", err));
out:
	(void)unlink(beside);
	(void)close(fd);
	return false;
}

bool file_swap_remove(struct file_swap *swap, struct error *err)
{
	if (!file_swap_check(swap, err))
		return false;
	if (swap->there && unlink(swap->path) != 0)
		return swap_failed(swap, "cannot remove", err);
	swap->there = false;
	buf_reset(&swap->text);
	return file_sync_directory(swap->path) ||
	       swap_failed(swap, "cannot sync the folder of", err);
}

void file_swap_close(struct file_swap *swap)
{
	if (swap->lock >= 0)
		(void)close(swap->lock);
	buf_clear(&swap->text);
	*swap = FILE_SWAP_EMPTY;
}
