/* SPDX-License-Identifier: MIT */
#include "cli/profile/aws_config.h"
#include "cli/profile/credentials_request.h"
#include "cli/show/slot_row.h"
#include "cli/ui/context.h"
#include "cli/ui/help.h"
#include "cli/vault/agent_call.h"
#include "cli/vault/agent_start.h"
#include "cli/vault/link.h"
#include "cli/vault/paths.h"
#include "vault/format/json.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/*
 * What the scripts read for "a file's name comes here", and for "here begins, as word N, a command
 * that completes itself"; no name of a key or profile has a '<'.
 */
#define COMPLETE_FILES	 "<FILE>\n"
#define COMPLETE_COMMAND "<COMMAND>\t%td\n"

/* Nobody who presses Tab waits longer for an agent that does not answer. */
enum { PATIENCE_US = 300000 };

/* The word under the cursor, which is to be completed. */
struct typed {
	struct cli *cli;
	char *const *first; /**< all words, of which the last one was taken off */
	const char *before; /**< "--format=", where an option's value is typed behind it, or "" */
	size_t before_len;
	const char *text; /**< what every candidate begins with */
	json_t *offered;  /**< names that were printed already, as the object's members */
};

/* One candidate a line: the word, and behind a tab what it means (NULL: nothing to say). */
static void typed_offer(const struct typed *typed, const char *word, size_t len, const char *about)
{
	struct out *out = &typed->cli->out;
	size_t given = strlen(typed->text);

	if (len < given || memcmp(word, typed->text, given) != 0)
		return;
	out_bytes(out, typed->before, typed->before_len);
	out_bytes(out, word, len);
	out_printf(out, "%s%s\n", about ? "\t" : "", about ? about : "");
}

/* Words parted by blanks. */
static void typed_offer_words(const struct typed *typed, const char *words)
{
	for (const char *at = words; *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		typed_offer(typed, at, len, NULL);
		at += len;
	}
}

/* Aliases only where one is being typed: unasked they would be noise. */
static void typed_offer_commands(const struct typed *typed)
{
	const struct command *const *commands = typed->cli->commands;

	for (size_t i = 0; commands[i]; i++) {
		if (commands[i]->hidden)
			continue;
		typed_offer(typed, commands[i]->name, strlen(commands[i]->name),
			    commands[i]->summary);
		if (typed->text[0] && commands[i]->aliases)
			typed_offer_words(typed, commands[i]->aliases);
	}
}

static void typed_offer_name(const struct typed *typed, const char *name)
{
	if (json_object_get(typed->offered, name) ||
	    json_object_set_new(typed->offered, name, json_true()) != 0)
		return;
	typed_offer(typed, name, strlen(name), NULL);
}

/* The profiles of the config file that lead to credentials, or fail to. */
static void typed_offer_profiles(struct typed *typed)
{
	struct aws_config config = AWS_CONFIG_EMPTY;
	struct error why = ERROR_INIT;
	const char **names = NULL;
	size_t count = 0;

	if (!aws_config_read(&config, &why) || !aws_config_names(&config, &names, &count, &why))
		count = 0;
	for (size_t i = 0; i < count; i++) {
		struct profile profile;

		if (!credentials_request_profile(typed->cli, &config, names[i], &profile, &why) ||
		    plan_count(&profile.plan, PLAN_ROLE) > 0)
			typed_offer_name(typed, names[i]);
	}
	free(names);
	aws_config_clear(&config);
}

static bool typed_take_key(void *ctx, const json_t *row, struct error *err)
{
	(void)err;
	typed_offer_name(ctx, json_text_of(row, "name"));
	return true;
}

static void complete_end(int signal_number)
{
	(void)signal_number;
	_exit(0);
}

/* From here on the agent is waited for: what is known without it is printed before. */
static void typed_hurry(struct typed *typed)
{
	const struct sigaction end = {.sa_handler = complete_end};
	const struct itimerval patience = {.it_value = {.tv_usec = PATIENCE_US}};

	out_flush(&typed->cli->out);
	(void)sigaction(SIGALRM, &end, NULL);
	(void)setitimer(ITIMER_REAL, &patience, NULL);
}

/*
 * Profiles of the config file always, names of keys where the agent is there. Nothing is asked and
 * nothing unlocked, and no failure is told: nobody who presses Tab waits for an error.
 */
static void typed_offer_names(struct typed *typed, bool profiles)
{
	struct agent_watch watch = {.row = typed_take_key, .ctx = typed};
	struct error why = ERROR_INIT;
	json_t *ok = NULL;
	bool absent;

	typed->offered = json_object();
	if (profiles)
		typed_offer_profiles(typed);
	typed_hurry(typed);
	/* A key is a profile even where no config file speaks of it. */
	if (paths_find(typed->cli, &why) &&
	    !agent_call_if_there(typed->cli, "names", NULL, &watch, &absent, &ok, &why))
		ok = NULL;
	json_decref(ok);
	json_decref(typed->offered);
}

/* The ids of the vault's slots, which an agent tells whoever asks. */
static void typed_offer_slots(struct typed *typed)
{
	struct buf bytes = BUF_INIT(HEADER_BYTES_MAX);
	struct error why = ERROR_INIT;
	struct cli *cli = typed->cli;
	struct header header;
	bool absent = true;

	typed_hurry(typed);
	if (paths_find(cli, &why) && link_find(cli, &absent, &why) && !absent &&
	    agent_start_header(&cli->agent.client, "public", &bytes, &why) == CLIENT_OK &&
	    header_decode(bytes.data, bytes.len, &header, &why)) {
		for (size_t i = 0; i < header.slots_count; i++) {
			char id[SLOT_ROW_ID_BYTES];

			slot_row_id(&header.slots[i], id);
			typed_offer(typed, id, strlen(id), slot_row_type(&header.slots[i]));
		}
	}
	buf_clear(&bytes);
}

