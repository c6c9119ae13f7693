/* SPDX-License-Identifier: MIT */
#include "cli/commands.h"
#include "cli/profile/authorities_file.h"
#include "cli/ui/foreign_word.h"
#include "cli/ui/help.h"
#include "cli/vault/link.h"
#include "cli/vault/paths.h"
#include "cli/ui/say.h"
#include "vault/base/process.h"
#include "vault/base/secret.h"
#include "vault/base/text.h"
#include "vault/format/json.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Reads the command's word and all options; cli->command stays NULL where no word is given. */
static bool main_read_line(struct cli *cli, int argc, char **argv, struct error *err)
{
	struct options *o = &cli->options;
	enum option_order order;
	const char *near;
	char shown[64], **rest;
	int count = 0;

	o->tables[0] = options_global;
	if (!option_parse(argc - 1, argv + 1, OPTION_COMMAND, o, err))
		return false;
	if (o->argc == 0)
		return true;
	cli->called = o->args[0];
	cli->command = command_find(cli, cli->called);
	if (!cli->command && foreign_word_tell(cli->called, err))
		return false;
	if (!cli->command) {
		near = command_nearest(cli, cli->called);
		text_escape_into(cli->called, shown, sizeof(shown));
		error_set(err, ERROR_USAGE, "there is no command %s", shown);
		if (near)
			error_detail(err, "Did you mean %s?", near);
		return error_hint(err, "credvault help");
	}
	o->tables[1] = cli->command->options;
	order = cli->command->needs & NEEDS_TAIL ? OPTION_TAIL : OPTION_ANYWHERE;
	rest = o->tail;
	while (rest[count])
		count++;
	return option_parse(count, rest, order, o, err) ||
	       error_hint(err, "credvault help %s", cli->called);
}

/* Reads the line, provides what the command needs, and runs it. */
static bool main_run(struct cli *cli, int argc, char **argv, struct error *err)
{
	const struct options *o = &cli->options;
	const struct command *command;

	if (!main_read_line(cli, argc, argv, err))
		return false;
	cli->json = option_flag(o, "json");
	cli->no_input = option_flag(o, "no-input");
	cli->yes = option_flag(o, "yes");
	cli->quiet = option_flag(o, "quiet");
	cli->verbose = option_flag(o, "verbose");
	cli->once = option_flag(o, "once");
	if (!option_fd(o, "passphrase-fd", &cli->passphrase_fd, err))
		return false;
	out_open(&cli->out);
	if (option_flag(o, "version"))
		return command_find(cli, "version")->run(cli, err);
	command = cli->command;
	if (!command) {
		help_short(cli);
		return true;
	}
	if (option_flag(o, "help")) {
		help_command(&cli->out, command);
		return true;
	}
	if (o->argc < command->least || o->argc > command->most) {
		error_set(err, ERROR_USAGE,
			  o->argc < command->least ? "%s wants more than that"
						   : "%s does not take that much",
			  command->name);
		return command_usage(command, err);
	}
	if (command->needs & NEEDS_MEMORY) {
		json_open();
		if (!(command->needs & NEEDS_LATE_MEMORY) &&
		    !secret_open(option_flag(o, "insecure-memory"), err))
			return false;
	}
	if ((command->needs & NEEDS_VAULT) == NEEDS_VAULT && !paths_find(cli, err))
		return false;
	return command->run(cli, err);
}

int main(int argc, char **argv)
{
	static struct cli cli;
	struct error err = ERROR_INIT, why;
	bool ok;

	cli.clock = &clock_system;
	cli.commands = commands;
	cli.passphrase_fd = -1;
	cli.agent.client = CLIENT_EMPTY;
	cli.out.closed = fcntl(STDOUT_FILENO, F_GETFD) < 0;
	(void)getrlimit(RLIMIT_CORE, &cli.core);
	/* Where a reader has closed the pipe, the write fails, and the failure has a message. */
	cli.sigpipe_ignored = signal(SIGPIPE, SIG_IGN) == SIG_IGN;
	/* Root's memory is root's to look into, whatever the program's file allows. */
	cli.was_dumpable = geteuid() != 0 && process_is_dumpable();
	/* --json may stand anywhere: it is looked for first, so that every error comes as JSON. */
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		cli.json = cli.json || strcmp(argv[i], "--json") == 0;
	ok = process_harden_cli(&err) && main_run(&cli, argc, argv, &err);
	if (!ok)
		authorities_file_explain(&cli, &err);
	link_leave(&cli);
	if (!out_close(&cli.out, &why) && ok) {
		ok = false;
		err = why;
	}
	if (!ok && err.code == ERROR_TAMPERED && !err.hint[0])
		(void)error_hint(&err, "credvault verify");
	if (!ok)
		say_error(&cli, &err);
	secret_close();
	return ok ? cli.status : cli_status_of(&cli, &err);
}
