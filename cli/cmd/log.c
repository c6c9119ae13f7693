/* SPDX-License-Identifier: MIT */
#include "cli/vault/agent_call.h"
#include "cli/ui/context.h"
#include "cli/show/key_row.h"
#include "cli/show/peer_row.h"
#include "cli/ui/say.h"
#include "cli/ui/table.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/format/time.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LAST_DEFAULT = 50, LAST_MAX = 10000000, WHAT_BYTES = 512, WHEN_BYTES = 32 };

static bool gather(void *ctx, const json_t *row, struct error *err)
{
	return json_array_append_new(ctx, json_deep_copy(row)) == 0 ||
	       error_set(err, ERROR_MEMORY, "out of memory");
}

/* A time, or how long ago. */
static bool read_since(const struct cli *cli, char since[static TEXT_TIME_BYTES], struct error *err)
{
	const char *text = option_text(&cli->options, "since");
	char shown[64];
	int64_t at;

	since[0] = '\0';
	if (!text)
		return true;
	if (!time_parse_iso(text, &at)) {
		if (!text_parse_duration(text, &at, err)) {
			text_escape_into(text, shown, sizeof(shown));
			return error_set(err, ERROR_USAGE,
					 "--since is a time like 2026-11-20T09:02:11Z or a "
					 "duration like 24h, not \"%s\"",
					 shown);
		}
		at = clock_real_s(cli->clock) - at;
	}
	text_format_time(at > 0 ? at : 0, since);
	return true;
}

static bool make_args(const struct cli *cli, json_t **args, struct error *err)
{
	const char *profile = option_text(&cli->options, "profile");
	bool verify = option_flag(&cli->options, "verify");
	char since[TEXT_TIME_BYTES];
	int64_t last;

	*args = NULL;
	if ((profile && !text_check_name("profile", profile, err)) ||
	    !read_since(cli, since, err) ||
	    !option_number(&cli->options, "last", 0, LAST_MAX,
			   since[0] ? LAST_MAX
			   : verify ? 1
				    : LAST_DEFAULT,
			   &last, err))
		return false;
	*args = json_object();
	if (json_put(*args, "last", json_integer(last), err) &&
	    json_put_text(*args, "since", since[0] ? since : NULL, err) &&
	    json_put_text(*args, "profile", profile, err) &&
	    json_put(*args, "verify", json_boolean(verify), err) &&
	    json_put(*args, "follow", json_boolean(option_flag(&cli->options, "follow")), err))
		return true;
	json_decref(*args);
	*args = NULL;
	return false;
}

/* A time member in our zone: with `whole` the day and seconds, else hours and minutes. */
static void local_time(const json_t *entry, const char *member, bool whole, char *out, size_t size)
{
	int64_t at;
	time_t seconds;
	struct tm t;

	out[0] = '\0';
	if (!key_row_time(entry, member, &at))
		return;
	seconds = (time_t)at;
	if (!localtime_r(&seconds, &t) || (whole ? strftime(out, size, "%Y-%m-%d %H:%M:%S", &t)
						 : strftime(out, size, "%H:%M", &t)) == 0)
		out[0] = '\0';
}

