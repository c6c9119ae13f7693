/* SPDX-License-Identifier: MIT */
#include "cli/ui/context.h"
#include "cli/ui/help.h"

#include <stdio.h>
#include <string.h>

#define ZSH_SPECIAL "[]:" /* what _arguments reads in an option's text */

static void words_of(struct out *out, const char *const words[])
{
	for (size_t i = 0; words[i]; i++)
		out_printf(out, "%s%s", i ? " " : "", words[i]);
}

static void command_words(struct cli *cli)
{
	struct out *out = &cli->out;

	for (size_t i = 0; cli->commands[i]; i++)
		out_printf(out, "%s%s", i ? " " : "", cli->commands[i]->name);
}

static void option_words(struct out *out, const struct option *table)
{
	for (const struct option *o = table; o && o->name; o++) {
		if (o->help)
			out_printf(out, " --%s", o->name);
	}
}

/* Options whose value follows as a word of its own, as a pattern of the shell's case. */
static void value_pattern(struct out *out)
{
	const char *part = "";

	for (const struct option *o = options_global; o->name; o++) {
		if (!o->argument)
			continue;
		out_printf(out, "%s--%s", part, o->name);
		part = "|";
		if (o->letter)
			out_printf(out, "|-%c", o->letter);
	}
}

/*
 * What says a command's operands, for those that depend on the vault and the config file; else
 * NULL.
 */
static const char *operand_command(const struct command *command)
{
	const char *args = command->args ? command->args : "";

	if (strcmp(args, "names") == 0)
		return "credvault list --names 2>/dev/null";
	/* A key is a profile even where no config file speaks of it. */
	if (strcmp(args, "profiles") == 0)
		return "credvault list --profiles --names 2>/dev/null; "
		       "credvault list --names 2>/dev/null";
	return NULL;
}

/* Operands that are always the same words; NULL for other commands. */
static const char *literal_words(const struct command *command)
{
	return command->args && command->args[0] == '=' ? command->args + 1 : NULL;
}

/* What stands behind a command, as the words of a shell: its options, its operands. */
static void bash_words(struct cli *cli, const struct command *command)
{
	struct out *out = &cli->out;

	option_words(out, command->options);
	option_words(out, options_global);
	out_printf(out, " ");
	if (operand_command(command)) {
		out_printf(out, "$(%s)", operand_command(command));
	} else if (command->args && strcmp(command->args, "help") == 0) {
		command_words(cli);
		out_printf(out, " ");
		words_of(out, help_topics);
	} else if (literal_words(command)) {
		out_printf(out, "%s", literal_words(command));
	}
}

static void bash_values(struct out *out, const struct option *table)
{
	for (const struct option *o = table; o && o->name; o++) {
		if (o->values)
			out_printf(out, "\t--%s) words=\"%s\" ;;\n", o->name, o->values);
	}
}

static void bash(struct cli *cli)
{
	struct out *out = &cli->out;

	out_printf(out, "# credvault completion for bash\n"
			"_credvault() {\n"
			"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
			"\tlocal command= i words=\n"
			"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
			"\t\tcase ${COMP_WORDS[i]} in\n"
			"\t\t");
	value_pattern(out);
	out_printf(out, ") ((i++)) ;;\n"
			"\t\t-*) ;;\n"
			"\t\t*) command=${COMP_WORDS[i]}; break ;;\n"
			"\t\tesac\n"
			"\tdone\n"
			"\tcase $command in\n");
	out_printf(out, "\t'') words=\"");
	command_words(cli);
	option_words(out, options_global);
	out_printf(out, "\" ;;\n");
	for (size_t i = 0; cli->commands[i]; i++) {
		out_printf(out, "\t%s) words=\"", cli->commands[i]->name);
		bash_words(cli, cli->commands[i]);
		out_printf(out, "\" ;;\n");
	}
	out_printf(out, "\tesac\n\tcase $prev in\n\t--vault) COMPREPLY=(); return ;;\n");
	for (size_t i = 0; cli->commands[i]; i++)
		bash_values(out, cli->commands[i]->options);
	out_printf(out, "\tesac\n"
			"\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
			"}\n"
			"complete -o default -F _credvault credvault\n");
}

/* Text between single quotes of zsh and fish; before the letters of `special` comes a backslash. */
static void quoted(struct out *out, const char *text, const char *special)
{
	for (; *text; text++) {
		if (*text == '\'')
			out_printf(out, "'\\''");
		else if (strchr(special, *text))
			out_printf(out, "\\%c", *text);
		else
			out_bytes(out, text, 1);
	}
}

static void zsh_options(struct out *out, const struct option *table)
{
	for (const struct option *o = table; o && o->name; o++) {
		if (!o->help)
			continue;
		out_printf(out, " \\\n\t\t\t'--%s[", o->name);
		quoted(out, o->help, ZSH_SPECIAL);
		out_printf(out, "]");
		if (o->values)
			out_printf(out, ":%s:(%s)", o->argument, o->values);
		else if (o->argument)
			out_printf(out, ":%s:%s", o->argument,
				   strcmp(o->argument, "FILE") == 0 ? "_files" : "");
		out_printf(out, "'");
	}
}

