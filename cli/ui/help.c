/* SPDX-License-Identifier: MIT */
#include "cli/ui/help.h"

#include "vault/base/text.h"

#include <stdio.h>
#include <string.h>

const char *const help_topics[] = {"options",	"exit-codes", "unattended", "docker",
				   "aws-vault", "javascript", NULL};

enum { LEFT_MAX = 96, GAP = 3, WIDTH = 79, BELOW = 8 };

/* No line of a help is longer, nor longer than the terminal: pages are read in files and mails. */
static size_t help_width(const struct out *out)
{
	return out->columns > 0 && out->columns < WIDTH ? (size_t)out->columns : WIDTH;
}

static void help_wrap(struct out *out, size_t mark, size_t indent)
{
	out_wrap_at(out, mark, indent, help_width(out));
}

static void help_pad(struct out *out, size_t from, size_t to)
{
	out_printf(out, "%*s", from < to ? (int)(to - from) : 0, "");
}

/* Paragraphs. A line that begins with a blank, such as a command, stays as it is. */
static void help_print_prose(struct out *out, const char *text)
{
	while (*text) {
		size_t mark = out_mark(out), len = strcspn(text, "\n");

		out_printf(out, "%.*s", (int)len, text);
		/* The lines of one paragraph are one line until it is broken again. */
		while (len && text[0] != ' ' && text[len] && !strchr(" \n", text[len + 1])) {
			text += len + 1;
			len = strcspn(text, "\n");
			out_printf(out, " %.*s", (int)len, text);
		}
		if (text[0] != ' ')
			help_wrap(out, mark, 0);
		out_printf(out, "\n");
		text += len + (text[len] == '\n');
	}
}

/* A group of the list of commands begins at the command `first`. */
struct help_group {
	const char *first, *heading;
};

static const struct help_group help_groups[] = {
    {"setup", "Begin"},
    {"unlock", "Use"},
    {"list", "Keys"},
    {"passwd", "The vault"},
    {"doctor", "Look for trouble"},
    {"completion", "About credvault"},
};

static void help_print_heading(struct out *out, const struct command *command)
{
	for (size_t i = 0; i < sizeof(help_groups) / sizeof(help_groups[0]); i++) {
		if (strcmp(help_groups[i].first, command->name) == 0)
			out_printf(out, "%s%s:\n", i ? "\n" : "", help_groups[i].heading);
	}
}

void help_short(struct cli *cli)
{
	const struct command *const *commands = cli->commands;
	struct out *out = &cli->out;
	size_t widest = 0, mark;

	for (size_t i = 0; commands[i]; i++) {
		if (strlen(commands[i]->name) > widest)
			widest = strlen(commands[i]->name);
	}
	help_print_prose(out, "credvault keeps AWS access keys sealed and hands out temporary "
			      "credentials.\n\nusage: credvault [OPTION…] COMMAND [ARGUMENT…]\n\n");
	for (size_t i = 0; commands[i]; i++) {
		if (commands[i]->hidden)
			continue;
		help_print_heading(out, commands[i]);
		mark = out_mark(out);
		out_printf(out, "  %s", commands[i]->name);
		help_pad(out, strlen(commands[i]->name), widest + GAP);
		out_printf(out, "%s\n", commands[i]->summary);
		help_wrap(out, mark, 2 + widest + GAP);
	}
	out_printf(out, "\nOne command, with examples:   credvault help COMMAND\n"
			"One topic of these:           credvault help TOPIC\n");
	mark = out_mark(out);
	for (size_t i = 0; help_topics[i]; i++)
		out_printf(out, "%s%s", i ? ", " : "  ", help_topics[i]);
	out_printf(out, "\n");
	help_wrap(out, mark, 2);
}

/* "-t, --mfa-code C" */
static void option_left_side(const struct option *option, char text[static LEFT_MAX])
{
	char letter[8] = "    ";

	if (option->letter)
		(void)snprintf(letter, sizeof(letter), "-%c, ", option->letter);
	(void)snprintf(text, LEFT_MAX, "%s--%s%s%s", letter, option->name,
		       option->argument ? " " : "", option->argument ? option->argument : "");
}

