/* SPDX-License-Identifier: MIT */
#include "vault/store/change/reserve.h"

#include "vault/base/file.h"
#include "vault/store/file/sqlite_connection.h"
#include "vault/store/handle.h"
#include "vault/store/txn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* -1 if the store has no reserve file and cannot create one. */
static int open_reserve(const struct store *store)
{
	char path[PATH_MAX + 16];
	struct error ignored;
	bool exists;

	(void)snprintf(path, sizeof(path), "%s.reserve", store->path);
	/* A link to the vault itself would be cut off below, and its locks be lost (trap 18). */
	if (!file_check_private(path, RESERVE_BYTES, &exists, &ignored)) {
		errno = EPERM;
		return -1;
	}
	return open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | (exists ? 0 : O_EXCL), 0600);
}

bool reserve_fill(struct store *store, struct error *err)
{
	int fd, failed;

	if (store->reserve == RESERVE_BYTES || store->reserve < 0)
		return true;
	fd = open_reserve(store);
	failed = fd < 0 ? errno : posix_fallocate(fd, 0, RESERVE_BYTES);
	if (fd >= 0)
		(void)close(fd);
	if (failed == ENOSPC || failed == EDQUOT)
		return error_set(err, ERROR_IO, "cannot write the vault: the disk is full");
	store->reserve = failed ? -1 : RESERVE_BYTES;
	return true;
}

void reserve_release(struct store *store, enum store_room room)
{
	off_t left = room == STORE_ROOM_REFUSALS ? RESERVE_BYTES / 2 : 0;
	int fd;

	if (store->reserve > left) {
		fd = open_reserve(store);
		if (fd >= 0 && ftruncate(fd, left) == 0)
			store->reserve = left;
		if (fd >= 0)
			(void)close(fd);
	}
	/* The WAL starts again in its own blocks, which no other file can take. */
	(void)sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_RESTART, NULL, NULL);
}

void reserve_prefill(struct store *store)
{
	struct error full;

	if (reserve_fill(store, &full))
		sqlite_connection_prefill(store->db);
}
