/* SPDX-License-Identifier: MIT */
#include "cli/vault/backup_file.h"

#include "cli/ui/progress.h"
#include "cli/vault/agent_call.h"
#include "cli/vault/backup_draft.h"
#include "cli/vault/backup_name.h"
#include "vault/base/file.h"
#include "vault/format/digest.h"
#include "vault/format/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The value from linux/fs.h, for C libraries whose stdio.h lacks the constant. */
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

enum { SHOWN = 256, CHUNK = 65536, BESIDE_MAX = PATH_MAX + 64 };

/* --- where it goes ---------------------------------------------------------------------------- */

static bool backup_is_there(const char *path, bool *there, struct stat *st, struct error *err)
{
	*there = lstat(path, st) == 0;
	if (*there || errno == ENOENT)
		return true;
	return error_set_errno(err, ERROR_IO, errno, "cannot look at the backup's place");
}

/* Whether a backup may be put there; *directory: it gets a name of its own inside. */
static bool backup_check_target(const struct cli *cli, const char *path, bool replace,
				bool *directory, struct error *err)
{
	char shown[SHOWN];
	struct stat st, vault;
	bool there;

	*directory = false;
	if (!backup_is_there(path, &there, &st, err))
		return false;
	out_path(path, shown, sizeof(shown));
	if (strncmp(path, cli->vault, strlen(cli->vault)) == 0 &&
	    (path[strlen(cli->vault)] == '\0' || path[strlen(cli->vault)] == '-' ||
	     path[strlen(cli->vault)] == '.'))
		return error_set(err, ERROR_USAGE,
				 "files called %s… belong to the vault itself; take another name",
				 shown);
	if (!there)
		return true;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		*directory = true;
		return true;
	}
	if (!replace) {
		error_set(err, ERROR_EXISTS, "%s is there already", shown);
		return error_hint(err, "another name, or --replace");
	}
	if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode) ||
	    (stat(cli->vault, &vault) == 0 && vault.st_dev == st.st_dev &&
	     vault.st_ino == st.st_ino))
		return error_set(err, ERROR_UNSAFE_FILE, "%s is no file that a backup may replace",
				 shown);
	return true;
}

/* The absolute path of the target; a directory's is its real one. */
static bool backup_resolve(const char *target, char out[static PATH_MAX], struct error *err)
{
	struct stat st;

	if (stat(target, &st) == 0 && S_ISDIR(st.st_mode))
		return realpath(target, out) ||
		       error_set_errno(err, ERROR_IO, errno, "cannot find the directory");
	return file_resolve(target, out, err);
}

/* --- the bytes -------------------------------------------------------------------------------- */

static bool backup_write_failed(const char *path, struct error *err)
{
	int why = errno;
	char shown[SHOWN];

	out_path(path, shown, sizeof(shown));
	error_set_errno(err, ERROR_IO, why, "cannot write %s", shown);
	return error_detail(err, "What was there is as it was, and so is the vault.");
}