static void zsh_operands(struct cli *cli, const struct command *command)
{
	struct out *out = &cli->out;
	const char *args = command->args ? command->args : "";

	if (operand_command(command)) {
		out_printf(out, " \\\n\t\t\t'*:name:($(%s))'", operand_command(command));
	} else if (strcmp(args, "files") == 0) {
		out_printf(out, " \\\n\t\t\t'*:file:_files'");
	} else if (literal_words(command)) {
		out_printf(out, " \\\n\t\t\t'1:word:(%s)'", literal_words(command));
	} else if (strcmp(args, "help") == 0) {
		out_printf(out, " \\\n\t\t\t'1:topic:(");
		command_words(cli);
		out_printf(out, " ");
		words_of(out, help_topics);
		out_printf(out, ")'");
	}
}

static void zsh(struct cli *cli)
{
	struct out *out = &cli->out;

	out_printf(out, "#compdef credvault\n"
			"_credvault() {\n"
			"\tlocal -a commands=(");
	for (size_t i = 0; cli->commands[i]; i++) {
		out_printf(out, "\n\t\t'%s:", cli->commands[i]->name);
		quoted(out, cli->commands[i]->summary, ZSH_SPECIAL);
		out_printf(out, "'");
	}
	out_printf(out, "\n\t)\n"
			"\tif ((CURRENT == 2)); then\n"
			"\t\t_describe command commands\n"
			"\t\treturn\n"
			"\tfi\n"
			"\tlocal command=$words[2]\n"
			"\tshift words\n"
			"\t((CURRENT--))\n"
			"\tcase $command in\n");
	for (size_t i = 0; cli->commands[i]; i++) {
		out_printf(out, "\t%s)\n\t\t_arguments", cli->commands[i]->name);
		zsh_options(out, cli->commands[i]->options);
		zsh_options(out, options_global);
		zsh_operands(cli, cli->commands[i]);
		out_printf(out, "\n\t\t;;\n");
	}
	out_printf(out, "\tesac\n}\n"
			"if [ \"$funcstack[1]\" = _credvault ]; then _credvault \"$@\"; "
			"else compdef _credvault credvault; fi\n");
}

static void fish_options(struct out *out, const struct option *table, const char *condition)
{
	for (const struct option *o = table; o && o->name; o++) {
		if (!o->help)
			continue;
		out_printf(out, "complete -c credvault%s -l %s", condition, o->name);
		if (o->letter)
			out_printf(out, " -s %c", o->letter);
		if (o->values)
			out_printf(out, " -xa '%s'", o->values);
		else if (o->argument)
			out_printf(out, " -r%s", strcmp(o->argument, "FILE") == 0 ? "F" : "");
		out_printf(out, " -d '");
		quoted(out, o->help, "");
		out_printf(out, "'\n");
	}
}

static void fish(struct cli *cli)
{
	struct out *out = &cli->out;

	out_printf(out, "# credvault completion for fish\ncomplete -c credvault -f\n");
	fish_options(out, options_global, "");
	for (size_t i = 0; cli->commands[i]; i++) {
		const struct command *c = cli->commands[i];
		char condition[96] = "";

		out_printf(out, "complete -c credvault -n __fish_use_subcommand -a %s -d '",
			   c->name);
		quoted(out, c->summary, "");
		out_printf(out, "'\n");
		(void)snprintf(condition, sizeof(condition), " -n '__fish_seen_subcommand_from %s'",
			       c->name);
		fish_options(out, c->options, condition);
		if (operand_command(c))
			out_printf(out, "complete -c credvault%s -a '(%s)'\n", condition,
				   operand_command(c));
		else if (c->args && strcmp(c->args, "files") == 0)
			out_printf(out, "complete -c credvault%s -F\n", condition);
		else if (literal_words(c))
			out_printf(out, "complete -c credvault%s -a '%s'\n", condition,
				   literal_words(c));
	}
}

static bool run(struct cli *cli, struct error *err)
{
	const char *shell = cli_arg(cli, 0);

	if (strcmp(shell, "bash") == 0)
		bash(cli);
	else if (strcmp(shell, "zsh") == 0)
		zsh(cli);
	else if (strcmp(shell, "fish") == 0)
		fish(cli);
	else
		return error_set(err, ERROR_USAGE, "completion is for bash, zsh or fish");
	return true;
}

static const struct example examples[] = {
    {"bash, in ~/.bashrc", "source <(credvault completion bash)"},
    {"zsh, in a folder of $fpath", "credvault completion zsh > ~/.zfunc/_credvault"},
    {"fish", "credvault completion fish > ~/.config/fish/completions/credvault.fish"},
    {NULL, NULL},
};

const struct command command_completion = {
    .name = "completion",
    .summary = "completion for a shell",
    .usage = "bash | zsh | fish",
    .examples = examples,
    .args = "=bash zsh fish",
    .least = 1,
    .most = 1,
    .needs = NEEDS_NOTHING,
    .run = run,
};
