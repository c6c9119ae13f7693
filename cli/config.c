/* SPDX-License-Identifier: MIT */
#include "cli/config.h"

#include "vault/base/file.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *home(void)
{
	const char *path = getenv("HOME");
	const struct passwd *user;

	if (path && *path)
		return path;
	user = getpwuid(getuid());
	return user ? user->pw_dir : NULL;
}

bool config_path(const char *variable, const char *name, char out[static PATH_MAX],
		 struct error *err)
{
	const char *given = getenv(variable), *base = home();
	int n;

	if (given && *given && strncmp(given, "~/", 2) != 0)
		n = snprintf(out, PATH_MAX, "%s", given);
	else if (!base || !*base)
		return error_set(err, ERROR_FAILED, "there is no home directory (HOME)");
	else if (given && *given)
		n = snprintf(out, PATH_MAX, "%s/%s", base, given + 2);
	else
		n = snprintf(out, PATH_MAX, "%s/.aws/%s", base, name);
	if (n < 0 || n >= PATH_MAX)
		return error_set(err, ERROR_FAILED, "the path of the %s file is too long", name);
	return true;
}

bool config_read(struct config *out, struct error *err)
{
	struct buf text = BUF_INIT(INI_FILE_MAX);
	bool ok = false;

	*out = CONFIG_EMPTY;
	if (!config_path("AWS_CONFIG_FILE", "config", out->path, err))
		goto out;
	/* Tools are told to look at no file that way. */
	ok = strcmp(out->path, "/dev/null") == 0;
	if (ok)
		goto out;
	if (!file_read(out->path, INI_FILE_MAX, &text, err)) {
		ok = err->code == ERROR_NOT_FOUND;
		if (ok)
			*err = ERROR_INIT;
		goto out;
	}
	ok = ini_parse(out->path, INI_CONFIG, buf_text(&text), text.len, &out->ini, err);
out:
	buf_clear(&text);
	return ok;
}

void config_clear(struct config *config)
{
	ini_clear(&config->ini);
}
