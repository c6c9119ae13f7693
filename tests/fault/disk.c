/* SPDX-License-Identifier: MIT */
/* The C library's inline wrappers would stand in the way of functions of the same name. */
#undef _FORTIFY_SOURCE
#include "tests/fault/disk.h"

#include "tests/fault/files.h"
#include "tests/fault/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH_BYTES = 512, FDS = 256, GROWN_MAX = 16, PAGE_BYTES = 4096 };

static struct {
	char directory[128];
	bool counting;
	uint64_t count;
	uint64_t at; /* 0: none */
	enum disk_fault fault;
	unsigned char calls[DISK_CALLS_MAX];
	void (*on_strike)(void);
	bool starved; /* no journal can be filled */
	bool bad;     /* no journal can be written */
	bool full;
	off_t room;		/* bytes that a full disk still has */
	ino_t grown[GROWN_MAX]; /* files with bytes that no flush has given their blocks yet */
	struct {
		bool ours;
		bool directory;
		char name[DISK_NAME_BYTES];
		int inode;
		off_t filled; /* where the zeros end that are being written to its end; 0: none */
	} fds[FDS];
} disk;

__attribute__((weak)) bool disk_sync_is_out(const char *name, bool directory)
{
	(void)name;
	(void)directory;
	return false;
}

const char *disk_call_name(enum disk_call call)
{
	static const char *const names[] = {"open", "write", "truncate",       "unlink",  "rename",
					    "mode", "sync",  "sync directory", "allocate"};

	return names[call];
}

/* Of a path that is ours. */
static const char *base(const char *path)
{
	size_t len = strlen(disk.directory);

	return path[len] == '/' ? path + len + 1 : path + len;
}

static void set_name(char out[static DISK_NAME_BYTES], const char *name)
{
	(void)snprintf(out, DISK_NAME_BYTES, "%s", name);
}

const char *disk_watched(void)
{
	return disk.directory;
}

void disk_on_strike(void (*fn)(void))
{
	disk.on_strike = fn;
}

static bool is_ours(const char *path)
{
	size_t len = strlen(disk.directory);

	return len > 0 && strncmp(path, disk.directory, len) == 0 &&
	       (path[len] == '/' || path[len] == '\0');
}

static bool fd_is_ours(int fd)
{
	return fd >= 0 && fd < FDS && disk.fds[fd].ours;
}

/* --- counting and failing ------------------------------------------------------------------- */

void disk_watch(const char *directory)
{
	(void)snprintf(disk.directory, sizeof(disk.directory), "%s", directory);
}

void disk_count(void)
{
	disk_arm(0, DISK_EIO);
}

void disk_arm(uint64_t at, enum disk_fault fault)
{
	disk.counting = true;
	disk.count = 0;
	disk.at = at;
	disk.fault = fault;
	disk.starved = fault == DISK_STARVED;
	disk.bad = false;
	disk.full = false;
	disk.room = 0;
	memset(disk.grown, 0, sizeof(disk.grown));
}

void disk_starve(void)
{
	disk.starved = true;
}

void disk_disarm(void)
{
	disk.counting = false;
	disk.starved = disk.bad = false;
	disk.full = false;
}

uint64_t disk_counted(void)
{
	return disk.count;
}

enum disk_call disk_counted_call(uint64_t n)
{
	return n >= 1 && n <= DISK_CALLS_MAX ? (enum disk_call)disk.calls[n - 1] : DISK_CALLS;
}

enum verdict { PASS, FAIL, HALF, THEN_DIE };

static enum verdict judge(enum disk_call call)
{
	bool stays = disk.fault == DISK_EIO_STAYS || disk.fault == DISK_ENOSPC_STAYS;

