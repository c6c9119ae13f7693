/* SPDX-License-Identifier: MIT */
#include "cli/profile/write_place.h"

#include "cli/vault/paths.h"
#include "vault/base/file.h"
#include "vault/base/shell_word.h"
#include "vault/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SHOWN = 256 };

/* Whether two paths are one file, by their names or, where both are there, by what they lead to. */
static bool place_is(const char *path, const char *other)
{
	char resolved[PATH_MAX];
	struct error ignored;
	struct stat a, b;

	if (!other)
		return false;
	if (file_resolve(other, resolved, &ignored) && strcmp(resolved, path) == 0)
		return true;
	return stat(path, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* Whether SDKs read the path by themselves. */
static bool place_is_aws(const char *path)
{
	static const char *const names[] = {"credentials", "config"};
	char own[PATH_MAX], named[PATH_MAX];
	const char *home = paths_home();
	struct error ignored;

	for (size_t i = 0; home && i < sizeof(names) / sizeof(names[0]); i++) {
		int n = snprintf(own, sizeof(own), "%s/.aws/%s", home, names[i]);

		if (n > 0 && n < PATH_MAX && place_is(path, own))
			return true;
	}
	return (paths_aws_credentials(named, &ignored) && place_is(path, named)) ||
	       (paths_aws_config(named, &ignored) && place_is(path, named));
}

/* The git work tree around a directory; false: none. */
static bool place_in_git(const char *directory, char tree[static PATH_MAX])
{
	char mark[PATH_MAX];
	struct stat st;

	(void)snprintf(tree, PATH_MAX, "%s", directory);
	for (;;) {
		char *slash = strrchr(tree, '/');
		int n = snprintf(mark, sizeof(mark), "%s/.git", tree);

		/* A file in a linked work tree or a submodule, a directory else. */
		if (n > 0 && n < PATH_MAX && lstat(mark, &st) == 0)
			return true;
		if (!slash || tree[0] == '\0')
			return false;
		*slash = '\0';
	}
}

static bool place_check_git(const struct cli *cli, const char *path, const char *directory,
			    struct error *err)
{
	char tree[PATH_MAX], shown[SHOWN];

	if (cli->yes || !place_in_git(directory, tree))
		return true;
	out_path(tree[0] ? tree : "/", shown, sizeof(shown));
	error_set(err, ERROR_USAGE, "%s is in the git work tree %s", SHELL_WORD(file_name(path)),
		  shown);
	error_detail(err, "`git add` takes it along unless a rule of .gitignore names it, which");
	error_detail(err, "`git check-ignore -v %s` says. With --yes it is written all the same.",
		     SHELL_WORD(file_name(path)));
	return error_hint(err, "name a file outside of it, or say --yes");
}

bool write_place_check(const struct cli *cli, const char *path, struct error *err)
{
	char resolved[PATH_MAX], directory[PATH_MAX], shown[SHOWN];
	size_t len;

	if (!file_resolve(path, resolved, err))
		return false;
	len = (size_t)(file_name(resolved) - resolved);
	(void)snprintf(directory, sizeof(directory), "%.*s", (int)(len > 1 ? len - 1 : 1),
		       resolved);
	out_path(resolved, shown, sizeof(shown));
	if (place_is_aws(resolved)) {
		error_set(err, ERROR_USAGE, "every SDK reads %s, so it is not written", shown);
		return error_hint(err, "credvault exec --credentials-file PROFILE -- COMMAND");
	}
	if ((size_t)(file_name(cli->vault) - cli->vault) == len &&
	    memcmp(cli->vault, resolved, len) == 0)
		return error_set(err, ERROR_USAGE, "%s is in the vault's own folder", shown);
	if (!file_check_owners(directory, err)) {
		/* Whoever may change it could put another file there, or a link. */
		error_detail(err, "Credentials are written where nobody else can change the name.");
		return error_hint(err, "name a file in a directory of your own");
	}
	return place_check_git(cli, resolved, directory, err);
}
