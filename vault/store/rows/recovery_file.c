/* SPDX-License-Identifier: MIT */
#include "vault/store/rows/recovery_file.h"

#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/seal/pae.h"
#include "vault/seal/record/record.h"
#include "vault/store/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { HEAD_BYTES = PAE_LENGTH_BYTES + SEAL_NONCE_BYTES, ASIDE_PATH_MAX = PATH_MAX + 64 };

static void path_of(const struct store *store, const unsigned char id[static SEAL_ID_BYTES],
		    char out[static ASIDE_PATH_MAX])
{
	char hex[2 * SEAL_ID_BYTES + 1];

	text_hex(id, SEAL_ID_BYTES, hex);
	(void)snprintf(out, ASIDE_PATH_MAX, "%s.new-%s", store->path, hex);
}

static bool failed(const char *what, struct error *err)
{
	if (errno == ENOSPC || errno == EDQUOT)
		return error_set(err, ERROR_IO, "cannot %s the recovery file: the disk is full",
				 what);
	return error_set_errno(err, ERROR_IO, errno, "cannot %s the recovery file", what);
}

/*
 * Returns -1 where the file is missing (errno ENOENT) or not private to us. The file is checked
 * before it is opened: trap 18.
 */
static int open_there(const char *path, int flags, struct error *err)
{
	bool exists;
	int fd;

	if (!file_check_private(path, RECOVERY_FILE_BYTES, &exists, err)) {
		errno = EPERM;
		return -1;
	}
	errno = ENOENT;
	fd = exists ? open(path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) : -1;
	if (fd < 0 && errno == ENOENT)
		error_set(err, ERROR_NOT_FOUND, "there is no recovery file");
	else if (fd < 0)
		failed("open", err);
	return fd;
}

static bool read_all(int fd, unsigned char *out, size_t *len)
{
	*len = 0;
	while (*len < RECOVERY_FILE_BYTES) {
		ssize_t n = pread(fd, out + *len, RECOVERY_FILE_BYTES - *len, (off_t)*len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		*len += (size_t)n;
	}
	return true;
}

static bool holds_record(const unsigned char *data, size_t len)
{
	return len >= HEAD_BYTES && pae_read_u32(data) != 0;
}

static bool fill(int fd, struct error *err)
{
	static const unsigned char zeros[RECOVERY_FILE_BYTES];
	unsigned char there[RECOVERY_FILE_BYTES];
	size_t len;

	if (!read_all(fd, there, &len))
		return failed("read", err);
	if (holds_record(there, len))
		return true;
	/* The zeros are written, not only allocated: every disk can overwrite a written block. */
	if (lseek(fd, 0, SEEK_SET) != 0 || !file_write_all(fd, zeros, sizeof(zeros)) ||
	    fsync(fd) != 0)
		return failed("make", err);
	return true;
}

bool recovery_file_reserve(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
			   struct error *err)
{
	char path[ASIDE_PATH_MAX];
	struct error why = ERROR_INIT;
	bool ok;
	int fd;

	path_of(store, id, path);
	fd = open_there(path, O_RDWR, &why);
	if (fd < 0 && why.code == ERROR_NOT_FOUND) {
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0)
			return failed("make", err);
	}
	if (fd < 0) {
		*err = why;
		return false;
	}
	ok = fill(fd, err);
	(void)close(fd);
	return ok && (file_sync_directory(path) || failed("sync", err));
}

bool recovery_file_write(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
			 enum record_table table, const char *name, const struct buf *plain,
			 struct error *err)
{
	unsigned char head[HEAD_BYTES];
	struct buf sealed = BUF_INIT(RECORD_SEALED_MAX);
	char path[ASIDE_PATH_MAX];
	struct seal_ctx ctx;
	struct record_id row;
	int fd = -1;
	bool ok;

	path_of(store, id, path);
	(void)pthread_mutex_lock(&store->lock);
	ctx = store_seal(store, &store->keys);
	ok = record_id_new(&ctx, table, name, &row, err);
	memcpy(row.id, id, sizeof(row.id));
	ok = ok && record_seal(&ctx, &row, plain, head + PAE_LENGTH_BYTES, &sealed, err);
	(void)pthread_mutex_unlock(&store->lock);
	if (ok && HEAD_BYTES + sealed.len > RECOVERY_FILE_BYTES)
		ok = error_set(err, ERROR_FAILED, "the recovery file is too small");
	if (ok) {
		fd = open_there(path, O_RDWR, err);
		ok = fd >= 0;
	}
	if (ok) {
		pae_put_u32((uint32_t)sealed.len, head);
		/*
		 * A length that is not zero marks the record as present: it is written after the
		 * record is safe.
		 */
		ok = (pwrite(fd, sealed.data, sealed.len, HEAD_BYTES) == (ssize_t)sealed.len &&
		      fsync(fd) == 0 &&
		      pwrite(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
		      fsync(fd) == 0) ||
		     failed("write", err);
	}
	if (fd >= 0)
		(void)close(fd);
	buf_clear(&sealed);
	return ok;
}

static bool read_file(const struct store *store, const unsigned char id[static SEAL_ID_BYTES],
		      unsigned char data[static RECOVERY_FILE_BYTES], size_t *len,
		      struct error *err)
{
	char path[ASIDE_PATH_MAX];
	bool ok;
	int fd;

	path_of(store, id, path);
	fd = open_there(path, O_RDONLY, err);
	if (fd < 0)
		return false;
	ok = read_all(fd, data, len) || failed("read", err);
	(void)close(fd);
	if (ok && !holds_record(data, *len))
		return error_set(err, ERROR_NOT_FOUND, "nothing is in the recovery file");
	return ok;
}

bool recovery_file_read(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
			enum record_table table, const char *name, struct buf *plain,
			struct error *err)
{
	unsigned char data[RECOVERY_FILE_BYTES];
	struct seal_ctx ctx;
	struct record_row row;
	size_t len = 0;
	bool ok;

	if (!read_file(store, id, data, &len, err))
		return false;
	row.sealed = data + HEAD_BYTES;
	row.sealed_len = pae_read_u32(data);
	if (row.sealed_len > len - HEAD_BYTES || row.sealed_len < RECORD_SEALED_MIN)
		return error_set(err, ERROR_TAMPERED, "the recovery file was changed from outside");
	memcpy(row.nonce, data + PAE_LENGTH_BYTES, sizeof(row.nonce));
	(void)pthread_mutex_lock(&store->lock);
	ctx = store_seal(store, &store->keys);
	ok = record_id_new(&ctx, table, name, &row.id, err);
	memcpy(row.id.id, id, sizeof(row.id.id));
	ok = ok && record_open(&ctx, &row, name, plain, err);
	(void)pthread_mutex_unlock(&store->lock);
	return ok;
}

bool recovery_file_remove(struct store *store, const unsigned char id[static SEAL_ID_BYTES],
			  struct error *err)
{
	char path[ASIDE_PATH_MAX];

	path_of(store, id, path);
	if (unlink(path) != 0)
		return errno == ENOENT || failed("remove", err);
	return file_sync_directory(path) || failed("sync", err);
}