	if (!disk.counting)
		return PASS;
	disk.count++;
	if (disk.count <= DISK_CALLS_MAX)
		disk.calls[disk.count - 1] = (unsigned char)call;
	if (disk.at == 0 || disk.count < disk.at || (disk.count > disk.at && !stays))
		return PASS;
	if (disk.count == disk.at && disk.on_strike)
		disk.on_strike();
	switch (disk.fault) {
	case DISK_DIE_BEFORE: _exit(DISK_DIED);
	case DISK_DIE_AFTER: return THEN_DIE;
	case DISK_TORN: return HALF;
	case DISK_EIO:
	case DISK_EIO_STAYS: errno = EIO; return FAIL;
	case DISK_ENOSPC:
	case DISK_ENOSPC_STAYS: errno = ENOSPC; return FAIL;
	case DISK_FULL:
	case DISK_STARVED: disk.full = true; break;
	case DISK_BAD_JOURNAL: disk.full = disk.bad = true; break;
	case DISK_FAULTS: break;
	}
	return PASS;
}

static int finish(enum verdict verdict, long result)
{
	if (verdict == THEN_DIE || verdict == HALF)
		_exit(DISK_DIED);
	return (int)result;
}

/* --- a full disk ---------------------------------------------------------------------------- */

static ino_t *grown_slot(ino_t number)
{
	for (int i = 0; i < GROWN_MAX; i++) {
		if (disk.grown[i] == number)
			return &disk.grown[i];
	}
	return NULL;
}

/* Whether a file may reach to `end` now. Blocks come with the flush, not with the write. */
static bool may_grow(int fd, off_t end)
{
	ino_t *slot;
	struct stat st;
	off_t more;

	if (!disk.counting || fstat(fd, &st) != 0)
		return true;
	slot = grown_slot(st.st_ino);
	more = end > st.st_size ? end - st.st_size : 0;
	if (!disk.full) {
		if (more > 0 && !slot && (slot = grown_slot(0)))
			*slot = st.st_ino;
		return true;
	}
	if (slot || more > disk.room) {
		errno = ENOSPC;
		return false;
	}
	disk.room -= more;
	return true;
}

static void note_flushed(int fd)
{
	ino_t *slot;
	struct stat st;

	if (disk.counting && fstat(fd, &st) == 0 && (slot = grown_slot(st.st_ino)))
		*slot = 0;
}

/* What is given back can be used again, where nobody else is faster. */
static void note_freed(off_t bytes)
{
	if (disk.full && disk.fault == DISK_FULL && bytes > 0)
		disk.room += bytes;
}

/* --- the calls ------------------------------------------------------------------------------ */

static int open_any(const char *path, int flags, mode_t mode)
{
	bool ours = is_ours(path), fresh = false;
	enum verdict verdict = PASS;
	struct stat st;
	int fd;

	if (ours && (flags & (O_CREAT | O_TRUNC | O_RDWR | O_WRONLY)) != 0) {
		fresh = stat(path, &st) != 0;
		verdict = judge(DISK_OPEN);
		if (verdict == FAIL)
			return -1;
	}
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	if (fd >= 0 && fd < FDS) {
		disk.fds[fd].ours = ours;
		disk.fds[fd].directory = false;
		disk.fds[fd].inode = -1;
		disk.fds[fd].filled = 0;
		if (ours && fstat(fd, &st) == 0) {
			set_name(disk.fds[fd].name, base(path));
			disk.fds[fd].directory = S_ISDIR(st.st_mode);
			if (!disk.fds[fd].directory)
				disk.fds[fd].inode = recording_opened(base(path), fresh);
		}
	}
	return finish(verdict, fd);
}

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;

	if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
		va_list args;

		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	return open_any(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	mode_t mode = 0;

	if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
		va_list args;

		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	return open_any(path, flags, mode);
}

/* What hardened callers call instead, where they do not know the flags. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);

int __open_2(const char *path, int flags)
{
	return open_any(path, flags, 0);
}

int __open64_2(const char *path, int flags)
{
	return open_any(path, flags, 0);
}

/* The path of a name below a directory of ours; NULL where it is not ours. */
static const char *below(int directory, const char *name, char out[static PATH_BYTES])
{
	const char *at;

	if (name[0] == '/' || directory == AT_FDCWD)
		return is_ours(name) ? name : NULL;
	if (!fd_is_ours(directory))
		return NULL;
	at = disk.fds[directory].name;
	(void)snprintf(out, PATH_BYTES, "%s%s%s/%s", disk.directory, at[0] ? "/" : "", at, name);
	return out;
}