/* "ASIA…P0QX, role terraform, MFA, until 10:02": what is there of it, in this order. */
static void describe(const json_t *entry, char out[static WHAT_BYTES])
{
	const char *result = key_row_text(entry, "result"), *policy = key_row_text(entry, "policy");
	char id[KEY_ROW_BYTES], until[WHEN_BYTES], parts[5][WHAT_BYTES / 5];
	size_t used = 0;

	memset(parts, 0, sizeof(parts));
	key_row_id(key_row_text(entry, "access_key_id"), id);
	local_time(entry, "expires_at", false, until, sizeof(until));
	if (strcmp(result, "OK") != 0 && strcmp(result, "ok") != 0)
		(void)snprintf(parts[0], sizeof(parts[0]), "%s", result);
	if (strcmp(id, "-") != 0)
		(void)snprintf(parts[1], sizeof(parts[1]), "%s", id);
	if (strcmp(key_row_text(entry, "what"), "-") != 0)
		(void)snprintf(parts[2], sizeof(parts[2]), "%s", key_row_text(entry, "what"));
	if (strcmp(policy, "-") != 0)
		(void)snprintf(parts[3], sizeof(parts[3]), "policy %s", policy);
	else if (json_is_true(json_object_get(entry, "mfa")))
		(void)snprintf(parts[3], sizeof(parts[3]), "MFA");
	if (until[0])
		(void)snprintf(parts[4], sizeof(parts[4]), "until %s", until);
	out[0] = '\0';
	for (size_t i = 0; i < 5; i++) {
		int n = parts[i][0] ? snprintf(out + used, WHAT_BYTES - used, "%s%s",
					       used ? ", " : "", parts[i])
				    : 0;

		used += n > 0 ? (size_t)n : 0;
	}
	if (!used)
		(void)snprintf(out, WHAT_BYTES, "-");
}

/*
 * Whether the entry is about what somebody asked us for, and not about what was done to the vault.
 */
static bool is_for_another(const char *op)
{
	return strcmp(op, "emit") == 0 || strcmp(op, "session") == 0 || strcmp(op, "denied") == 0;
}

enum { CELLS = 6 };

static const char *const titles[] = {"SEQ", "TIME (local)", "OP", "PROFILE", "WHAT", "FOR", NULL};

/* An entry as people read it; cells points into itself and the entry. */
struct shown {
	char seq[KEY_ROW_BYTES], when[WHEN_BYTES], what[WHAT_BYTES], peer[PEER_ROW_BYTES];
	const char *cells[CELLS];
	enum out_colour colour;
};

static void show(const json_t *entry, struct shown *shown)
{
	const char *op = key_row_text(entry, "op");

	(void)snprintf(shown->seq, sizeof(shown->seq), "%lld",
		       (long long)json_integer_value(json_object_get(entry, "seq")));
	local_time(entry, "time", true, shown->when, sizeof(shown->when));
	describe(entry, shown->what);
	peer_row_text(json_object_get(entry, "peer"), is_for_another(op), shown->peer);
	shown->cells[0] = shown->seq;
	shown->cells[1] = shown->when;
	shown->cells[2] = op;
	shown->cells[3] = key_row_text(entry, "profile");
	shown->cells[4] = shown->what;
	shown->cells[5] = shown->peer;
	shown->colour = strcmp(op, "denied") == 0 ? OUT_YELLOW : OUT_PLAIN;
}

static bool print_entries(struct cli *cli, const json_t *entries, struct error *err)
{
	struct table table;
	struct shown shown;
	const json_t *entry;
	size_t i;
	bool ok = table_init(&table, titles, err);

	json_array_foreach(entries, i, entry)
	{
		show(entry, &shown);
		ok = ok && table_add(&table, shown.colour, shown.cells, err);
	}
	if (ok && json_array_size(entries) == 0)
		say_note(cli, "The log has no such entry.");
	else if (ok)
		table_print(&table, &cli->out);
	table_clear(&table);
	return ok;
}

/* Columns whose content is not known yet get what most of it needs. */
static void print_line(struct out *out, const char *const cells[CELLS], enum out_colour colour)
{
	static const size_t widths[CELLS] = {6, 19, 7, 16, 44, 0};

	table_print_line(out, widths, cells, CELLS, colour);
}

/* One entry at a time, at once: for --json-lines and -f. */
static bool stream(void *ctx, const json_t *entry, struct error *err)
{
	struct cli *cli = ctx;
	struct shown shown;

	if (option_flag(&cli->options, "json-lines")) {
		out_json(&cli->out, entry);
	} else {
		show(entry, &shown);
		print_line(&cli->out, shown.cells, shown.colour);
	}
	if (option_flag(&cli->options, "follow"))
		out_flush(&cli->out);
	if (cli->out.failure.code == ERROR_NONE)
		return true;
	*err = cli->out.failure;
	return false;
}

