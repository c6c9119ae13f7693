/* SPDX-License-Identifier: MIT */
#include "cli/ui/progress.h"

#include "cli/ui/ascii.h"
#include "vault/base/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1100, COLUMNS = 80 };

bool progress_is_seen(const struct cli *cli)
{
	return !cli->quiet && !cli->json && isatty(STDERR_FILENO) == 1;
}

static void progress_put(const struct cli *cli, const char *text)
{
	if (!progress_is_seen(cli))
		return;
	if (!file_write_all(STDERR_FILENO, text, strlen(text)))
		return;
}

void progress_show(const struct cli *cli, const char *text)
{
	char line[LINE_MAX_BYTES];

	(void)snprintf(line, sizeof(line), "\r\033[K%s", text);
	if (ascii_is_wanted())
		ascii_replace(line, strlen(line));
	progress_put(cli, line);
}

void progress_hide(const struct cli *cli)
{
	progress_put(cli, "\r\033[K");
}

int progress_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return COLUMNS;
}