static void typed_offer_value(struct typed *typed, const struct option *option)
{
	if (option->values)
		typed_offer_words(typed, option->values);
	else if (option->argument && strcmp(option->argument, "FILE") == 0)
		out_printf(&typed->cli->out, COMPLETE_FILES);
	else if (option->argument && strcmp(option->argument, "PROFILE") == 0)
		typed_offer_names(typed, true);
}

/* An option's name, or its value behind '='. */
static void typed_offer_options(struct typed *typed, const struct options *line)
{
	size_t name = strcspn(typed->text, "=");
	const struct option *option;
	char word[64];

	if (typed->text[name] == '=') {
		option = option_find(line, typed->text + 2, name < 2 ? 0 : name - 2);
		typed->before = typed->text;
		typed->before_len = name + 1;
		typed->text += name + 1;
		if (option)
			typed_offer_value(typed, option);
		return;
	}
	for (size_t t = 0; t < 2; t++) {
		for (option = line->tables[1 - t]; option && option->name; option++) {
			int len = snprintf(word, sizeof(word), "--%s", option->name);

			if (option->help)
				typed_offer(typed, word, (size_t)len, option->help);
		}
	}
}

static void typed_offer_operand(struct typed *typed, const struct command *command,
				const struct options *line)
{
	const char *args = command->args;

	if (command->operand && line->argc < command->most)
		args = command->operand(line->argc, line->args);
	else if (line->argc >= command->most)
		args = NULL;
	if (!args)
		return;
	if (strcmp(args, "files") == 0) {
		out_printf(&typed->cli->out, COMPLETE_FILES);
	} else if (strcmp(args, "names") == 0 || strcmp(args, "profiles") == 0) {
		typed_offer_names(typed, args[0] == 'p');
	} else if (strcmp(args, "slots") == 0) {
		typed_offer_slots(typed);
	} else if (args[0] == '=' && (line->argc == 0 || command->operand)) {
		typed_offer_words(typed, args + 1);
	} else if (line->argc == 0 && strcmp(args, "help") == 0) {
		typed_offer_commands(typed);
		for (size_t i = 0; help_topics[i]; i++)
			typed_offer(typed, help_topics[i], strlen(help_topics[i]), NULL);
	}
}

/*
 * Where the command that `exec` runs begins: behind `--`, or behind PROFILE, where a word with a
 * dash is still an option of ours. NULL: it does not.
 */
static char *const *typed_command(const struct typed *typed, const struct options *line,
				  const struct command *command, char *const *end)
{
	bool begins = command->needs & NEEDS_TAIL && line->argc >= command->most &&
		      typed->text[0] != '-';

	return line->tail ? line->tail : begins ? end : NULL;
}

/* Reads the words as main() does, up to the last one, which is being typed. */
static bool run(struct cli *cli, struct error *err)
{
	struct options *line = &cli->options;
	struct typed typed = {.cli = cli, .before = "", .text = ""};
	const struct command *command = NULL;
	char **words = line->tail, **end, *const *runs = NULL;
	struct error why = ERROR_INIT;
	int count = 0;
	bool read;

	if (!words) {
		error_set(err, ERROR_USAGE, "the words of the command line stand behind --");
		return command_usage(cli->command, err);
	}
	while (words[count])
		count++;
	typed.first = words;
	if (count > 0) {
		typed.text = words[--count];
		words[count] = NULL;
	}
	end = words + count;
	/*
	 * Whoever answers at the agent's socket gets no question through to a person or a program.
	 */
	cli->no_input = true;
	*line = (struct options){.tables = {options_global}};
	read = option_parse(count, words, OPTION_COMMAND, line, &why);
	if (read && line->argc > 0) {
		command = command_find(cli, line->args[0]);
		if (!command)
			return true;
		line->tables[1] = command->options;
		words = line->tail;
		for (count = 0; words[count];)
			count++;
		read = option_parse(count, words,
				    command->needs & NEEDS_TAIL ? OPTION_TYPED : OPTION_ANYWHERE,
				    line, &why);
		runs = read ? typed_command(&typed, line, command, end) : NULL;
	}
	if (line->wanted)
		typed_offer_value(&typed, line->wanted);
	else if (!read)
		return true;
	else if (runs)
		out_printf(&cli->out, COMPLETE_COMMAND, runs - typed.first + 1);
	else if (typed.text[0] == '-')
		typed_offer_options(&typed, line);
	else if (command)
		typed_offer_operand(&typed, command, line);
	else
		typed_offer_commands(&typed);
	return true;
}

static const struct example examples[] = {
    {"the commands that begin so", "credvault complete -- un"},
    {"what may stand behind show", "credvault complete -- show ''"},
    {NULL, NULL},
};

const struct command command_complete = {
    .name = "complete",
    .hidden = true,
    .summary = "what may come next on a command line, for the scripts of `credvault completion`",
    .usage = "-- [WORD…]",
    .about =
	"WORDs are what stands behind `credvault`, the last one as far as it is typed. Each line\n"
	"is one word that fits, and behind a tab what it means; <FILE> says that a file's name\n"
	"comes there, <COMMAND> and a number that a command begins with that word and completes\n"
	"itself. Nothing is ever asked, no agent is waited for longer than 0.3 s, and none stays\n"
	"unlocked longer for it: names of keys come from a vault that is unlocked.",
    .examples = examples,
    .needs = NEEDS_MEMORY | NEEDS_LATE_MEMORY | NEEDS_TAIL,
    .run = run,
};