static size_t options_widest(const struct option *table)
{
	char text[LEFT_MAX];
	size_t widest = 0;

	for (const struct option *o = table; o && o->name; o++) {
		option_left_side(o, text);
		if (o->help && text_width(text) > widest)
			widest = text_width(text);
	}
	return widest;
}

static void help_print_options(struct out *out, const struct option *table)
{
	size_t column = 2 + options_widest(table) + GAP;
	bool below = 2 * column >= help_width(out);
	char text[LEFT_MAX];

	for (const struct option *o = table; o && o->name; o++) {
		size_t mark = out_mark(out);

		if (!o->help)
			continue;
		option_left_side(o, text);
		out_printf(out, "  %s", text);
		if (below)
			out_printf(out, "\n%*s", BELOW, "");
		else
			help_pad(out, 2 + text_width(text), column);
		out_printf(out, "%s", o->help);
		if (o->environment)
			out_printf(out, " [$%s]", o->environment);
		out_printf(out, "\n");
		help_wrap(out, mark, below ? BELOW : column);
	}
}

/* The forms of the usage, parted by '\n', broken in front of an option where they get too long. */
static void help_print_forms(struct out *out, const struct command *command)
{
	size_t start = strlen("usage: credvault ") + strlen(command->name), width = help_width(out);
	size_t indent = 2 * (start + 1) >= width ? BELOW : start + 1;
	const char *form = command->usage, *before = "usage: ";

	do {
		size_t len = strcspn(form, "\n"), column = start, mark = out_mark(out);

		out_printf(out, "%scredvault %s", before, command->name);
		while (len > 0) {
			const char *next = len > 1 ? memmem(form + 1, len - 1, " [", 2) : NULL;
			size_t part = next ? (size_t)(next - form) : len;

			if (column > indent && column + 1 + part > width) {
				out_printf(out, "\n%*s", (int)indent, "");
				column = indent;
			} else {
				out_printf(out, " ");
				column++;
			}
			out_printf(out, "%.*s", (int)part, form);
			column += part;
			form += part + (next != NULL);
			len -= part + (next != NULL);
		}
		out_printf(out, "\n");
		help_wrap(out, mark, indent);
		form += *form == '\n';
		before = "       ";
	} while (*form);
}

void help_command(struct out *out, const struct command *command)
{
	size_t mark = out_mark(out);

	out_printf(out, "credvault %s: %s\n\n", command->name, command->summary);
	help_wrap(out, mark, 2);
	help_print_forms(out, command);
	if (command->aliases)
		out_printf(out, "also:  %s\n", command->aliases);
	if (command->about) {
		out_printf(out, "\n");
		help_print_prose(out, command->about);
	}
	if (command->options && command->options->name) {
		out_printf(out, "\n");
		help_print_options(out, command->options);
	}
	out_printf(out, "\nExamples:\n");
	for (const struct example *e = command->examples; e->what; e++) {
		mark = out_mark(out);
		out_printf(out, "  # %s\n", e->what);
		help_wrap(out, mark, 4);
		out_printf(out, "  %s\n", e->line);
	}
	out_printf(out, "\nOptions of every command:   credvault help options\n");
}

static void options_of_all(struct out *out)
{
	help_print_prose(out, "Options of every command; they stand before or behind it. Where a "
			      "[$VARIABLE] stands behind one, that is used where the option is not "
			      "given.\n\n");
	help_print_options(out, options_global);
}

static void exit_codes(struct out *out)
{
	const size_t column = strlen("    0                     ");
	bool below = 2 * column >= help_width(out);
	int last = -1;

	help_print_prose(out, "Exit statuses, and the \"code\" that --json gives on stderr:\n\n"
			      "    0                     ok\n");
	for (int code = 1; code < ERROR_CODES; code++) {
		int status = error_status((enum error_code)code);
		size_t mark = out_mark(out);

		if (status == last)
			out_printf(out, "       ");
		else
			out_printf(out, "  %3d  ", status);
		out_printf(out, " %-*s", below ? 0 : 18, error_name((enum error_code)code));
		if (below)
			out_printf(out, "\n%*s", BELOW, "");
		out_printf(out, "%s\n", error_meaning((enum error_code)code));
		help_wrap(out, mark, below ? BELOW : column);
		last = status;
	}
	help_print_prose(
	    out,
	    "\n`exec` exits 125 when credvault itself failed, 126 when the command cannot be\n"
	    "executed, 127 when it is not there, else as the command did. The JSON of a 125 has\n"
	    "the status from above beside it, as \"real_status\".\n");
}

