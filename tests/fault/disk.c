/* SPDX-License-Identifier: MIT */
/* The C library's inline wrappers would stand in the way of functions of the same name. */
#undef _FORTIFY_SOURCE
#include "tests/fault/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH_BYTES = 512, FDS = 256, INODES = 64, EVENTS_STEP = 1024 };

struct inode {
	ino_t number;
	bool there; /* not removed */
	char name[DISK_NAME_BYTES];
};

static struct {
	char directory[128];
	bool counting;
	uint64_t count;
	uint64_t at; /* 0: none */
	enum disk_fault fault;
	unsigned char calls[DISK_CALLS_MAX];
	bool recording;
	struct disk_event *events;
	size_t events_count;
	size_t events_room;
	struct inode inodes[INODES];
	int inodes_count;
	int inodes_at_start;
	struct {
		bool ours;
		bool directory;
		char name[DISK_NAME_BYTES];
		int inode;
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
	static const char *const names[] = {"open",   "write", "truncate", "unlink",
					    "rename", "mode",  "sync",	   "sync directory"};

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
}

void disk_disarm(void)
{
	disk.counting = false;
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
	switch (disk.fault) {
	case DISK_DIE_BEFORE: _exit(DISK_DIED);
	case DISK_DIE_AFTER: return THEN_DIE;
	case DISK_TORN: return HALF;
	case DISK_EIO:
	case DISK_EIO_STAYS: errno = EIO; return FAIL;
	case DISK_ENOSPC:
	case DISK_ENOSPC_STAYS: errno = ENOSPC; return FAIL;
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

/* --- recording ------------------------------------------------------------------------------ */

static struct disk_event *event(enum disk_event_kind kind, int inode)
{
	struct disk_event *new;

	if (disk.events_count == disk.events_room) {
		disk.events_room += EVENTS_STEP;
		disk.events = realloc(disk.events, disk.events_room * sizeof(*disk.events));
		if (!disk.events)
			abort();
	}
	new = &disk.events[disk.events_count++];
	*new = (struct disk_event){.kind = kind, .inode = inode};
	return new;
}

static int inode_new(const char *name, ino_t number)
{
	struct inode *inode;

	if (disk.inodes_count == INODES)
		abort();
	inode = &disk.inodes[disk.inodes_count];
	*inode = (struct inode){.number = number, .there = true};
	set_name(inode->name, name);
	return disk.inodes_count++;
}

static int inode_named(const char *name)
{
	for (int i = disk.inodes_count - 1; i >= 0; i--) {
		if (disk.inodes[i].there && strcmp(disk.inodes[i].name, name) == 0)
			return i;
	}
	return -1;
}

int disk_inode_at_start(const char *name)
{
	for (int i = 0; i < disk.inodes_at_start; i++) {
		if (strcmp(disk.inodes[i].name, name) == 0)
			return i;
	}
	return -1;
}

void disk_events_clear(void)
{
	for (size_t i = 0; i < disk.events_count; i++)
		free(disk.events[i].data);
	free(disk.events);
	disk.events = NULL;
	disk.events_count = 0;
	disk.events_room = 0;
}

static void know_below(const char *directory)
{
	char path[PATH_BYTES];
	struct dirent *entry;
	DIR *dir = opendir(directory);

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (entry->d_type == DT_DIR)
			know_below(path);
		else
			(void)inode_new(base(path), entry->d_ino);
	}
	if (dir)
		(void)closedir(dir);
}

void disk_record(void)
{
	disk_events_clear();
	disk.inodes_count = 0;
	know_below(disk.directory);
	disk.inodes_at_start = disk.inodes_count;
	/* The names at the start stay known even after a removal or renaming. */
	disk.recording = true;
}

void disk_record_end(void)
{
	disk.recording = false;
}

const struct disk_event *disk_events(size_t *count)
{
	*count = disk.events_count;
	return disk.events;
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
		if (ours && fstat(fd, &st) == 0) {
			set_name(disk.fds[fd].name, base(path));
			disk.fds[fd].directory = S_ISDIR(st.st_mode);
			if (disk.recording && !disk.fds[fd].directory) {
				if (fresh) {
					int inode = inode_new(base(path), st.st_ino);

					set_name(event(DISK_CREATED, inode)->name, base(path));
				}
				disk.fds[fd].inode = inode_named(base(path));
			}
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

static ssize_t write_any(int fd, const void *data, size_t n, off_t at)
{
	enum verdict verdict;
	ssize_t wrote;

	if (!fd_is_ours(fd))
		return syscall(SYS_pwrite64, fd, data, n, at);
	verdict = judge(DISK_WRITE);
	if (verdict == FAIL)
		return -1;
	wrote = syscall(SYS_pwrite64, fd, data, verdict == HALF ? n / 2 : n, at);
	if (verdict == HALF || verdict == THEN_DIE)
		_exit(DISK_DIED);
	if (disk.recording && wrote > 0) {
		struct disk_event *new = event(DISK_WRITTEN, disk.fds[fd].inode);

		new->offset = (uint64_t)at;
		new->len = (size_t)wrote;
		new->data = malloc((size_t)wrote);
		if (!new->data)
			abort();
		memcpy(new->data, data, (size_t)wrote);
	}
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
	int result;

	if (verdict == FAIL)
		return -1;
	result = (int)syscall(SYS_ftruncate, fd, size);
	if (result == 0 && disk.recording && fd_is_ours(fd))
		event(DISK_CUT, disk.fds[fd].inode)->offset = (uint64_t)size;
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

int unlink(const char *path)
{
	struct stat st;
	bool there = is_ours(path) && lstat(path, &st) == 0;
	enum verdict verdict = there ? judge(DISK_UNLINK) : PASS;
	int result;

	if (verdict == FAIL)
		return -1;
	result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
	if (result == 0 && disk.recording && there) {
		int inode = inode_named(base(path));

		set_name(event(DISK_REMOVED, inode)->name, base(path));
		if (inode >= 0)
			disk.inodes[inode].there = false;
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
	if (result == 0 && disk.recording && ours) {
		int inode = inode_named(base(from)), old = inode_named(base(to));
		struct disk_event *new = event(DISK_RENAMED, inode);

		set_name(new->name, base(from));
		set_name(new->other, base(to));
		if (old >= 0)
			disk.inodes[old].there = false;
		/* A second entry under the new name keeps what disk_inode_at_start() says. */
		if (inode >= 0 && inode >= disk.inodes_at_start)
			set_name(disk.inodes[inode].name, base(to));
	}
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

/* What is flushed is in the kernel's hands already: the recorded model alone knows of power cuts. */
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
	if (disk.recording && !disk_sync_is_out(disk.fds[fd].name, directory))
		set_name(event(directory ? DISK_SYNCED_ALL : DISK_SYNCED, disk.fds[fd].inode)->name,
			 disk.fds[fd].name);
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