/* All that was read is printed, and there is nothing to give back: Ctrl-C is how following ends. */
static void end_following(int signal_number)
{
	(void)signal_number;
	_exit(0);
}

static void begin_following(struct cli *cli)
{
	const struct sigaction end = {.sa_handler = end_following};

	(void)sigaction(SIGINT, &end, NULL);
	(void)sigaction(SIGTERM, &end, NULL);
	if (!option_flag(&cli->options, "json-lines"))
		print_line(&cli->out, titles, OUT_PLAIN);
}

/* Sixteen digits in fours are enough to compare by eye. */
static void print_verdict(struct cli *cli, const json_t *ok)
{
	const char *head = json_string_value(json_object_get(ok, "head"));
	long long count = json_integer_value(json_object_get(ok, "log_entries"));
	size_t mark = out_mark(&cli->out);

	out_printf(&cli->out, "%lld entr%s, unbroken.", count, count == 1 ? "y" : "ies");
	if (head && strlen(head) >= 16)
		out_printf(&cli->out, " Head %.4s %.4s %.4s %.4s (matches the vault%s).", head,
			   head + 4, head + 8, head + 12,
			   json_is_true(json_object_get(ok, "marked"))
			       ? " and this machine's mark"
			       : "; this machine has no mark of it");
	out_printf(&cli->out, "\n");
	out_wrap(&cli->out, mark, 0);
}

/* "entries 4097-8192, after 2026-11-20 09:02:11 and before 10:14:40: the file is missing (NAME)" */
static void print_problem(struct out *out, const json_t *problem)
{
	const json_t *from = json_object_get(problem, "from"), *to = json_object_get(problem, "to");
	const char *file = json_string_value(json_object_get(problem, "file"));
	char after[WHEN_BYTES], before[WHEN_BYTES];

	local_time(problem, "after", true, after, sizeof(after));
	local_time(problem, "before", true, before, sizeof(before));
	if (json_is_integer(from) && json_equal(from, to))
		out_printf(out, "  entry %lld", (long long)json_integer_value(from));
	else if (json_is_integer(from))
		out_printf(out, "  entries %lld-%lld", (long long)json_integer_value(from),
			   (long long)json_integer_value(to));
	else
		out_printf(out, "  no entry");
	if (json_is_integer(from) && after[0])
		out_printf(out, ", after %s", after);
	if (json_is_integer(from) && before[0])
		out_printf(out, "%s before %s", after[0] ? " and" : ",", before);
	out_printf(out, ": ");
	out_text(out, key_row_text(problem, "what"));
	out_printf(out, " (");
	out_text(out, file ? file : "in the vault");
	out_printf(out, ")\n");
}

/* The answer on stdout, the failure for stderr and the status. */
static bool print_problems(struct cli *cli, const json_t *problems, struct error *err)
{
	size_t count = json_array_size(problems), i;
	const json_t *problem;

	if (!cli->json) {
		out_printf(&cli->out, "The log is broken:\n");
		json_array_foreach(problems, i, problem) print_problem(&cli->out, problem);
	}
	error_set(err, ERROR_TAMPERED, "the log was changed from outside in %zu place%s", count,
		  count == 1 ? "" : "s");
	return error_hint(err, "credvault verify");
}

static bool print_json(struct cli *cli, json_t *entries, json_t *ok, struct error *err)
{
	json_t *object = json_object();
	bool done = json_put(object, "entries", json_incref(entries), err);

	if (done && json_object_update(object, ok) == 0)
		out_json(&cli->out, object);
	json_decref(object);
	return done;
}