static void unattended(struct out *out)
{
	help_print_prose(
	    out,
	    "Without a terminal nothing ever hangs: what would have asked fails at once, with\n"
	    "exit 4 (locked) or 7 (an MFA code is needed).\n"
	    "\n"
	    "Somebody unlocks, programs use it. The vault stays unlocked for 8 h, its keys for\n"
	    "15 min without a request; sessions that were made go on until they end:\n"
	    "  credvault unlock prod\n"
	    "\n"
	    "A passphrase from a descriptor, never from an argument or a variable. The agent that\n"
	    "such a command starts ends with it (not that of unlock and init):\n"
	    "  credvault export prod --passphrase-fd 3 3</run/secrets/passphrase\n"
	    "\n"
	    "Or a key file, which init --key-file FILE and slot add key-file FILE make. Keep it\n"
	    "apart from the vault; who has both has the keys:\n"
	    "  credvault export prod --key-file /mnt/other/vault.key\n"
	    "\n"
	    "Or the same file as a systemd credential of the name credvault-key, which is looked\n"
	    "for in $CREDENTIALS_DIRECTORY:\n"
	    "  LoadCredential=credvault-key:/mnt/other/vault.key\n"
	    "\n"
	    "A program that asks where there is no terminal; its path is absolute, its first\n"
	    "argument is the prompt, its output the answer:\n"
	    "  export CREDVAULT_ASKPASS=/usr/bin/ssh-askpass\n"
	    "\n"
	    "Every night, by the timer that is installed (give its service a credential) or from\n"
	    "cron; run again, it finishes what was begun:\n"
	    "  systemctl --user edit credvault-rotate.service\n"
	    "  systemctl --user enable --now credvault-rotate.timer\n"
	    "  17 3 * * *  credvault rotate --due --no-input --json --key-file /mnt/x/key\n"
	    "It exits 0 also where nothing was due, 8 when AWS refused, 9 when AWS cannot be\n"
	    "reached (the next run goes on), 11 while another run holds a key. Whether the work\n"
	    "gets done: credvault list --due (exit 10 when a key is overdue).\n"
	    "\n"
	    "MFA codes: --mfa-code, --mfa-code-fd, or mfa_process in ~/.aws/config.\n"
	    "Never prompt, not even on a terminal: --no-input or CREDVAULT_NO_INPUT=1.\n"
	    "Whether it is unlocked: credvault status --check (exit 4 when it is not).\n");
}

static void docker(struct out *out)
{
	help_print_prose(
	    out,
	    "Containers get temporary credentials, and neither a key nor the vault. `exec` puts "
	    "them\n"
	    "into the environment; a variable that is named without a value is passed on, so that "
	    "no\n"
	    "secret stands in arguments, images or files:\n"
	    "  credvault exec prod -- docker run --rm -e AWS_ACCESS_KEY_ID \\\n"
	    "    -e AWS_SECRET_ACCESS_KEY -e AWS_SESSION_TOKEN -e AWS_REGION IMAGE\n"
	    "\n"
	    "Compose passes on what its file lists under `environment:` by name alone:\n"
	    "  credvault exec prod -- docker compose up\n"
	    "\n"
	    "A build takes them as secrets, which no layer of the image keeps:\n"
	    "  credvault exec prod -- docker build --secret id=AWS_ACCESS_KEY_ID \\\n"
	    "    --secret id=AWS_SECRET_ACCESS_KEY --secret id=AWS_SESSION_TOKEN .\n"
	    "\n"
	    "Credentials in an environment are not renewed. How long they last: -d 12h, as far as "
	    "AWS\n"
	    "allows; $AWS_CREDENTIAL_EXPIRATION says when they end.\n"
	    "\n"
	    "Whoever may speak to Docker's daemon reads the environment of every container.\n");
}

