/* SPDX-License-Identifier: MIT */
#include "cli/profile/written_file.h"

#include "vault/base/clock.h"
#include "vault/base/file.h"
#include "vault/base/secret.h"
#include "vault/base/shell_word.h"
#include "vault/base/text.h"
#include "vault/format/digest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHOWN = 256, RECORD_MAX = 1 << 20, RECORD_LONG = 1 << 15, PATIENCE_MS = 3000, STEP_MS = 20 };

static bool written_file_fail(const struct written_file *file, const char *what, struct error *err)
{
	char shown[SHOWN];
	int why = errno;

	text_escape_into(file->path, shown, sizeof(shown));
	return error_set_errno(err, ERROR_IO, why, "cannot %s %s", what, shown);
}

/* What a record says. Borrows from its text. */
struct record {
	struct buf text;
	const char *path;  /* NULL: it says nothing yet */
	const char *vault; /* hex, or NULL */
};

static bool record_read(int fd, struct record *out)
{
	struct error ignored;
	char *line, *next;

	*out = (struct record){.text = BUF_INIT(RECORD_MAX)};
	if (lseek(fd, 0, SEEK_SET) != 0 || !file_read_fd(fd, RECORD_MAX, &out->text, &ignored))
		return false;
	/* A line without an end was cut off. Paths hold no newline. */
	for (line = out->text.data; line && (next = strchr(line, '\n')); line = next + 1) {
		*next = '\0';
		if (strncmp(line, "path ", 5) == 0)
			out->path = line + 5;
		else if (strncmp(line, "vault ", 6) == 0)
			out->vault = line + 6;
	}
	return true;
}

/* Whether the record says that these bytes were written. */
static bool record_knows(const struct record *record, const struct buf *content)
{
	char digest[DIGEST_HEX_BYTES];
	const char *end = record->text.data + record->text.len;

	digest_sha256_hex(content->data, content->len, digest);
	for (const char *line = record->text.data; line && line < end; line += strlen(line) + 1) {
		if (strncmp(line, "wrote ", 6) == 0 && strcmp(line + 6, digest) == 0)
			return true;
	}
	return false;
}

/*
 * Shortens a long record to what is in the file now: it gets a line with each content, and one that
 * is too long would be no record any more. Whole lines are written over the first ones, so that a
 * crash before the end is cut off leaves what is needed.
 */
static bool record_shorten(int fd, const struct buf *content)
{
	struct record record = {.path = NULL};
	struct buf text = BUF_INIT(RECORD_LONG);
	char digest[DIGEST_HEX_BYTES];
	struct error ignored;
	bool ok = record_read(fd, &record);

	if (ok && record.text.len > RECORD_LONG && record.path && record.vault) {
		digest_sha256_hex(content->data, content->len, digest);
		ok = buf_printf(&text, &ignored, "path %s\nvault %s\nwrote %s\n", record.path,
				record.vault, digest) &&
		     lseek(fd, 0, SEEK_SET) == 0 && file_write_all(fd, text.data, text.len) &&
		     fsync(fd) == 0 && ftruncate(fd, (off_t)text.len) == 0;
	}
	buf_clear(&text);
	buf_clear(&record.text);
	return ok;
}

/*
 * Whether a file may be written over, or removed: *there and ours, or not there at all. Anything
 * else is UNSAFE_FILE.
 */
static bool written_file_look(const struct written_file *file, bool *there, struct error *err)
{
	struct buf content = BUF_INIT(WRITTEN_FILE_MAX);
	struct record record = {.path = NULL};
	char shown[SHOWN];
	struct stat st;
	bool ours;

	text_escape_into(file->path, shown, sizeof(shown));
	*there = lstat(file->path, &st) == 0;
	if (!*there)
		return errno == ENOENT || written_file_fail(file, "look at", err);
	if (S_ISLNK(st.st_mode))
		return error_set(err, ERROR_UNSAFE_FILE, "%s is a symbolic link", shown);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_UNSAFE_FILE, "%s is not a plain file", shown);
	ours = st.st_uid == geteuid() && file_read(file->path, WRITTEN_FILE_MAX, &content, err) &&
	       record_read(file->record, &record) && record_knows(&record, &content) &&
	       record_shorten(file->record, &content);
	buf_clear(&content);
	buf_clear(&record.text);
	if (ours)
		return true;
	error_set(err, ERROR_UNSAFE_FILE, "%s was not written by credvault, or was changed since",
		  shown);
	error_detail(err, "It stays as it is.");
	return error_hint(err, "ls -l %s   (and name another file)", SHELL_WORD(file->path));
}

