/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_STORE_DISK_H
#define CV_TESTS_STORE_DISK_H

#include "tests/store/fixture.h"

#include <errno.h>
#include <sys/syscall.h>

/**
 * A disk that fails when a test says so. For one file of a program: it stands before the C library.
 */

/*
 * SQLite's writes go through its table of system calls; its flushes do not, but they come to the
 * functions below, which stand before the C library's.
 */
enum event { EVENT_NONE, EVENT_WRITE, EVENT_SYNC };

static struct {
	int fail_write; /* the n-th from now on fails, once; 0 = none */
	int fail_sync;
	bool fail_read;		    /* every one */
	bool no_room;		    /* no file gets blocks ahead */
	const char *fail_writes_to; /* every one to the file of this name */
	int error;
	int writes;
	int syncs;
	int directory_syncs;
	enum event last;
	void (*before)(
	    char what); /**< called before each: 'p'write, 'f'lush, 'd'irectory's flush */
} disk;

static ssize_t (*real_pwrite)(int fd, const void *data, size_t n, off_t at);
static ssize_t (*real_pread)(int fd, void *data, size_t n, off_t at);

static bool is_failing_file(int fd)
{
	struct stat here, there;

	return disk.fail_writes_to && fstat(fd, &here) == 0 &&
	       stat(disk.fail_writes_to, &there) == 0 && here.st_ino == there.st_ino;
}

static ssize_t faulty_pwrite(int fd, const void *data, size_t n, off_t at)
{
	if (disk.before)
		disk.before('p');
	disk.writes++;
	disk.last = EVENT_WRITE;
	if (is_failing_file(fd) || (disk.fail_write > 0 && --disk.fail_write == 0)) {
		errno = disk.error;
		return -1;
	}
	return real_pwrite(fd, data, n, at);
}

static ssize_t faulty_pread(int fd, void *data, size_t n, off_t at)
{
	if (disk.fail_read) {
		errno = EIO;
		return -1;
	}
	return real_pread(fd, data, n, at);
}

static int flush(int fd, long call)
{
	struct stat st;

	disk.syncs++;
	disk.last = EVENT_SYNC;
	st.st_mode = 0;
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		disk.directory_syncs++;
	if (disk.before)
		disk.before(S_ISDIR(st.st_mode) ? 'd' : 'f');
	if (disk.fail_sync > 0 && --disk.fail_sync == 0) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(call, fd);
}

int posix_fallocate(int fd, off_t at, off_t n)
{
	if (disk.no_room)
		return ENOSPC;
	return syscall(SYS_fallocate, fd, 0, at, n) == 0 ? 0 : errno;
}

int fsync(int fd)
{
	return flush(fd, SYS_fsync);
}

int fdatasync(int fd)
{
	return flush(fd, SYS_fdatasync);
}

/* What is synced before the vault has its name says nothing about the name. */
int renameat2(int from_directory, const char *from, int to_directory, const char *to,
	      unsigned int flags)
{
	disk.directory_syncs = 0;
	return (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
}

static void hook(const char *name, const char *same, sqlite3_syscall_ptr to,
		 sqlite3_syscall_ptr *was)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	sqlite3_syscall_ptr other = vfs->xGetSystemCall(vfs, same);

	*was = vfs->xGetSystemCall(vfs, name);
	*was = *was ? *was : other;
	assert_non_null(*was);
	if (vfs->xGetSystemCall(vfs, name))
		assert_int_equal(vfs->xSetSystemCall(vfs, name, to), SQLITE_OK);
	if (other)
		assert_int_equal(vfs->xSetSystemCall(vfs, same, to), SQLITE_OK);
}

/* Once per process. */
static void disk_hook(void)
{
	sqlite3_syscall_ptr was;

	(void)sqlite3_initialize();
	if (real_pwrite)
		return;
	hook("pwrite64", "pwrite", (sqlite3_syscall_ptr)faulty_pwrite, &was);
	real_pwrite = (ssize_t(*)(int, const void *, size_t, off_t))was;
	hook("pread64", "pread", (sqlite3_syscall_ptr)faulty_pread, &was);
	real_pread = (ssize_t(*)(int, void *, size_t, off_t))was;
}

static UNUSED int setup_faulty(void **state)
{
	memset(&disk, 0, sizeof(disk));
	(void)vault_setup_created(state);
	disk_hook();
	return 0;
}

static UNUSED int teardown_faulty(void **state)
{
	memset(&disk, 0, sizeof(disk));
	return vault_teardown(state);
}

#endif
