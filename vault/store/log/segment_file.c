/* SPDX-License-Identifier: MIT */
#include "vault/store/log/segment_file.h"

#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/seal/record/chain.h"
#include "vault/seal/pae.h"
#include "vault/store/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void segment_file_path(const struct store *store, const struct chain_segment *segment,
		       char out[static SEGMENT_PATH_MAX])
{
	char hex[2 * SEAL_ID_BYTES + 1];

	text_hex(segment->id, sizeof(segment->id), hex);
	(void)snprintf(out, SEGMENT_PATH_MAX, "%s.log-%s", store->path, hex);
}

bool segment_file_add(struct buf *file, const unsigned char nonce[static SEAL_NONCE_BYTES],
		      const void *sealed, size_t len, struct error *err)
{
	unsigned char length[PAE_LENGTH_BYTES];

	pae_put_u32((uint32_t)len, length);
	return buf_append(file, length, sizeof(length), err) &&
	       buf_append(file, nonce, SEAL_NONCE_BYTES, err) && buf_append(file, sealed, len, err);
}

/* Whether path has no file, or one whose bytes are a beginning of this file. */
static bool may_replace(const char *path, const struct buf *file)
{
	struct buf there = BUF_INIT(0);
	struct error why = ERROR_INIT;
	bool may;

	if (!segment_file_read(path, &there, &why))
		return why.code == ERROR_NOT_FOUND;
	may = there.len <= file->len && memcmp(there.data, file->data, there.len) == 0;
	buf_clear(&there);
	return may;
}

bool segment_file_write(const char *path, const struct buf *file, bool *taken, struct error *err)
{
	char fresh[SEGMENT_PATH_MAX + 8];
	int fd;
	bool ok;

	*taken = !may_replace(path, file);
	if (*taken)
		return error_set(err, ERROR_EXISTS, "another file has the name of the log's part");
	(void)snprintf(fresh, sizeof(fresh), "%s.new", path);
	/* An interrupted closing may have left this file. */
	(void)unlink(fresh);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	ok = fd >= 0 && file_write_all(fd, file->data, file->len) && fsync(fd) == 0;
	if (ok)
		ok = rename(fresh, path) == 0;
	if (!ok) {
		error_set_errno(err, ERROR_IO, errno, "cannot close a part of the log");
		(void)unlink(fresh);
	}
	if (fd >= 0)
		(void)close(fd);
	return ok && (file_sync_directory(path) ||
		      error_set_errno(err, ERROR_IO, errno, "cannot close a part of the log"));
}

/* Reads in one go, because each page of the log that is shown reads the segment's file again. */
static bool read_all(int fd, struct buf *out, struct error *err)
{
	struct stat st;
	ssize_t n = 1;

	if (fstat(fd, &st) != 0)
		return error_set_errno(err, ERROR_IO, errno, "cannot read a part of the log");
	if (st.st_size > SEGMENT_FILE_MAX)
		return error_set(err, ERROR_UNSAFE_FILE, "a part of the log is too large");
	out->limit = (size_t)st.st_size;
	if (!buf_reserve(out, out->limit, err))
		return false;
	while (out->len < out->limit && n > 0) {
		n = read(fd, out->data + out->len, out->limit - out->len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			return error_set_errno(err, ERROR_IO, errno,
					       "cannot read a part of the log");
		else
			out->len += (size_t)n;
	}
	out->data[out->len] = '\0';
	return true;
}

bool segment_file_read(const char *path, struct buf *out, struct error *err)
{
	bool exists, ok;
	int fd;

	/*
	 * Looked at before it is opened: closing a link to the vault would lose its locks (TRAP
	 * 18).
	 */
	if (!file_check_private(path, SEGMENT_FILE_MAX, &exists, err))
		return false;
	fd = exists ? open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) : -1;
	if (!exists || (fd < 0 && errno == ENOENT))
		return error_set(err, ERROR_NOT_FOUND, "there is no such file");
	if (fd < 0)
		return error_set_errno(err, ERROR_IO, errno, "cannot read a part of the log");
	ok = read_all(fd, out, err);
	(void)close(fd);
	if (!ok)
		buf_clear(out);
	return ok;
}

bool segment_file_begin(struct segment_file_walk *walk, const struct buf *file,
			const unsigned char vault_id[static SEAL_ID_BYTES],
			const struct chain_segment *segment, struct error *err)
{
	struct buf head = BUF_INIT(256);
	bool ok;

	if (!chain_file_begin(vault_id, segment, &head, err))
		return false;
	ok = file->len >= head.len && memcmp(file->data, head.data, head.len) == 0;
	if (ok)
		*walk = (struct segment_file_walk){(const unsigned char *)file->data + head.len,
						   file->len - head.len};
	else
		error_set(err, ERROR_TAMPERED, "part %llu of the log has another beginning",
			  (unsigned long long)segment->number);
	buf_clear(&head);
	return ok;
}

bool segment_file_next(struct segment_file_walk *walk, const unsigned char **nonce,
		       const unsigned char **sealed, size_t *len)
{
	const size_t before = PAE_LENGTH_BYTES + SEAL_NONCE_BYTES;

	if (walk->left < before)
		return false;
	*len = pae_read_u32(walk->at);
	if (*len > CHAIN_SEALED_MAX || *len > walk->left - before)
		return false;
	*nonce = walk->at + PAE_LENGTH_BYTES;
	*sealed = walk->at + before;
	walk->at += before + *len;
	walk->left -= before + *len;
	return true;
}
