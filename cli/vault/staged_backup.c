/* SPDX-License-Identifier: MIT */
#include "cli/vault/staged_backup.h"

#include "vault/base/file.h"
#include "vault/base/secret.h"
#include "vault/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHOWN = 256, CHUNK = 65536 };

static bool staged_backup_open(const char *file, int *fd, struct error *err)
{
	char shown[SHOWN];
	struct stat st;

	out_path(file, shown, sizeof(shown));
	*fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (*fd < 0)
		return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno,
				       "cannot read %s", shown);
	if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode))
		return error_set(err, ERROR_UNSAFE_FILE, "%s is no file", shown);
	if (st.st_size == 0 || st.st_size > MSG_COPY_MAX)
		return error_set(err, ERROR_FAILED, "%s is not a backup", shown);
	return true;
}

static bool staged_backup_copy(int from, int to, struct error *err)
{
	unsigned char chunk[CHUNK];
	int64_t bytes = 0;
	ssize_t n;

	while ((n = read(from, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set_errno(err, ERROR_IO, errno, "cannot read the backup");
		bytes += n;
		if (bytes > MSG_COPY_MAX)
			return error_set(err, ERROR_FAILED, "the backup is too large");
		if (!file_write_all(to, chunk, (size_t)n))
			return error_set_errno(err, ERROR_IO, errno,
					       "cannot put the backup beside the vault");
	}
	return true;
}

bool staged_backup_put(const struct cli *cli, const char *file, struct staged_backup *out,
		       struct error *err)
{
	unsigned char random[MSG_COPY_ID_BYTES];
	int from = -1, to = -1;
	bool ok = staged_backup_open(file, &from, err);

	*out = STAGED_BACKUP_EMPTY;
	if (ok) {
		secret_random_bytes(random, sizeof(random));
		text_hex(random, sizeof(random), out->id);
		(void)snprintf(out->path, sizeof(out->path), "%s" MSG_COPY_INFIX "%s", cli->vault,
			       out->id);
		to = open(out->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (to < 0)
			ok = error_set_errno(err, ERROR_IO, errno,
					     "cannot put the backup beside the vault");
	}
	ok = ok && staged_backup_copy(from, to, err);
	if (from >= 0)
		(void)close(from);
	if (to >= 0)
		(void)close(to);
	if (!ok)
		staged_backup_remove(out);
	return ok;
}

void staged_backup_remove(struct staged_backup *staged)
{
	if (staged->id[0])
		(void)unlink(staged->path);
	*staged = STAGED_BACKUP_EMPTY;
}
