/* SPDX-License-Identifier: MIT */
#include "cli/ui/context.h"

#include "vault/base/text.h"

#include <signal.h>
#include <string.h>

const struct command *command_find(const struct cli *cli, const char *name)
{
	for (size_t i = 0; cli->commands[i]; i++) {
		if (strcmp(cli->commands[i]->name, name) == 0 ||
		    text_has_word(cli->commands[i]->aliases, name))
			return cli->commands[i];
	}
	return NULL;
}

const char *command_nearest(const struct cli *cli, const char *name)
{
	const char *names[64];
	size_t n = 0;

	for (size_t i = 0; cli->commands[i] && n + 1 < sizeof(names) / sizeof(names[0]); i++) {
		if (!cli->commands[i]->hidden)
			names[n++] = cli->commands[i]->name;
	}
	names[n] = NULL;
	return option_nearest(name, names);
}

const char *cli_arg(const struct cli *cli, size_t i)
{
	return i < cli->options.argc ? cli->options.args[i] : NULL;
}

int cli_status_of(const struct cli *cli, const struct error *err)
{
	if (cli->command && cli->command->needs & NEEDS_STATUS_125 &&
	    err->code != ERROR_INTERRUPTED)
		return cli->status ? cli->status : CLI_STATUS_OURS;
	return error_status(err->code);
}

void cli_give_back(const struct cli *cli)
{
	(void)setrlimit(RLIMIT_CORE, &cli->core);
	(void)signal(SIGPIPE, cli->sigpipe_ignored ? SIG_IGN : SIG_DFL);
}

bool command_usage(const struct command *command, struct error *err)
{
	for (const char *form = command->usage; *form;) {
		size_t len = strcspn(form, "\n");

		error_detail(err, "%s credvault %s %.*s",
			     form == command->usage ? "usage:" : "      ", command->name, (int)len,
			     form);
		form += len + (form[len] == '\n');
	}
	return error_hint(err, "credvault help %s", command->name);
}