int openat(int directory, const char *name, int flags, ...)
{
	char path[PATH_BYTES];
	const char *ours = below(directory, name, path);
	mode_t mode = 0;
	int fd;

	if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
		va_list args;

		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	if (ours)
		return open_any(ours, flags, mode);
	fd = (int)syscall(SYS_openat, directory, name, flags, mode);
	if (fd >= 0 && fd < FDS)
		disk.fds[fd].ours = false;
	return fd;
}

/* The C library's own goes past open(). Counted up, not drawn: names are the same in every run. */
int mkostemp(char *template, int flags)
{
	char *end = template + strlen(template) - 6;
	char digits[8];

	for (unsigned int i = 0; i < 1000000; i++) {
		(void)snprintf(digits, sizeof(digits), "%06u", i);
		memcpy(end, digits, 6);
		if (access(template, F_OK) != 0)
			return open_any(template, flags | O_RDWR | O_CREAT | O_EXCL, 0600);
	}
	errno = EEXIST;
	return -1;
}

int close(int fd)
{
	if (fd >= 0 && fd < FDS)
		disk.fds[fd].ours = false;
	return (int)syscall(SYS_close, fd);
}

static bool is_journal(int fd)
{
	const char *end = strrchr(disk.fds[fd].name, '-');

	return end && strcmp(end, "-wal") == 0;
}

/* Zeros at the end of a journal, more than a page of them: the store fills it. */
static bool is_filling(int fd, const void *data, size_t n, off_t at)
{
	const unsigned char *bytes = data;
	struct stat st;

	return n > PAGE_BYTES && is_journal(fd) && bytes[0] == 0 &&
	       memcmp(bytes, bytes + 1, n - 1) == 0 && fstat(fd, &st) == 0 && st.st_size == at;
}

/*
 * All writes of a filling count as one call. A longer file is one of zeros; of these a recording
 * keeps as many as a copy does.
 */
static ssize_t fill(int fd, size_t n, off_t at)
{
	bool goes_on = at == disk.fds[fd].filled;
	enum verdict verdict = goes_on ? PASS : judge(DISK_WRITE);
	off_t end = at + (off_t)n;

	disk.fds[fd].filled = end;
	if (verdict == PASS && (disk.starved || disk.bad)) {
		errno = disk.bad ? EIO : ENOSPC;
		return -1;
	}
	if (verdict == FAIL || !may_grow(fd, end))
		return -1;
	if (syscall(SYS_ftruncate, fd, verdict == HALF ? at + (off_t)n / 2 : end) != 0)
		return -1;
	if (verdict == HALF || verdict == THEN_DIE)
		_exit(DISK_DIED);
	if (!goes_on)
		recording_resized(disk.fds[fd].inode, at + FILES_ZEROS);
	return (ssize_t)n;
}

static ssize_t write_any(int fd, const void *data, size_t n, off_t at)
{
	enum verdict verdict;
	ssize_t wrote;

	if (!fd_is_ours(fd))
		return syscall(SYS_pwrite64, fd, data, n, at);
	if (is_filling(fd, data, n, at))
		return fill(fd, n, at);
	disk.fds[fd].filled = 0;
	verdict = judge(DISK_WRITE);
	if (disk.bad && is_journal(fd)) {
		errno = EIO;
		return -1;
	}
	if (verdict == FAIL || !may_grow(fd, at + (off_t)n))
		return -1;
	wrote = syscall(SYS_pwrite64, fd, data, verdict == HALF ? n / 2 : n, at);
	if (verdict == HALF || verdict == THEN_DIE)
		_exit(DISK_DIED);
	if (wrote > 0)
		recording_wrote(disk.fds[fd].inode, at, data, (size_t)wrote);
	return wrote;
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
	return write_any(fd, data, n, at);
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at)
{
	return write_any(fd, data, n, at);
}

ssize_t write(int fd, const void *data, size_t n)
{
	off_t at;
	ssize_t wrote;

	if (!fd_is_ours(fd))
		return syscall(SYS_write, fd, data, n);
	at = lseek(fd, 0, SEEK_CUR);
	wrote = write_any(fd, data, n, at);
	if (wrote > 0)
		(void)lseek(fd, at + wrote, SEEK_SET);
	return wrote;
}

