/* SPDX-License-Identifier: MIT */
#include "cli/setup/process_line.h"

#include "vault/base/file.h"
#include "vault/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHOWN = 256 };

/* Appends a path as one word for a shell, for shlex and for those who know neither. */
static bool line_append_path(const char *path, char *out, size_t size, struct error *err)
{
	char shown[SHOWN];

	for (const char *c = path; *c; c++) {
		if ((unsigned char)*c > ' ' && *c != '\x7f' &&
		    !strchr("\"'\\$`#;&|<>()*?[]{}!~^", *c))
			continue;
		if (*c == ' ')
			continue;
		text_escape_into(path, shown, sizeof(shown));
		error_set(err, ERROR_USAGE, "%s cannot stand in a credential_process line", shown);
		return error_detail(err,
				    "Tools read quotes, signs of the shell and control characters\n"
				    "in it differently: move it to a plain path.");
	}
	text_append(out, size, strchr(path, ' ') ? "\"%s\"" : "%s", path);
	return true;
}

bool process_line_program(const struct cli *cli, char out[static PROCESS_LINE_PROGRAM_BYTES],
			  struct error *err)
{
	char program[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (n < 0)
		return error_set_errno(err, ERROR_IO, errno, "/proc/self/exe");
	program[n] = '\0';
	out[0] = '\0';
	if (!line_append_path(program, out, PROCESS_LINE_PROGRAM_BYTES, err))
		return false;
	/* An SDK's environment may not be this one. */
	if (option_text(&cli->options, "vault") || getenv("XDG_DATA_HOME")) {
		text_append(out, PROCESS_LINE_PROGRAM_BYTES, " --vault ");
		if (!line_append_path(cli->vault, out, PROCESS_LINE_PROGRAM_BYTES, err))
			return false;
	}
	return true;
}

void process_line_make(const char *program, const char *name, char out[static PROCESS_LINE_BYTES])
{
	(void)snprintf(out, PROCESS_LINE_BYTES,
		       strchr(name, ' ') ? "%s process %s\"%s\"" : "%s process %s%s", program,
		       name[0] == '-' ? "-- " : "", name);
}

bool process_line_is_ours(const char *value)
{
	const char *process = strstr(value, " process ");
	size_t len = strlen("credvault");
	const char *name;

	if (!process)
		process = strstr(value, " credential-process ");
	name = strstr(value, "credvault");
	return process && name && name < process &&
	       (name == value || name[-1] == '/' || name[-1] == '"') &&
	       (name[len] == ' ' || name[len] == '"');
}
