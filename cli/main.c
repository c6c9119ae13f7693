/* SPDX-License-Identifier: MIT */
#include "cli/commands.h"
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

/* What must be known before anything of the process is changed. */
static bool start(struct cli *cli, struct error *err)
{
	cli->clock = &clock_system;
	cli->commands = commands;
	cli->passphrase_fd = -1;
	cli->agent.client = CLIENT_EMPTY;
	cli->out.closed = fcntl(STDOUT_FILENO, F_GETFD) < 0;
	(void)getrlimit(RLIMIT_CORE, &cli->core);
	/* A reader that has gone shows as a failed write, which is told and has a status. */
	cli->sigpipe_ignored = signal(SIGPIPE, SIG_IGN) == SIG_IGN;
	return process_harden_cli(err);
}

/* So that an error in what follows comes as the caller wants it, --json may stand anywhere. */
static bool wants_json(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--json") == 0)
			return true;
	}
	return false;
}

static bool no_such_command(const struct cli *cli, const char *word, struct error *err)
{
	const char *near = command_nearest(cli, word);
	char shown[64];

	text_escape_into(word, shown, sizeof(shown));
	error_set(err, ERROR_USAGE, "there is no command %s", shown);
	if (near)
		error_detail(err, "Did you mean %s?", near);
	return error_hint(err, "credvault help");
}

static bool check_operands(const struct cli *cli, struct error *err)
{
	const struct command *command = cli->command;

	if (cli->options.argc < command->least)
		error_set(err, ERROR_USAGE, "%s wants more than that", command->name);
	else if (cli->options.argc > command->most)
		error_set(err, ERROR_USAGE, "%s does not take that much", command->name);
	else
		return true;
	return command_usage(command, err);
}

static bool take_globals(struct cli *cli, struct error *err)
{
	const struct options *o = &cli->options;

	cli->json = option_flag(o, "json");
	cli->no_input = option_flag(o, "no-input");
	cli->yes = option_flag(o, "yes");
	cli->quiet = option_flag(o, "quiet");
	cli->verbose = option_flag(o, "verbose");
	cli->once = option_flag(o, "once");
	return option_fd(o, "passphrase-fd", &cli->passphrase_fd, err);
}

/* The command's word and all options; cli->command stays NULL where none was named. */
static bool read_line(struct cli *cli, int argc, char **argv, struct error *err)
{
	struct options *o = &cli->options;
	enum option_order order;
	char **rest;
	int count = 0;

	o->tables[0] = options_global;
	if (!option_parse(argc - 1, argv + 1, OPTION_COMMAND, o, err))
		return false;
	if (o->argc == 0)
		return true;
	cli->called = o->args[0];
	cli->command = command_find(cli, cli->called);
	if (!cli->command)
		return no_such_command(cli, cli->called, err);
	o->tables[1] = cli->command->options;
	order = cli->command->needs & NEEDS_TAIL ? OPTION_TAIL : OPTION_ANYWHERE;
	rest = o->tail;
	while (rest[count])
		count++;
	return option_parse(count, rest, order, o, err) ||
	       error_hint(err, "credvault help %s", cli->called);
}

static bool provide(struct cli *cli, struct error *err)
{
	unsigned int needs = cli->command->needs;

	if (needs & NEEDS_MEMORY) {
		json_open();
		if (!(needs & NEEDS_LATE_MEMORY) &&
		    !secret_open(option_flag(&cli->options, "insecure-memory"), err))
			return false;
	}
	return (needs & NEEDS_VAULT) != NEEDS_VAULT || paths_find(cli, err);
}

static bool run(struct cli *cli, int argc, char **argv, struct error *err)
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		argv[1] = argv[1] + 2;
	if (!read_line(cli, argc, argv, err) || !take_globals(cli, err))
		return false;
	out_open(&cli->out);
	if (!cli->command) {
		help_short(cli);
		return true;
	}
	if (option_flag(&cli->options, "help")) {
		help_command(&cli->out, cli->command);
		return true;
	}
	return check_operands(cli, err) && provide(cli, err) && cli->command->run(cli, err);
}

int main(int argc, char **argv)
{
	static struct cli cli;
	struct error err = ERROR_INIT, why;
	bool ok;

	ok = start(&cli, &err);
	cli.json = wants_json(argc, argv);
	ok = ok && run(&cli, argc, argv, &err);
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