/* The name of the new content until it takes the file's place; one that a crash left is ours. */
static bool written_file_temporary(const struct written_file *file, char out[static PATH_MAX])
{
	const char *name = file_name(file->path);
	int n = snprintf(out, PATH_MAX, "%.*s.%s.credvault", (int)(name - file->path), file->path,
			 name);

	return n > 0 && n < PATH_MAX;
}

static void written_file_drop_temporary(const struct written_file *file)
{
	char temporary[PATH_MAX];
	struct stat st;

	if (written_file_temporary(file, temporary) && lstat(temporary, &st) == 0 &&
	    S_ISREG(st.st_mode) && st.st_uid == geteuid())
		(void)unlink(temporary);
}

/* Locks the record; false with EWOULDBLOCK where another export has it for longer than that. */
static bool record_lock(int fd, int patience_ms)
{
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || patience_ms <= 0)
			return false;
		clock_sleep_ms(&clock_system, STEP_MS);
		patience_ms -= STEP_MS;
	}
	return true;
}

static bool record_is_gone(int fd)
{
	struct stat st;

	return fstat(fd, &st) != 0 || st.st_nlink == 0;
}

/* Opens and locks the record of the path, one that nobody has removed meanwhile. */
static bool record_open(struct written_file *file, struct error *err)
{
	char shown[SHOWN];

	for (;;) {
		file->record = open(file->record_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
				    0600);
		if (file->record < 0 || !file_sync_directory(file->record_path))
			return error_set_errno(err, ERROR_IO, errno,
					       "cannot write the record of "
					       "what was written");
		if (!record_lock(file->record, 0)) {
			text_escape_into(file->path, shown, sizeof(shown));
			error_set(err, ERROR_FAILED, "another export keeps %s", shown);
			return error_detail(err,
					    "It ends with a signal, or with `credvault lock`.");
		}
		if (!record_is_gone(file->record))
			return true;
		(void)close(file->record);
	}
}

static bool record_append(int fd, const char *word, const char *value)
{
	char line[PATH_MAX + 8];
	int n = snprintf(line, sizeof(line), "%s%s%s\n", word, *value ? " " : "", value);

	return n > 0 && (size_t)n < sizeof(line) && lseek(fd, 0, SEEK_END) >= 0 &&
	       file_write_all(fd, line, (size_t)n);
}

/* Makes the record begin as it should. What it says of an absent file is past. */
static bool record_begin(struct written_file *file, const char *vault, bool there,
			 struct error *err)
{
	char digest[DIGEST_HEX_BYTES];
	struct record record = {.path = NULL};
	bool ok;

	digest_sha256_hex(vault, strlen(vault), digest);
	if (!there)
		ok = ftruncate(file->record, 0) == 0;
	else
		ok = record_read(file->record, &record) && record_append(file->record, "", "");
	ok = ok && (record.path || record_append(file->record, "path", file->path)) &&
	     record_append(file->record, "vault", digest) && fsync(file->record) == 0;
	buf_clear(&record.text);
	return ok ||
	       error_set_errno(err, ERROR_IO, errno, "cannot write the record of what was written");
}

bool written_file_open(const char *records, const char *vault, const char *path,
		       struct written_file *out, struct error *err)
{
	char digest[DIGEST_HEX_BYTES];
	bool there = false;
	int n;

	*out = WRITTEN_FILE_EMPTY;
	if (strchr(path, '\n'))
		return error_set(err, ERROR_USAGE, "a newline in the name of a file");
	if (!file_resolve(path, out->path, err) || !file_make_directory(records, err) ||
	    !file_check_owners(records, err))
		return false;
	digest_sha256_hex(out->path, strlen(out->path), digest);
	n = snprintf(out->record_path, PATH_MAX, "%s/%s", records, digest);
	if (n < 0 || n >= PATH_MAX)
		return error_set(err, ERROR_USAGE, "the state directory's path is too long");
	if (!record_open(out, err))
		goto fail;
	written_file_drop_temporary(out);
	if (!written_file_look(out, &there, err)) {
		/* A record that never had a file says nothing. */
		if (lseek(out->record, 0, SEEK_END) == 0)
			(void)unlink(out->record_path);
		goto fail;
	}
	if (record_begin(out, vault, there, err))
		return true;
fail:
	written_file_close(out);
	return false;
}

