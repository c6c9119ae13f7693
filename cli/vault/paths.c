/* SPDX-License-Identifier: MIT */
#include "cli/vault/paths.h"

#include "vault/base/file.h"
#include "vault/base/shell_word.h"
#include "vault/base/text.h"
#include "vault/format/digest.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ID_DIGITS = 16, SHOWN = 256 };

const char *paths_home(void)
{
	const char *home = getenv("HOME");
	const struct passwd *account;

	if (home && home[0] == '/')
		return home;
	account = getpwuid(getuid());
	return account ? account->pw_dir : NULL;
}

/* PATH_MAX bytes of formatted path; false when it does not fit. */
static bool CV_PRINTF(2, 3) path_format(char out[static PATH_MAX], const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(out, PATH_MAX, fmt, args);
	va_end(args);
	return n >= 0 && n < PATH_MAX;
}

/* $VARIABLE/below, else ~/otherwise/below. A relative value is ignored, as XDG wants it. */
static bool path_under_home(const char *variable, const char *otherwise, const char *below,
			    char out[static PATH_MAX], struct error *err)
{
	const char *base = variable ? getenv(variable) : NULL, *home;

	if (base && base[0] == '/')
		return path_format(out, "%s/%s", base, below) ||
		       error_set(err, ERROR_USAGE, "$%s is too long", variable);
	home = paths_home();
	if (!home)
		return error_set(err, ERROR_NOT_FOUND, "there is no home directory ($HOME)");
	return path_format(out, "%s/%s/%s", home, otherwise, below) ||
	       error_set(err, ERROR_USAGE, "$HOME is too long");
}

/* The file that the variable names, else ~/.aws/otherwise. */
static bool path_named_or(const char *variable, const char *otherwise, char out[static PATH_MAX],
			  struct error *err)
{
	const char *named = getenv(variable), *home = paths_home();

	if (!named || !*named)
		return path_under_home(NULL, ".aws", otherwise, out, err);
	/* A shell leaves the tilde in AWS_CONFIG_FILE="~/x" alone, and the SDKs do not. */
	if (home && named[0] == '~' && named[1] == '/')
		return path_format(out, "%s%s", home, named + 1) ||
		       error_set(err, ERROR_USAGE, "$%s is too long", variable);
	return path_format(out, "%s", named) ||
	       error_set(err, ERROR_USAGE, "$%s is too long", variable);
}

bool paths_aws_config(char path[static PATH_MAX], struct error *err)
{
	return path_named_or("AWS_CONFIG_FILE", "config", path, err);
}

bool paths_aws_credentials(char path[static PATH_MAX], struct error *err)
{
	return path_named_or("AWS_SHARED_CREDENTIALS_FILE", "credentials", path, err);
}

/* Makes path unless it is there; whether it is a directory of ours alone. */
static bool make_private(const char *path)
{
	return (mkdir(path, 0700) == 0 || errno == EEXIST) && file_is_private_directory(path);
}

bool paths_runtime(char out[static PATH_MAX], struct error *err)
{
	const char *base = getenv("XDG_RUNTIME_DIR");
	char shown[SHOWN];

	if (base && base[0] == '/' && path_format(out, "%s/credvault", base) && make_private(out))
		return true;
	if (path_format(out, "/run/user/%lu/credvault", (unsigned long)geteuid()) &&
	    make_private(out))
		return true;
	if (!path_under_home("XDG_STATE_HOME", ".local/state", "credvault/run", out, err) ||
	    !file_make_directory(out, err))
		return false;
	if (make_private(out))
		return true;
	text_escape_into(out, shown, sizeof(shown));
	error_set(err, ERROR_UNSAFE_FILE, "%s is not a directory of ours alone", shown);
	return error_hint(err, "chmod 700 %s", SHELL_WORD(out));
}

static bool vault_path(const struct cli *cli, char out[static PATH_MAX], struct error *err)
{
	const char *named = option_text(&cli->options, "vault");

	if (!named)
		return path_under_home("XDG_DATA_HOME", ".local/share", "credvault/vault.db", out,
				       err);
	return path_format(out, "%s", named) || error_set(err, ERROR_USAGE, "--vault is too long");
}

static bool no_vault(const char *path, struct error *err)
{
	char shown[SHOWN];

	out_path(path, shown, sizeof(shown));
	error_set(err, ERROR_NOT_FOUND, "there is no vault at %s", shown);
	return error_hint(err, "credvault init");
}

/* cli->socket, the state file beside it (NAME.sock, NAME.state), and the locks beside the vault. */
static bool runtime_paths(struct cli *cli, struct error *err)
{
	const char *named = getenv("CREDVAULT_SOCKET");
	char directory[PATH_MAX], id[DIGEST_HEX_BYTES];
	size_t stem;

	if (named && *named) {
		if (named[0] != '/' || strlen(named) >= PATH_MAX)
			return error_set(err, ERROR_USAGE,
					 "$CREDVAULT_SOCKET is not an absolute path");
		(void)snprintf(cli->socket, PATH_MAX, "%s", named);
	} else {
		digest_sha256_hex(cli->vault, strlen(cli->vault), id);
		id[ID_DIGITS] = '\0';
		if (!paths_runtime(directory, err))
			return false;
		if (!path_format(cli->socket, "%s/%s.sock", directory, id))
			return error_set(err, ERROR_USAGE,
					 "the runtime directory's path is too long");
	}
	stem = strlen(cli->socket);
	if (stem > 5 && strcmp(cli->socket + stem - 5, ".sock") == 0)
		stem -= 5;
	if (!path_format(cli->state, "%.*s.state", (int)stem, cli->socket))
		return error_set(err, ERROR_USAGE, "the socket's path is too long");
	return (path_format(cli->lock, "%s.lock", cli->vault) &&
		path_format(cli->asking, "%s.asking", cli->vault)) ||
	       error_set(err, ERROR_USAGE, "the vault's path is too long");
}

bool paths_find(struct cli *cli, struct error *err)
{
	char path[PATH_MAX];

	if (!vault_path(cli, path, err))
		return false;
	if (!file_resolve(path, cli->vault, err))
		return err->code == ERROR_NOT_FOUND ? no_vault(path, err) : false;
	return runtime_paths(cli, err) &&
	       path_under_home("XDG_STATE_HOME", ".local/state", "credvault", cli->witness, err);
}

bool paths_make(struct cli *cli, struct error *err)
{
	char path[PATH_MAX], directory[PATH_MAX];
	const char *name;

	if (!vault_path(cli, path, err))
		return false;
	name = file_name(path);
	if (name > path + 1) {
		(void)snprintf(directory, sizeof(directory), "%.*s", (int)(name - path - 1), path);
		if (!file_make_directory(directory, err))
			return false;
	}
	return paths_find(cli, err);
}

bool paths_written(const struct cli *cli, char out[static PATH_MAX], struct error *err)
{
	return path_format(out, "%s/written", cli->witness) ||
	       error_set(err, ERROR_USAGE, "the state directory's path is too long");
}

bool paths_check_vault(const struct cli *cli, struct error *err)
{
	struct stat st;

	return lstat(cli->vault, &st) == 0 || errno != ENOENT || no_vault(cli->vault, err);
}
