/* SPDX-License-Identifier: MIT */
#include "cli/progress.h"

#include "vault/base/file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 160 };

static void put(const struct cli *cli, const char *text)
{
	if (cli->quiet || cli->json || isatty(STDERR_FILENO) != 1)
		return;
	if (!file_write_all(STDERR_FILENO, text, strlen(text)))
		return;
}

void progress_show(const struct cli *cli, const char *text)
{
	char line[LINE_MAX_BYTES];

	(void)snprintf(line, sizeof(line), "\r\033[K%s", text);
	put(cli, line);
}

void progress_hide(const struct cli *cli)
{
	put(cli, "\r\033[K");
}
