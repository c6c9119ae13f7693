/* SPDX-License-Identifier: MIT */
#include "vault/store/file/new_file.h"

#include "vault/store/file/migrate.h"
#include "vault/store/file/sqlite_connection.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static bool new_file_create(const char *path, struct error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (!ok)
		error_set_errno(err, ERROR_IO, errno, "cannot make the vault");
	if (fd >= 0)
		(void)close(fd);
	return ok;
}

bool new_file_begin(struct new_file *file, const char *path, struct error *err)
{
	*file = NEW_FILE_EMPTY;
	return new_file_create(path, err) && sqlite_connection_open(path, 0, &file->db, err) &&
	       sqlite_connection_run(file->db, "BEGIN IMMEDIATE", err) &&
	       migrate_create(file->db, err) && statements_open(&file->statements, file->db, err);
}

bool new_file_write_header(struct new_file *file, const struct buf *header, struct error *err)
{
	sqlite3_stmt *stmt = statement_use(&file->statements, STATEMENT_HEADER_INSERT);
	bool ok;

	(void)sqlite3_bind_blob(stmt, 1, header->data, (int)header->len, SQLITE_STATIC);
	ok = statement_finish(&file->statements, stmt, 1, err);
	(void)sqlite3_clear_bindings(stmt);
	return ok;
}

bool new_file_commit(struct new_file *file, struct error *err)
{
	return statement_run(&file->statements, STATEMENT_COMMIT, -1, err) &&
	       sqlite_connection_checkpoint(file->db, err);
}

bool new_file_close(struct new_file *file, bool ok, struct error *err)
{
	statements_clear(&file->statements);
	if (sqlite3_close(file->db) != SQLITE_OK && ok)
		ok = error_set(err, ERROR_IO, "the new vault could not be closed");
	*file = NEW_FILE_EMPTY;
	return ok;
}

void new_file_remove(const char *path)
{
	static const char *const companions[] = {"", "-journal", "-wal", "-shm", ".reserve"};
	char beside[PATH_MAX + 64];

	for (size_t i = 0; i < sizeof(companions) / sizeof(companions[0]); i++) {
		(void)snprintf(beside, sizeof(beside), "%s%s", path, companions[i]);
		(void)unlink(beside);
	}
}