static bool print(struct cli *cli, json_t *entries, json_t *ok, struct error *err)
{
	bool verify = option_flag(&cli->options, "verify");
	bool lines = option_flag(&cli->options, "json-lines");
	bool only_verdict = verify && !option_text(&cli->options, "last") &&
			    !option_text(&cli->options, "since");
	const json_t *problems = json_object_get(ok, "problems");

	if (cli->json && !lines && !print_json(cli, entries, ok, err))
		return false;
	if (json_array_size(problems) > 0)
		return print_problems(cli, problems, err);
	if (cli->json || lines)
		return true;
	if (!only_verdict && !print_entries(cli, entries, err))
		return false;
	if (verify)
		print_verdict(cli, ok);
	return true;
}

/* What could not be told is an answer too, and a program wants it where the others are. */
static void print_broken(struct cli *cli, const struct error *err)
{
	if (cli->json && err->code == ERROR_TAMPERED && option_flag(&cli->options, "verify"))
		out_printf(&cli->out,
			   "{\"entries\":[],\"count\":0,\"log_entries\":null,\"head\":null,"
			   "\"verified\":false,\"marked\":false,\"problems\":null}\n");
}

static bool check_options(const struct cli *cli, struct error *err)
{
	const struct options *o = &cli->options;

	if (option_flag(o, "follow") && option_flag(o, "verify"))
		return error_set(err, ERROR_USAGE,
				 "-f goes on for ever: --verify has no end to wait for");
	if (!cli->json || (!option_flag(o, "follow") && !option_flag(o, "json-lines")))
		return true;
	error_set(err, ERROR_USAGE, "--json is one object at the end: take --json-lines alone");
	return error_hint(err, "credvault log --json-lines");
}

static bool run(struct cli *cli, struct error *err)
{
	json_t *args = NULL, *ok = NULL, *entries = json_array();
	bool follows = option_flag(&cli->options, "follow");
	bool streams = follows || option_flag(&cli->options, "json-lines");
	struct agent_watch watch = {.row = streams ? stream : gather,
				    .ctx = streams ? (void *)cli : (void *)entries};
	bool done = false;

	if (check_options(cli, err) && make_args(cli, &args, err)) {
		if (follows)
			begin_following(cli);
		done = agent_call(cli, "log", args, &watch, &ok, err);
		if (!done)
			print_broken(cli, err);
		done = done && print(cli, entries, ok, err);
	}
	json_decref(entries);
	json_decref(ok);
	return done;
}

static const struct option own_options[] = {
    {.name = "last",
     .letter = 'n',
     .argument = "N",
     .help = "that many entries from the end (50; all with --since)"},
    {.name = "since", .argument = "T|DUR", .help = "not before a time (RFC 3339), or as long ago"},
    {.name = "profile", .argument = "P", .help = "of this profile alone"},
    {.name = "follow", .letter = 'f', .help = "wait for what comes, until Ctrl-C"},
    {.name = "json-lines", .help = "a JSON object a line, each as it is read"},
    {.name = "verify", .help = "check the whole chain; exit 6 when it is broken"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"what happened last", "credvault log -n 20"},
    {"who was given credentials of prod today", "credvault log --since 24h --profile prod"},
    {"whether anything was cut out or changed", "credvault log --verify"},
    {"for a collector", "credvault log -f --json-lines --since 1h"},
    {NULL, NULL},
};

const struct command command_log = {
    .name = "log",
    .summary = "who was given what, when, and what was refused",
    .usage = "[-n N] [-f] [--since T|DUR] [--profile P] [--json-lines] [--verify]",
    .about =
	"Every emission stands here before the caller has the credentials. The entries are sealed\n"
	"and chained; what a program is called and who its parents are is what the kernel said\n"
	"of it at that moment, a hint and no proof.",
    .options = own_options,
    .examples = examples,
    .needs = NEEDS_VAULT | NEEDS_LATE_MEMORY,
    .run = run,
};
