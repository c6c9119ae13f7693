/* SPDX-License-Identifier: MIT */
#include "cli/ui/context.h"
#include "cli/ui/foreign_word.h"
#include "cli/ui/help.h"
#include "vault/base/text.h"

static bool run(struct cli *cli, struct error *err)
{
	const char *what = cli_arg(cli, 0), *near;
	const struct command *command;
	char shown[64];

	if (!what) {
		help_short(cli);
		return true;
	}
	command = command_find(cli, what);
	if (command) {
		help_command(&cli->out, command);
		return true;
	}
	if (help_topic(&cli->out, what))
		return true;
	if (foreign_word_tell(what, err))
		return false;
	text_escape_into(what, shown, sizeof(shown));
	error_set(err, ERROR_USAGE, "there is no help on %s", shown);
	near = command_nearest(cli, what);
	if (!near)
		near = option_nearest(what, help_topics);
	if (near)
		error_detail(err, "Did you mean %s?", near);
	return error_hint(err, "credvault help");
}

static const struct example examples[] = {
    {"what a command does, its options, examples", "credvault help unlock"},
    {"the options that every command takes", "credvault help options"},
    {"what the exit statuses mean", "credvault help exit-codes"},
    {"cron, services, CI", "credvault help unattended"},
    {NULL, NULL},
};

const struct command command_help = {
    .name = "help",
    .summary = "show the help of a command or a topic",
    .usage = "[COMMAND | TOPIC]",
    .examples = examples,
    .args = "help",
    .most = 1,
    .needs = NEEDS_NOTHING,
    .run = run,
};
