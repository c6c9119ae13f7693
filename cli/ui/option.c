/* SPDX-License-Identifier: MIT */
#include "cli/ui/option.h"

#include "vault/base/text.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 64, NAME_MAX_BYTES = 32 };

const struct option options_global[] = {
    {.name = "vault",
     .argument = "FILE",
     .environment = "CREDVAULT_FILE",
     .help = "the vault (default ~/.local/share/credvault/vault.db)"},
    {.name = "json", .help = "machine output; errors are JSON on stderr"},
    {.name = "no-input",
     .environment = "CREDVAULT_NO_INPUT",
     .help = "never prompt: fail at once with exit 4 or 7"},
    {.name = "yes", .letter = 'y', .help = "answer confirmations with yes"},
    {.name = "passphrase-fd", .argument = "N", .help = "read the passphrase from descriptor N"},
    {.name = "key-file",
     .argument = "FILE",
     .environment = "CREDVAULT_KEY_FILE",
     .help = "unlock with a key file, for cron and services"},
    {.name = "once", .help = "an agent that this command starts leaves with it"},
    {.name = "endpoint-url",
     .argument = "URL",
     .environment = "CREDVAULT_ENDPOINT_URL",
     .help = "STS and IAM endpoint; http: only to loopback"},
    {.name = "region", .argument = "R", .help = "region to sign for and to hand on"},
    {.name = "mfa-code", .letter = 't', .argument = "C", .help = "the MFA code, for scripts"},
    {.name = "mfa-code-fd", .argument = "N", .help = "read the MFA code from descriptor N"},
    {.name = "mfa-token", .argument = "C", .alias = "mfa-code"},
    {.name = "weak", .help = "take a new passphrase that is easily guessed"},
    {.name = "insecure-memory", .help = "go on where memory cannot be locked"},
    {.name = "quiet", .letter = 'q', .help = "fewer notes on stderr"},
    {.name = "verbose", .letter = 'v', .help = "more notes on stderr"},
    {.name = "help", .letter = 'h', .help = "the help of the command"},
    {.name = "version", .letter = 'V', .help = "the version, as the command version"},
    {.name = NULL},
};

/* The i-th row of the two tables, read one after another; NULL behind the last. */
static const struct option *option_at(const struct options *options, size_t i)
{
	for (size_t t = 0; t < 2; t++) {
		const struct option *o = options->tables[t];

		for (; o && o->name; o++) {
			if (i-- == 0)
				return o;
		}
	}
	return NULL;
}

const struct option *option_find(const struct options *options, const char *name, size_t len)
{
	const struct option *o;

	for (size_t i = 0; (o = option_at(options, i)); i++) {
		if (strlen(o->name) != len || memcmp(o->name, name, len) != 0)
			continue;
		return o->alias ? option_find(options, o->alias, strlen(o->alias)) : o;
	}
	return NULL;
}