static int truncate_any(int fd, off_t size)
{
	enum verdict verdict = fd_is_ours(fd) ? judge(DISK_TRUNCATE) : PASS;
	struct stat st = {.st_size = 0};
	int result;

	if (verdict == FAIL)
		return -1;
	if (fd_is_ours(fd))
		(void)fstat(fd, &st);
	result = (int)syscall(SYS_ftruncate, fd, size);
	if (result == 0 && fd_is_ours(fd)) {
		recording_resized(disk.fds[fd].inode, size);
		note_freed(st.st_size - size);
	}
	return finish(verdict, result);
}

int ftruncate(int fd, off_t size)
{
	return truncate_any(fd, size);
}

int ftruncate64(int fd, off64_t size)
{
	return truncate_any(fd, size);
}

/* For files that grow from their end, as those of the store do. */
int posix_fallocate(int fd, off_t at, off_t n)
{
	enum verdict verdict;
	struct stat st;

	if (!fd_is_ours(fd))
		return syscall(SYS_fallocate, fd, 0, at, n) == 0 ? 0 : errno;
	verdict = judge(DISK_ALLOCATE);
	if (verdict == FAIL || !may_grow(fd, at + n))
		return errno;
	if (fstat(fd, &st) == 0 && st.st_size < at + n &&
	    syscall(SYS_ftruncate, fd, verdict == HALF ? at + n / 2 : at + n) == 0)
		recording_resized(disk.fds[fd].inode, at + n);
	return finish(verdict, 0);
}

int posix_fallocate64(int fd, off64_t at, off64_t n)
{
	return posix_fallocate(fd, at, n);
}

int unlink(const char *path)
{
	struct stat st;
	bool there = is_ours(path) && lstat(path, &st) == 0;
	enum verdict verdict = there ? judge(DISK_UNLINK) : PASS;
	int result;

	if (verdict == FAIL)
		return -1;
	result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
	if (result == 0 && there) {
		recording_removed(base(path));
		note_freed(st.st_size);
	}
	return finish(verdict, result);
}

int unlinkat(int directory, const char *name, int flags)
{
	char path[PATH_BYTES];
	const char *ours = flags == 0 ? below(directory, name, path) : NULL;

	return ours ? unlink(ours) : (int)syscall(SYS_unlinkat, directory, name, flags);
}

int renameat2(int from_directory, const char *from, int to_directory, const char *to,
	      unsigned int flags)
{
	bool ours = is_ours(from);
	enum verdict verdict = ours ? judge(DISK_RENAME) : PASS;
	int result;

	if (verdict == FAIL)
		return -1;
	result = (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
	if (result == 0 && ours)
		recording_renamed(base(from), base(to));
	return finish(verdict, result);
}

int rename(const char *from, const char *to)
{
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int fchmod(int fd, mode_t mode)
{
	enum verdict verdict = fd_is_ours(fd) ? judge(DISK_MODE) : PASS;

	if (verdict == FAIL)
		return -1;
	return finish(verdict, syscall(SYS_fchmod, fd, mode));
}

int fchown(int fd, uid_t owner, gid_t group)
{
	enum verdict verdict = fd_is_ours(fd) ? judge(DISK_MODE) : PASS;

	if (verdict == FAIL)
		return -1;
	return finish(verdict, syscall(SYS_fchown, fd, owner, group));
}

/*
 * What is flushed is in the kernel's hands already: the recorded model alone knows of power cuts.
 */
static int sync_any(int fd, long call)
{
	enum verdict verdict;
	bool directory;

	if (!fd_is_ours(fd))
		return (int)syscall(call, fd);
	directory = disk.fds[fd].directory;
	verdict = judge(directory ? DISK_SYNC_DIRECTORY : DISK_SYNC);
	if (verdict == FAIL)
		return -1;
	if (!disk_sync_is_out(disk.fds[fd].name, directory)) {
		note_flushed(fd);
		recording_synced(disk.fds[fd].inode, disk.fds[fd].name, directory);
	}
	return finish(verdict, 0);
}

int fsync(int fd)
{
	return sync_any(fd, SYS_fsync);
}

int fdatasync(int fd)
{
	return sync_any(fd, SYS_fdatasync);
}
