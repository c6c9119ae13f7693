/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_FAULT_DISK_H
#define CV_TESTS_FAULT_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * The disk between the store and the kernel. The functions that change files (open, openat,
 * mkostemp, write, pwrite, ftruncate, posix_fallocate, unlink, unlinkat, rename, renameat2, fchmod,
 * fchown, fsync, fdatasync) are defined here under
 * their own names, before the C library's: so SQLite's calls and the store's own come through one
 * place, flushes included. Files outside the watched directory pass untouched. One thread.
 */

enum disk_call {
	DISK_OPEN,
	DISK_WRITE,
	DISK_TRUNCATE,
	DISK_UNLINK,
	DISK_RENAME,
	DISK_MODE,
	DISK_SYNC,
	DISK_SYNC_DIRECTORY,
	DISK_ALLOCATE,
	DISK_CALLS
};

/**
 * What happens at the chosen call. TORN: half of a write, then the end of the process. FULL: from
 * then on nothing gets more room than is given back (a file cut shorter or removed), what has its
 * blocks can be written again. STARVED: as FULL, others take at once what is given back, and from
 * the start there was no room to fill a journal. BAD_JOURNAL: as FULL, and
 * from then on no write to a journal succeeds.
 */
enum disk_fault {
	DISK_DIE_BEFORE,
	DISK_DIE_AFTER,
	DISK_TORN,
	DISK_EIO,
	DISK_ENOSPC,
	DISK_EIO_STAYS,
	DISK_ENOSPC_STAYS,
	DISK_FULL,
	DISK_STARVED,
	DISK_BAD_JOURNAL,
	DISK_FAULTS
};

enum { DISK_DIED = 77, DISK_NAME_BYTES = 96, DISK_CALLS_MAX = 8192 };

const char *disk_call_name(enum disk_call call);

/** Calls below this directory count from now on. */
void disk_watch(const char *directory);
const char *disk_watched(void);

/** Counts from zero; nothing fails. */
void disk_count(void);

/** Counts from zero; the call number `at` (from 1) meets the fault. */
void disk_arm(uint64_t at, enum disk_fault fault);

/** Called when the chosen call is reached, before anything comes of it. NULL: nothing to do. */
void disk_on_strike(void (*fn)(void));

/** For what comes before disk_arm(): no journal can be filled, until disk_disarm(). */
void disk_starve(void);

/** Everything passes again, uncounted. */
void disk_disarm(void);

/** How many calls were counted since disk_count() or disk_arm(), and what the n-th (from 1) was. */
uint64_t disk_counted(void);
enum disk_call disk_counted_call(uint64_t n);

/** One change of the disk, in order. A name is the path from the watched directory, which is "". */
enum disk_event_kind {
	DISK_CREATED,	/**< name is a new, empty file `inode` */
	DISK_WRITTEN,	/**< len bytes at offset */
	DISK_CUT,	/**< size becomes offset */
	DISK_REMOVED,	/**< name is gone */
	DISK_RENAMED,	/**< name is called other now */
	DISK_SYNCED,	/**< all of this inode before is safe */
	DISK_SYNCED_ALL /**< all names before in the directory `name` are safe */
};

struct disk_event {
	enum disk_event_kind kind;
	int inode;
	uint64_t offset;
	size_t len;
	unsigned char *data;
	char name[DISK_NAME_BYTES];
	char other[DISK_NAME_BYTES];
};

/**
 * Records every change from now on; files of the watched directory that are there get inodes by
 * name.
 */
void disk_record(void);
void disk_record_end(void);
const struct disk_event *disk_events(size_t *count);
void disk_events_clear(void);

/** The inode a file had when disk_record() was called; -1 for none. */
int disk_inode_at_start(const char *name);

/** Whether this flush is to be taken out (a build that must be caught defines it). Weak: never. */
bool disk_sync_is_out(const char *name, bool directory);

#endif