static size_t edits_least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edits (insert, delete, change, swap of two neighbours) from a to b. */
static size_t edits_between(const char *a, const char *b)
{
	size_t rows[NAME_MAX_BYTES + 1][NAME_MAX_BYTES + 1], m = strlen(a), n = strlen(b);

	if (m > NAME_MAX_BYTES || n > NAME_MAX_BYTES)
		return NAME_MAX_BYTES;
	for (size_t i = 0; i <= m; i++) {
		for (size_t j = 0; j <= n; j++) {
			size_t *least = &rows[i][j];

			*least = i + j;
			if (i == 0 || j == 0)
				continue;
			*least = edits_least(edits_least(rows[i - 1][j], rows[i][j - 1]) + 1,
					     rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				*least = edits_least(*least, rows[i - 2][j - 2] + 1);
		}
	}
	return rows[m][n];
}

const char *option_nearest(const char *text, const char *const among[])
{
	char typed[NAME_MAX_BYTES + 1];
	const char *best = NULL;
	size_t best_distance = 3, len = strlen(text);

	if (len > NAME_MAX_BYTES)
		return NULL;
	/* All that can be meant is written small. */
	for (size_t i = 0; i <= len; i++)
		typed[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 'a' - 'A') : text[i];
	for (size_t i = 0; among[i]; i++) {
		size_t d = edits_between(typed, among[i]);

		if (len >= 2 && strncmp(among[i], typed, len) == 0)
			d = 1;
		if (d < best_distance && d < strlen(among[i])) {
			best = among[i];
			best_distance = d;
		}
	}
	return best;
}

/* Names the option and not its value, which may be a secret. */
static bool option_unknown(const struct options *options, const char *arg, struct error *err)
{
	const char *names[2 * OPTIONS_MAX], *near;
	char shown[SHOWN], name[NAME_MAX_BYTES + 1];
	const struct option *o;
	size_t n = 0, len = strcspn(arg + 2, "=");

	if (len > NAME_MAX_BYTES)
		return error_set(err, ERROR_USAGE, "there is no option of so long a name");
	(void)snprintf(name, sizeof(name), "%.*s", (int)len, arg + 2);
	text_escape_into(name, shown, sizeof(shown));
	error_set(err, ERROR_USAGE, "there is no option --%s", shown);
	for (size_t i = 0; (o = option_at(options, i)) && n + 1 < 2 * OPTIONS_MAX; i++)
		names[n++] = o->name;
	names[n] = NULL;
	near = option_nearest(name, names);
	/* Others take it for an answer. */
	if (strcmp(name, "force") == 0)
		error_detail(err, "--yes answers questions; --force prints secrets to a terminal.");
	else if (near)
		error_detail(err, "Did you mean --%s?", near);
	return false;
}

static bool option_record(struct options *out, const struct option *option, const char *value,
			  struct error *err)
{
	char shown[SHOWN];

	if (out->count == OPTIONS_MAX)
		return error_set(err, ERROR_USAGE, "more than %d options", OPTIONS_MAX);
	if (value && option->values && !text_has_word(option->values, value)) {
		text_escape_into(value, shown, sizeof(shown));
		return error_set(err, ERROR_USAGE, "--%s is one of: %s; not \"%s\"", option->name,
				 option->values, shown);
	}
	out->given[out->count].option = option;
	out->given[out->count++].value = value;
	return true;
}

static bool option_wants_value(struct options *out, const struct option *option, struct error *err)
{
	out->wanted = option;
	return error_set(err, ERROR_USAGE, "--%s wants a value: --%s %s", option->name,
			 option->name, option->argument);
}

static bool option_take_long(struct options *out, const char *arg, char **next, bool *used,
			     struct error *err)
{
	size_t len = strcspn(arg + 2, "=");
	const char *value = arg[2 + len] == '=' ? arg + 2 + len + 1 : NULL;
	const struct option *option = option_find(out, arg + 2, len);

	if (!option)
		return option_unknown(out, arg, err);
	if (!option->argument && value)
		return error_set(err, ERROR_USAGE, "--%s takes no value", option->name);
	if (option->argument && !value) {
		if (!*next)
			return option_wants_value(out, option, err);
		value = *next;
		*used = true;
	}
	return option_record(out, option, value, err);
}

static bool option_take_letters(struct options *out, const char *arg, char **next, bool *used,
				struct error *err)
{
	for (const char *at = arg + 1; *at; at++) {
		const struct option *option;
		char text[] = {*at, '\0'}, shown[SHOWN];

		for (size_t i = 0; (option = option_at(out, i)) && option->letter != *at;)
			i++;
		if (!option) {
			text_escape_into(text, shown, sizeof(shown));
			return error_set(err, ERROR_USAGE, "there is no option -%s", shown);
		}
		if (!option->argument) {
			if (!option_record(out, option, NULL, err))
				return false;
			continue;
		}
		if (at[1])
			return option_record(out, option, at + 1, err);
		if (!*next)
			return option_wants_value(out, option, err);
		*used = true;
		return option_record(out, option, *next, err);
	}
	return true;
}

/*
 * Whether options stand behind PROFILE too: the word there is one, and a `--` behind it says where
 * they end.
 */
static bool option_goes_on(char *const argv[], int count)
{
	if (count == 0 || argv[0][0] != '-' || strcmp(argv[0], "--") == 0)
		return false;
	for (int i = 1; i < count; i++) {
		if (strcmp(argv[i], "--") == 0)
			return true;
	}
	return false;
}

bool option_parse(int argc, char **argv, enum option_order order, struct options *out,
		  struct error *err)
{
	size_t operands = 0;
	bool only_operands = false;

	out->args = (const char **)argv;
	out->argc = 0;
	out->tail = NULL;
	for (int i = 0; i < argc; i++) {
		char *arg = argv[i];
		bool is_option = !only_operands && arg[0] == '-' && arg[1] != '\0', used = false;

		if (is_option && strcmp(arg, "--") == 0) {
			if (order >= OPTION_TAIL) {
				out->tail = argv + i + 1;
				break;
			}
			only_operands = true;
			continue;
		}
		/* PROFILE came before, as a word or by an option: the command begins here. */
		if (!is_option && order >= OPTION_TAIL && operands > 0) {
			out->tail = argv + i;
			break;
		}
		if (!is_option) {
			argv[operands++] = arg;
			if (order == OPTION_ANYWHERE)
				continue;
			out->tail = argv + i + 1;
			if (order == OPTION_TYPED ||
			    (order == OPTION_TAIL && option_goes_on(out->tail, argc - i - 1))) {
				out->tail = NULL;
				continue;
			}
			if (order == OPTION_TAIL && *out->tail && strcmp(*out->tail, "--") == 0)
				out->tail++;
			break;
		}
		if (!(arg[1] == '-' ? option_take_long(out, arg, argv + i + 1, &used, err)
				    : option_take_letters(out, arg, argv + i + 1, &used, err)))
			return false;
		i += used;
		if (out->given[out->count - 1].option->operand)
			argv[operands++] = used ? argv[i] : strchr(arg, '=') + 1;
	}
	out->argc = operands;
	return true;
}

/* The row of a name that the program itself spells: it must be there. */
static const struct option *option_known(const struct options *options, const char *name)
{
	const struct option *o = option_find(options, name, strlen(name));

	assert(o);
	return o;
}

bool option_flag(const struct options *options, const char *name)
{
	const struct option *o = option_known(options, name);
	const char *instead;

	for (size_t i = 0; i < options->count; i++) {
		if (options->given[i].option == o)
			return true;
	}
	instead = o->environment ? getenv(o->environment) : NULL;
	return instead && strcmp(instead, "1") == 0;
}

const char *option_text(const struct options *options, const char *name)
{
	const struct option *o = option_known(options, name);
	const char *instead;

	for (size_t i = options->count; i-- > 0;) {
		if (options->given[i].option == o)
			return options->given[i].value;
	}
	instead = o->environment ? getenv(o->environment) : NULL;
	return instead && *instead ? instead : NULL;
}

size_t option_times(const struct options *options, const char *name)
{
	const struct option *o = option_known(options, name);
	size_t n = 0;

	for (size_t i = 0; i < options->count; i++)
		n += options->given[i].option == o;
	return n;
}

const char *option_nth(const struct options *options, const char *name, size_t n)
{
	const struct option *o = option_known(options, name);

	for (size_t i = 0; i < options->count; i++) {
		if (options->given[i].option == o && n-- == 0)
			return options->given[i].value;
	}
	return NULL;
}

bool option_duration(const struct options *options, const char *name, int64_t absent,
		     int64_t *seconds, struct error *err)
{
	const char *text = option_text(options, name);
	struct error why;

	*seconds = absent;
	return !text || text_parse_duration(text, seconds, &why) ||
	       error_set(err, why.code, "--%s: %s", name, why.message);
}

bool option_number(const struct options *options, const char *name, struct option_range range,
		   int64_t *number, struct error *err)
{
	const char *text = option_text(options, name);
	uint64_t value = 0;
	char what[NAME_MAX_BYTES + 8];

	*number = range.absent;
	if (!text)
		return true;
	(void)snprintf(what, sizeof(what), "--%s", name);
	if (!text_parse_u64(what, text, (uint64_t)range.lowest, (uint64_t)range.highest, &value,
			    err))
		return false;
	*number = (int64_t)value;
	return true;
}

bool option_fd(const struct options *options, const char *name, int *fd, struct error *err)
{
	int64_t number;

	*fd = -1;
	if (!option_number(options, name, (struct option_range){.highest = 1023, .absent = -1},
			   &number, err))
		return false;
	if (number < 0)
		return true;
	if (fcntl((int)number, F_GETFD) < 0)
		return error_set(err, ERROR_USAGE, "--%s: descriptor %d is not open", name,
				 (int)number);
	*fd = (int)number;
	return true;
}