static bool backup_copy_bytes(int from, int to, const char *path, struct error *err)
{
	unsigned char chunk[CHUNK];
	ssize_t n;

	for (;;) {
		n = read(from, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set_errno(err, ERROR_IO, errno, "cannot read the copy");
		if (n == 0)
			break;
		if (!file_write_all(to, chunk, (size_t)n))
			return backup_write_failed(path, err);
	}
	return fsync(to) == 0 || backup_write_failed(path, err);
}

/* Reads the written file, from the disk where the kernel lets go of its cache. */
static bool backup_read_back(int fd, const struct msg_backup *said, const char *path,
			     struct error *err)
{
	char sha256[DIGEST_HEX_BYTES], shown[SHOWN];
	int64_t bytes;

	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (lseek(fd, 0, SEEK_SET) != 0)
		return error_set_errno(err, ERROR_IO, errno, "cannot read the backup again");
	if (!digest_sha256_fd(fd, MSG_COPY_MAX, &bytes, sha256, err))
		return false;
	if (bytes == said->bytes && strcmp(sha256, said->sha256) == 0)
		return true;
	out_path(path, shown, sizeof(shown));
	error_set(err, ERROR_IO, "%s does not read as it was written", shown);
	return error_detail(err, "The disk may be failing. What was there is as it was.");
}

/* Gives the written file its name. */
static bool backup_name_it(const char *temporary, const char *path, bool replace, struct error *err)
{
	unsigned int flags = replace ? 0 : RENAME_NOREPLACE;
	int done = renameat2(AT_FDCWD, temporary, AT_FDCWD, path, flags);
	char shown[SHOWN];
	struct stat st;

	/* Some file systems take no flags; the file may then have come in this moment. */
	if (done != 0 && errno == EINVAL && lstat(path, &st) != 0 && errno == ENOENT)
		done = rename(temporary, path);
	if (done != 0 && errno == EEXIST) {
		out_path(path, shown, sizeof(shown));
		return error_set(err, ERROR_EXISTS, "%s is there already", shown);
	}
	if (done != 0 || !file_sync_directory(path))
		return backup_write_failed(path, err);
	return true;
}

static bool backup_write(int from, const struct msg_backup *said, const char *path, bool replace,
			 struct error *err)
{
	struct backup_draft draft = BACKUP_DRAFT_EMPTY;
	bool ok;

	backup_draft_sweep(path);
	if (!backup_draft_make(path, &draft))
		return backup_write_failed(path, err);
	ok = backup_copy_bytes(from, draft.fd, path, err) &&
	     backup_read_back(draft.fd, said, path, err) &&
	     backup_name_it(draft.path, path, replace, err);
	backup_draft_close(&draft, ok);
	return ok;
}

/* --- the whole -------------------------------------------------------------------------------- */

/* Opens the agent's copy and takes its name away: what is not finished leaves nothing behind. */
static bool backup_take_copy(const struct cli *cli, const char *id, int *fd, struct error *err)
{
	char copy[BESIDE_MAX];
	struct stat st;

	if (strlen(id) != MSG_COPY_ID_HEX || strspn(id, "0123456789abcdef") != MSG_COPY_ID_HEX)
		return error_set(err, ERROR_PROTOCOL, "the agent names no copy");
	(void)snprintf(copy, sizeof(copy), "%s" MSG_COPY_INFIX "%s", cli->vault, id);
	*fd = open(copy, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0)
		return error_set_errno(err, ERROR_IO, errno, "cannot read the agent's copy");
	(void)unlink(copy);
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode))
		return true;
	return error_set(err, ERROR_PROTOCOL, "the agent's copy is no file");
}

static bool backup_tell(struct backup_file *out, struct error *err)
{
	(void)json_object_del(out->ok, "copy");
	return json_put(out->ok, "file", json_string(out->path), err);
}

bool backup_file_make(struct cli *cli, const char *target, bool replace, struct backup_file *out,
		      struct error *err)
{
	bool directory, ok;
	int fd = -1;

	*out = BACKUP_FILE_EMPTY;
	if (!backup_resolve(target, out->path, err) ||
	    !backup_check_target(cli, out->path, replace, &directory, err))
		return false;
	progress_show(cli, "Copying and verifying …");
	ok = agent_call(cli, "backup", NULL, NULL, &out->ok, err) &&
	     fields_read_answer(&msg_backup, out->ok, &out->said, err) &&
	     (!directory || backup_name_append(&out->said, out->path, err)) &&
	     backup_take_copy(cli, out->said.copy, &fd, err) &&
	     backup_write(fd, &out->said, out->path, replace && !directory, err);
	progress_hide(cli);
	if (fd >= 0)
		(void)close(fd);
	ok = ok && backup_tell(out, err);
	if (!ok)
		backup_file_clear(out);
	return ok;
}

void backup_file_clear(struct backup_file *backup)
{
	json_decref(backup->ok);
	*backup = BACKUP_FILE_EMPTY;
}