/* The temporary file, whole and on disk. */
static bool written_file_fill(const char *temporary, const struct buf *text)
{
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600), why;
	bool ok = fd >= 0 && file_write_all(fd, text->data, text->len) && fsync(fd) == 0;

	why = errno;
	if (fd >= 0)
		(void)close(fd);
	errno = why;
	return ok;
}

/* Gives it the file's name: over a file of ours, and over nothing else. */
static bool written_file_rename(const char *temporary, const char *path, bool there)
{
	if (there)
		return rename(temporary, path) == 0;
	if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return true;
	/* Some file systems have no such call. */
	return (errno == EINVAL || errno == ENOSYS) && rename(temporary, path) == 0;
}

bool written_file_put(struct written_file *file, const struct buf *text, struct error *err)
{
	char temporary[PATH_MAX], digest[DIGEST_HEX_BYTES], shown[SHOWN];
	bool there = false;

	text_escape_into(file->path, shown, sizeof(shown));
	if (text->len > WRITTEN_FILE_MAX || !written_file_temporary(file, temporary))
		return error_set(err, ERROR_USAGE, "%s: the path or the content is too long",
				 shown);
	if (record_is_gone(file->record))
		return error_set(err, ERROR_LOCKED, "`credvault lock` has taken %s away", shown);
	if (!written_file_look(file, &there, err))
		return false;
	digest_sha256_hex(text->data, text->len, digest);
	if (!record_append(file->record, "wrote", digest) || fsync(file->record) != 0)
		return error_set_errno(err, ERROR_IO, errno,
				       "cannot write the record of what was written");
	written_file_drop_temporary(file);
	if (written_file_fill(temporary, text) &&
	    written_file_rename(temporary, file->path, there) && file_sync_directory(file->path))
		return true;
	(void)written_file_fail(file, "write", err);
	written_file_drop_temporary(file);
	return false;
}

bool written_file_withdraw(struct written_file *file, struct error *err)
{
	bool there = false;

	written_file_drop_temporary(file);
	if (!written_file_look(file, &there, err))
		return false;
	return !there || (unlink(file->path) == 0 && file_sync_directory(file->path)) ||
	       written_file_fail(file, "remove", err);
}

bool written_file_remove(struct written_file *file, struct error *err)
{
	bool ok = record_is_gone(file->record) || written_file_withdraw(file, err);

	/* The record goes last: a file without one would stay for ever. */
	if ((ok || err->code == ERROR_UNSAFE_FILE) && !record_is_gone(file->record))
		(void)unlink(file->record_path);
	written_file_close(file);
	return ok;
}

void written_file_close(struct written_file *file)
{
	if (file->record >= 0)
		(void)close(file->record);
	file->record = -1;
}

/* Removes the file of a record where it was written for the vault. */
static void record_remove(const char *path, const char *vault, written_file_told *told, void *ctx)
{
	struct written_file file = WRITTEN_FILE_EMPTY;
	struct record record = {.path = NULL};
	struct error err = ERROR_INIT;
	struct stat st;
	bool was_there;

	(void)snprintf(file.record_path, PATH_MAX, "%s", path);
	file.record = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (file.record < 0 || !record_read(file.record, &record))
		goto out;
	if (!record.path || !record.vault) {
		/* A crash left it before anything was written there. */
		if (record_lock(file.record, 0))
			(void)unlink(path);
	} else if (strcmp(record.vault, vault) == 0) {
		/* Whoever is stopped while it has the lock finds its record gone later. */
		(void)record_lock(file.record, PATIENCE_MS);
		(void)snprintf(file.path, PATH_MAX, "%s", record.path);
		was_there = !record_is_gone(file.record) && lstat(file.path, &st) == 0;
		if (!written_file_remove(&file, &err))
			told(ctx, record.path, &err);
		else if (was_there)
			told(ctx, record.path, NULL);
	}
out:
	buf_clear(&record.text);
	written_file_close(&file);
}

void written_files_remove(const char *records, const char *vault, written_file_told *told,
			  void *ctx)
{
	char path[PATH_MAX], digest[DIGEST_HEX_BYTES];
	struct dirent *entry;
	DIR *folder = opendir(records);

	digest_sha256_hex(vault, strlen(vault), digest);
	while (folder && (entry = readdir(folder))) {
		int n = snprintf(path, sizeof(path), "%s/%s", records, entry->d_name);

		if (strlen(entry->d_name) == DIGEST_HEX_BYTES - 1 && n > 0 && n < PATH_MAX)
			record_remove(path, digest, told, ctx);
	}
	if (folder)
		(void)closedir(folder);
}
