/* SPDX-License-Identifier: MIT */
#include "cli/profile/pick.h"

#include "cli/vault/agent_call.h"
#include "cli/ui/ask.h"
#include "cli/profile/aws_config.h"
#include "vault/format/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 1000, PROMPT_MAX = 256 * 1024, TRIES = 3 };

struct pick_names {
	struct pick_name *list;
	size_t count;
};

size_t pick_match(const char *const names[], size_t count, const char *answer)
{
	size_t found = count;
	char *end;
	unsigned long number;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], answer) == 0)
			return i;
	}
	number = strtoul(answer, &end, 10);
	if (answer[0] >= '0' && answer[0] <= '9' && !*end && number >= 1 && number <= count)
		return number - 1;
	for (size_t i = 0; *answer && i < count; i++) {
		if (strncmp(names[i], answer, strlen(answer)) != 0)
			continue;
		if (found < count)
			return count;
		found = i;
	}
	return found;
}

static int pick_compare(const void *a, const void *b)
{
	return strcmp(((const struct pick_name *)a)->text, ((const struct pick_name *)b)->text);
}

static bool pick_add(struct pick_names *names, const char *name, struct error *err)
{
	struct pick_name *grown;

	if (!text_is_name(name) || names->count == NAMES_MAX)
		return true;
	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->list[i].text, name) == 0)
			return true;
	}
	grown = realloc(names->list, (names->count + 1) * sizeof(*grown));
	if (!grown)
		return error_set(err, ERROR_MEMORY, "out of memory");
	names->list = grown;
	(void)snprintf(names->list[names->count++].text, sizeof(grown->text), "%s", name);
	return true;
}

static bool pick_see_key(void *ctx, const json_t *row, struct error *err)
{
	const char *name;

	return json_need_text(row, "name", TEXT_NAME_MAX, &name, err) && pick_add(ctx, name, err);
}

/* The vault's keys, and the profiles that assume a role. */
static bool pick_collect(struct cli *cli, struct pick_names *names, struct error *err)
{
	struct agent_watch watch = {.row = pick_see_key, .ctx = names};
	struct aws_config config = AWS_CONFIG_EMPTY;
	struct profile_files files = aws_config_files(&config);
	const char **profiles = NULL;
	json_t *ok = NULL;
	size_t count = 0;
	bool done;

	done = aws_config_read(&config, err) && agent_call(cli, "list", NULL, &watch, &ok, err) &&
	       aws_config_names(&config, &profiles, &count, err);
	json_decref(ok);
	for (size_t i = 0; done && i < count; i++) {
		if (profile_value(&files, profiles[i], "role_arn", NULL))
			done = pick_add(names, profiles[i], err);
	}
	free(profiles);
	aws_config_clear(&config);
	if (done && names->count == 0) {
		error_set(err, ERROR_NOT_FOUND, "the vault holds no key yet");
		return error_hint(err, "credvault add NAME");
	}
	if (done)
		qsort(names->list, names->count, sizeof(names->list[0]), pick_compare);
	return done;
}

/* Shows the names, numbered, and asks until an answer fits one of them. */
static bool pick_ask(struct cli *cli, struct pick_name *out, struct error *err)
{
	struct pick_names names = {.list = NULL};
	const char *texts[NAMES_MAX];
	struct buf prompt = BUF_INIT(PROMPT_MAX), answer = BUF_INIT(ASK_LINE_MAX);
	bool done = pick_collect(cli, &names, err);

	for (size_t i = 0; done && i < names.count; i++) {
		texts[i] = names.list[i].text;
		done = buf_printf(&prompt, err, "%3zu  %s\n", i + 1, texts[i]);
	}
	done = done &&
	       buf_text_append(&prompt, "Profile (number, or the start of its name): ", err);
	for (int left = TRIES; done; left--) {
		size_t at;

		buf_reset(&answer);
		done = ask_line(cli, left == TRIES ? buf_text(&prompt) : "Which one? ", NULL,
				&answer, err);
		if (!done)
			break;
		at = pick_match(texts, names.count, buf_text(&answer));
		if (at < names.count) {
			*out = names.list[at];
			break;
		}
		if (left == 1)
			done = error_set(err, ERROR_USAGE, "no profile was picked");
	}
	buf_clear(&prompt);
	buf_clear(&answer);
	free(names.list);
	return done;
}

bool pick_profile(struct cli *cli, struct pick_name *out, struct error *err)
{
	const char *name = cli_arg(cli, 0);

	if (!name) {
		name = getenv("AWS_PROFILE");
		name = name && *name ? name : NULL;
	}
	if (!name) {
		if (ask_has_terminal(cli))
			return pick_ask(cli, out, err);
		error_set(err, ERROR_USAGE, "which profile?");
		return error_hint(err, "credvault %s PROFILE", cli->command->name);
	}
	if (!text_check_name("profile", name, err))
		return false;
	(void)snprintf(out->text, sizeof(out->text), "%s", name);
	return true;
}