static void javascript(struct out *out)
{
	help_print_prose(
	    out,
	    "The AWS SDKs for JavaScript ask the vault by a profile's credential_process, in\n"
	    "~/.aws/config (with the path where the program stands):\n"
	    "  [profile prod]\n"
	    "  region = eu-west-1\n"
	    "  credential_process = /usr/bin/credvault process prod\n"
	    "\n"
	    "Once for all programs, with the passphrase and one MFA code:\n"
	    "  credvault unlock prod\n"
	    "\n"
	    "Version 3, by its default chain or by name:\n"
	    "  AWS_PROFILE=prod node app.mjs\n"
	    "  new STSClient({ credentials: fromIni({ profile: \"prod\" }) })\n"
	    "  new STSClient({ credentials: fromProcess({ profile: \"prod\" }) })\n"
	    "\n"
	    "Version 2 reads ~/.aws/config only with AWS_SDK_LOAD_CONFIG=1:\n"
	    "  AWS_SDK_LOAD_CONFIG=1 AWS_PROFILE=prod node app.js\n"
	    "  new AWS.ProcessCredentials({ profile: \"prod\" })\n"
	    "\n"
	    "A role: its lines in a section that SDKs pass over, so that the vault assumes it:\n"
	    "  [profile reader]\n"
	    "  credential_process = /usr/bin/credvault process reader\n"
	    "  [credvault reader]\n"
	    "  role_arn = arn:aws:iam::123456789012:role/reader\n"
	    "  source_profile = prod\n"
	    "\n"
	    "Without a profile, for one program:\n"
	    "  credvault exec prod -- node app.mjs\n"
	    "\n"
	    "Version 2 by a file: new AWS.SharedIniFileCredentials({ profile: \"prod\" }) runs no\n"
	    "process, and AWS.config.loadFromPath(\"aws.json\") reads JSON:\n"
	    "  credvault exec --credentials-file prod -- node app.js\n"
	    "  credvault export prod --format sdk-json --write aws.json --refresh\n"
	    "\n"
	    "Keys that still stand in ~/.aws/credentials under the profile's name come before the\n"
	    "vault. An SDK hides why a process failed: `credvault process prod` prints it.\n");
}

static void aws_vault(struct out *out)
{
	help_print_prose(
	    out,
	    "Coming from aws-vault:\n"
	    "\n"
	    "  aws-vault add prod             credvault add prod\n"
	    "  aws-vault exec prod -- CMD     credvault exec prod -- CMD\n"
	    "  aws-vault exec prod            credvault exec prod\n"
	    "  aws-vault exec --json prod     credvault process prod\n"
	    "  aws-vault export prod          credvault export prod\n"
	    "  aws-vault list                 credvault list; credvault list --profiles\n"
	    "  aws-vault list --credentials   credvault list --names\n"
	    "  aws-vault list --sessions      credvault status\n"
	    "  aws-vault rotate prod          credvault rotate prod\n"
	    "  aws-vault remove prod          credvault remove prod\n"
	    "  aws-vault clear prod           credvault clear prod\n"
	    "\n"
	    "The keys that aws-vault has already, without a file between the two:\n"
	    "  credvault import --from aws-vault\n"
	    "\n"
	    "There is one vault with one passphrase; `credvault unlock` asks for it once, and for\n"
	    "the MFA code where PROFILEs are named. Roles and mfa_serial are read from\n"
	    "~/.aws/config as before. -n, -d, -t and --mfa-token mean the same, and a command "
	    "finds\n"
	    "AWS_VAULT in its environment.\n"
	    "\n"
	    "What is different: a key with an MFA device is always used with MFA, every use is on\n"
	    "record (`credvault log`), and a rotation that fails halfway is finished by the "
	    "next.\n");
}

bool help_topic(struct out *out, const char *topic)
{
	static void (*const pages[])(struct out *) = {options_of_all, exit_codes, unattended,
						      docker,	      aws_vault,  javascript};

	for (size_t i = 0; help_topics[i]; i++) {
		if (strcmp(help_topics[i], topic) == 0) {
			pages[i](out);
			return true;
		}
	}
	return false;
}
