/* SPDX-License-Identifier: MIT */
#include "cli/vault/key_path.h"

#include "cli/vault/paths.h"
#include "vault/base/file.h"
#include "vault/base/shell_word.h"
#include "vault/seal/header/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHOWN = 256, OTHERS = 077, SERVICE_OTHERS = 027 };

/* The key file that the service manager has laid out; false where there is none. */
static bool service_key_path(char path[static PATH_MAX])
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	int n;

	if (!directory || directory[0] != '/')
		return false;
	n = snprintf(path, PATH_MAX, "%s/credvault-key", directory);
	return n > 0 && n < PATH_MAX && access(path, F_OK) == 0;
}

bool key_path_given(const struct cli *cli)
{
	char path[PATH_MAX];

	return option_text(&cli->options, "key-file") || service_key_path(path);
}

/* The directory of a resolved path, the slash included. */
static size_t directory_len(const char *path)
{
	return (size_t)(file_name(path) - path);
}

static bool directory_is_home(const char *path, size_t len)
{
	const char *home = paths_home();
	char inside[PATH_MAX + 2], resolved[PATH_MAX];
	struct error ignored;

	if (!home || strlen(home) >= PATH_MAX)
		return false;
	(void)snprintf(inside, sizeof(inside), "%s/x", home);
	return file_resolve(inside, resolved, &ignored) && directory_len(resolved) == len &&
	       memcmp(resolved, path, len) == 0;
}

static bool key_path_check_apart(const struct cli *cli, const char *path, struct error *err)
{
	size_t vault = directory_len(cli->vault), file = directory_len(path);
	char shown[SHOWN];

	if (file < vault || memcmp(path, cli->vault, vault) != 0 ||
	    (file > vault && directory_is_home(cli->vault, vault)))
		return true;
	out_path(path, shown, sizeof(shown));
	error_set(err, ERROR_UNSAFE_FILE, "the key file %s lies in the vault's directory", shown);
	error_detail(err, "Whoever copies that directory would get the vault and its key.");
	return error_hint(err, "keep it elsewhere, on another disk if there is one");
}

static bool key_file_check_private(const char *path, const char *shown, const struct stat *st,
				   bool service, struct error *err)
{
	char word[SHELL_WORD_BYTES];

	if (!S_ISREG(st->st_mode))
		return error_set(err, ERROR_UNSAFE_FILE, "the key file %s is not a plain file",
				 shown);
	if (st->st_uid != geteuid() && !(service && st->st_uid == 0))
		return error_set(err, ERROR_UNSAFE_FILE, "the key file %s belongs to another user",
				 shown);
	if (st->st_mode & (service ? SERVICE_OTHERS : OTHERS)) {
		error_set(err, ERROR_UNSAFE_FILE, "others can read the key file %s (mode %04o)",
			  shown, (unsigned int)st->st_mode & 07777U);
		out_path_word(path, word, sizeof(word));
		return error_hint(err, "chmod 600 %s", word);
	}
	return true;
}

static bool key_file_read_text(int fd, struct secret *key, struct error *err)
{
	struct secret text = SECRET_EMPTY;
	size_t len = 0;
	bool ok = secret_alloc(&text, KEY_FILE_TEXT_BYTES, err);

	while (ok && len < text.len) {
		ssize_t n = read(fd, text.data + len, text.len - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ok = error_set_errno(err, ERROR_IO, errno, "cannot read the key file");
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	ok = ok && key_file_parse(text.data, len, key, err);
	secret_clear(&text);
	return ok;
}

bool key_path_read(const struct cli *cli, struct secret *key, struct error *err)
{
	const char *given = option_text(&cli->options, "key-file");
	char path[PATH_MAX], resolved[PATH_MAX], shown[SHOWN];
	bool service = !given && service_key_path(path), ok;
	struct stat st;
	int fd;

	if (!given && !service)
		return error_set(err, ERROR_NOT_FOUND, "no key file is given");
	out_path(service ? path : given, shown, sizeof(shown));
	if (!file_resolve(service ? path : given, resolved, err) ||
	    !key_path_check_apart(cli, resolved, err))
		return false;
	fd = open(resolved, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) {
		error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_UNSAFE_FILE, errno,
				"cannot open the key file %s", shown);
		return false;
	}
	ok = fstat(fd, &st) == 0
		 ? key_file_check_private(resolved, shown, &st, service, err)
		 : error_set_errno(err, ERROR_IO, errno, "cannot read the key file %s", shown);
	ok = ok && key_file_read_text(fd, key, err);
	(void)close(fd);
	return ok;
}

bool key_path_make(const struct cli *cli, const char *path, struct secret *key, struct error *err)
{
	char resolved[PATH_MAX], shown[SHOWN];
	struct secret text = SECRET_EMPTY;
	bool ok;
	int fd;

	out_path(path, shown, sizeof(shown));
	if (!file_resolve(path, resolved, err) || !key_path_check_apart(cli, resolved, err) ||
	    !key_file_new(key, err))
		return false;
	fd = open(resolved, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		error_set_errno(err, errno == EEXIST ? ERROR_EXISTS : ERROR_IO, errno,
				"cannot make the key file %s", shown);
		return error_detail(err, "Nothing was changed.");
	}
	ok = (fchmod(fd, 0600) == 0 ||
	      error_set_errno(err, ERROR_IO, errno, "cannot make the key file %s", shown)) &&
	     key_file_format(key, &text, err) &&
	     ((file_write_all(fd, text.data, text.len - 1) && fsync(fd) == 0 &&
	       file_sync_directory(resolved)) ||
	      error_set_errno(err, ERROR_IO, errno, "cannot write the key file"));
	secret_clear(&text);
	(void)close(fd);
	if (!ok)
		(void)unlink(resolved);
	return ok;
}

void key_path_remove(const char *path)
{
	(void)unlink(path);
}
