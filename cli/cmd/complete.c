/* SPDX-License-Identifier: MIT */
#include "cli/profile/profile_list.h"
#include "cli/ui/context.h"
#include "cli/ui/help.h"
#include "cli/vault/agent_call.h"
#include "cli/vault/paths.h"
#include "vault/format/json.h"

#include <stdio.h>
#include <string.h>

/* What the scripts read for "a file's name comes here"; no name of a key or profile has a '<'. */
#define COMPLETE_FILES "<FILE>\n"

/* The word under the cursor, which is to be completed. */
struct typed {
	struct cli *cli;
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

static void typed_offer_commands(const struct typed *typed)
{
	const struct command *const *commands = typed->cli->commands;

	for (size_t i = 0; commands[i]; i++) {
		if (!commands[i]->hidden)
			typed_offer(typed, commands[i]->name, strlen(commands[i]->name),
				    commands[i]->summary);
	}
}

static void typed_offer_name(const struct typed *typed, const char *name)
{
	if (json_object_get(typed->offered, name) ||
	    json_object_set_new(typed->offered, name, json_true()) != 0)
		return;
	typed_offer(typed, name, strlen(name), NULL);
}

static bool typed_take_key(void *ctx, const json_t *row, struct error *err)
{
	(void)err;
	typed_offer_name(ctx, json_text_of(row, "name"));
	return true;
}

/*
 * Names of keys where the agent is there, profiles of the config file always. Nothing is asked and
 * nothing unlocked, and no failure is told: nobody who presses Tab waits for an error.
 */
static void typed_offer_names(struct typed *typed, bool profiles)
{
	struct agent_watch watch = {.row = typed_take_key, .ctx = typed};
	json_t *list = NULL, *problems = NULL, *ok = NULL;
	struct error why = ERROR_INIT;
	const json_t *entry;
	bool absent;
	size_t i;

	typed->offered = json_object();
	if (!paths_find(typed->cli, &why))
		goto out;
	if (profiles && profile_list_read(typed->cli, &list, &problems, &why)) {
		json_array_foreach(list, i, entry)
		    typed_offer_name(typed, json_text_of(entry, "profile"));
	}
	/* A key is a profile even where no config file speaks of it. */
	(void)!agent_call_if_there(typed->cli, "list", NULL, &watch, &absent, &ok, &why);
	json_decref(ok);
out:
	json_decref(list);
	json_decref(problems);
	json_decref(typed->offered);
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
	const char *args = command->args ? command->args : "";
	bool full = line->argc >= command->most;

	/* The command that `exec` runs. */
	if (line->tail || (full && command->needs & NEEDS_TAIL) || strcmp(args, "files") == 0) {
		out_printf(&typed->cli->out, COMPLETE_FILES);
	} else if (full) {
		return;
	} else if (strcmp(args, "names") == 0 || strcmp(args, "profiles") == 0) {
		typed_offer_names(typed, args[0] == 'p');
	} else if (line->argc == 0 && args[0] == '=') {
		typed_offer_words(typed, args + 1);
	} else if (line->argc == 0 && strcmp(args, "help") == 0) {
		typed_offer_commands(typed);
		for (size_t i = 0; help_topics[i]; i++)
			typed_offer(typed, help_topics[i], strlen(help_topics[i]), NULL);
	}
}

/* Reads the words as main() does, up to the last one, which is being typed. */
static bool run(struct cli *cli, struct error *err)
{
	struct options *line = &cli->options;
	struct typed typed = {.cli = cli, .before = "", .text = ""};
	const struct command *command = NULL;
	char **words = line->tail;
	struct error why = ERROR_INIT;
	int count = 0;
	bool read;

	if (!words) {
		error_set(err, ERROR_USAGE, "the words of the command line stand behind --");
		return command_usage(cli->command, err);
	}
	while (words[count])
		count++;
	if (count > 0) {
		typed.text = words[--count];
		words[count] = NULL;
	}
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
				    command->needs & NEEDS_TAIL ? OPTION_TAIL : OPTION_ANYWHERE,
				    line, &why);
	}
	if (line->wanted)
		typed_offer_value(&typed, line->wanted);
	else if (!read)
		return true;
	else if (typed.text[0] == '-' && !line->tail)
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
	"comes there. Nothing is ever asked: names of keys come from a vault that is unlocked.",
    .examples = examples,
    .needs = NEEDS_MEMORY | NEEDS_LATE_MEMORY | NEEDS_TAIL,
    .run = run,
};
