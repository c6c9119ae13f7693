/* SPDX-License-Identifier: MIT */
#include "cli/ui/askpass.h"

#include "vault/base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool askpass_is_roots(const struct stat *st)
{
	return st->st_uid == 0 && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

bool askpass_resolve(const char *program, char out[static PATH_MAX], struct error *err)
{
	char shown[256], folder[PATH_MAX];
	struct stat st;

	text_escape_into(program, shown, sizeof(shown));
	if (program[0] != '/')
		return error_set(err, ERROR_USAGE, "askpass is not an absolute path: %s", shown);
	if (!realpath(program, out) || stat(out, &st) != 0)
		return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno,
				       "askpass, %s", shown);
	if (!S_ISREG(st.st_mode) || !(st.st_mode & S_IXUSR))
		return error_set(err, ERROR_UNSAFE_FILE, "askpass, %s, is no program", shown);
	memcpy(folder, out, sizeof(folder));
	for (bool whole = false; !whole;) {
		char *slash;

		if (!askpass_is_roots(&st)) {
			error_set(err, ERROR_UNSAFE_FILE,
				  "askpass, %s, is not run: not root alone decides what it is",
				  shown);
			return error_detail(err, "It and each folder above it must be root's, and "
						 "writable by nobody else.");
		}
		whole = strcmp(folder, "/") == 0;
		slash = strrchr(folder, '/');
		slash[slash == folder] = '\0';
		if (stat(folder, &st) != 0)
			return error_set_errno(err, ERROR_IO, errno, "askpass, %s", shown);
	}
	return true;
}
