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
#include "vault/wire/tables/msg_log.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LAST_DEFAULT = 50, LAST_MAX = 10000000, WHAT_BYTES = TABLE_CELL_MAX };

/* A day, or a time as the log shows it: of our zone. */
static bool log_parse_local(const char *text, int64_t *at)
{
	static const char *const forms[] = {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm local = {.tm_isdst = -1};
		const char *end = strptime(text, forms[i], &local);
		int day = local.tm_mday;

		if (!end || *end)
			continue;
		*at = mktime(&local);
		/* The 31st of November is the 1st of December for mktime(). */
		return local.tm_mday == day && *at >= 0;
	}
	return false;
}

static bool log_make_args(const struct cli *cli, struct msg_log *args, struct error *err)
{
	const char *profile = option_text(&cli->options, "profile");
	const char *since = option_text(&cli->options, "since");
	bool verify = option_flag(&cli->options, "verify");
	struct option_range range = {.highest = LAST_MAX};
	char shown[64];
	int64_t at = 0, last;

	if (profile && !text_check_name("profile", profile, err))
		return false;
	if (since && !time_parse_iso(since, &at) && !log_parse_local(since, &at)) {
		if (!text_parse_duration(since, &at, err)) {
			text_escape_into(since, shown, sizeof(shown));
			return error_set(err, ERROR_USAGE,
					 "--since is a day like 2026-11-20, a time like "
					 "2026-11-20T09:02:11Z or a duration like 24h, not \"%s\"",
					 shown);
		}
		at = clock_real_s(cli->clock) - at;
	}
	range.absent = since ? LAST_MAX : verify ? 1 : LAST_DEFAULT;
	if (!option_number(&cli->options, "last", range, &last, err))
		return false;
	*args = (struct msg_log){.last = last,
				 .since = at > 0 ? at : 0,
				 .profile = profile,
				 .verify = verify,
				 .follow = option_flag(&cli->options, "follow")};
	return true;
}

/* A time in our zone, "" where there is none. */
static void log_time(int64_t at, enum out_time form, char out[static OUT_WHEN_BYTES])
{
	out[0] = '\0';
	if (at)
		out_time(form, at, out);
}

/* Adds a part of the description behind those before it. */
static void log_add_part(char out[static WHAT_BYTES], const char *before, const char *part)
{
	text_append(out, WHAT_BYTES, "%s%s%s", out[0] ? ", " : "", before, part);
}

/* "ASIA…P0QX, role terraform, MFA, until 10:02": the parts that the entry has, in this order. */
static void log_describe(const struct msg_log_row *entry, char out[static WHAT_BYTES])
{
	const char *result = key_row_text(entry->result);
	char id[KEY_ROW_BYTES], until[OUT_WHEN_BYTES];

	out[0] = '\0';
	key_row_id(key_row_text(entry->access_key_id), id);
	log_time(entry->expires_at, OUT_CLOCK, until);
	if (strcmp(result, "OK") != 0 && strcmp(result, "ok") != 0)
		log_add_part(out, "", result);
	if (strcmp(id, "-") != 0)
		log_add_part(out, "", id);
	if (strcmp(key_row_text(entry->what), "-") != 0)
		log_add_part(out, "", entry->what);
	if (entry->mfa)
		log_add_part(out, "", "MFA");
	if (until[0])
		log_add_part(out, "until ", until);
	if (!out[0])
		log_add_part(out, "", "-");
}

enum { SEQ, TIME, OP, PROFILE, WHAT, FOR, CELLS };

static const char *const titles[] = {"SEQ", "TIME (local)", "OP", "PROFILE", "WHAT", "FOR", NULL};
static const struct table_step steps[] = {
    {TABLE_SHORTEN, TIME, 0}, {TABLE_SHORTEN, TIME, 0},	 {TABLE_WRAP, FOR, 18},
    {TABLE_WRAP, WHAT, 22},   {TABLE_WRAP, PROFILE, 12}, {TABLE_FOLD, FOR, 0},
    {TABLE_FOLD, WHAT, 0},    {TABLE_WRAP, PROFILE, 8},	 {TABLE_END, 0, 0},
};
/* With -f the columns are printed before their content is known: most entries need these. */
static const size_t widths[CELLS] = {6, 19, 7, 16, 44, 24};
static const struct table_layout layout = {titles, steps, widths};

/* An entry as people read it; cells points into itself and the entry. */
struct shown {
	char seq[KEY_ROW_BYTES], when[OUT_WHEN_BYTES], what[WHAT_BYTES], peer[PEER_ROW_BYTES];
	const char *cells[CELLS];
	enum out_colour colour;
};

static void log_show(const struct msg_log_row *entry, struct shown *shown)
{
	const char *op = entry->op;
	/* These entries are about what a program asked us for, the others about the vault. */
	bool for_another = strcmp(op, "emit") == 0 || strcmp(op, "session") == 0 ||
			   strcmp(op, "denied") == 0;

	(void)snprintf(shown->seq, sizeof(shown->seq), "%lld", (long long)entry->seq);
	log_time(entry->time, OUT_SECOND, shown->when);
	log_describe(entry, shown->what);
	peer_row_text(entry->peer_known ? &entry->peer : NULL, for_another, shown->peer);
	shown->cells[SEQ] = shown->seq;
	shown->cells[TIME] = shown->when;
	shown->cells[OP] = op;
	shown->cells[PROFILE] = key_row_text(entry->profile);
	shown->cells[WHAT] = shown->what;
	shown->cells[FOR] = shown->peer;
	shown->colour = strcmp(op, "denied") == 0 ? OUT_YELLOW : OUT_PLAIN;
}

static bool log_print_entries(struct cli *cli, const json_t *entries, struct error *err)
{
	struct table table;
	struct shown shown;
	const json_t *row;
	size_t i;
	bool ok = table_init(&table, &layout, err);

	json_array_foreach(entries, i, row)
	{
		struct msg_log_row entry = {.seq = 0};

		if (!ok || !fields_read_answer(&msg_log_row, row, &entry, err)) {
			ok = false;
			break;
		}
		log_show(&entry, &shown);
		ok = table_add(&table, shown.colour, shown.cells, err);
	}
	if (ok && json_array_size(entries) == 0)
		say_note(cli, "The log has no such entry.");
	else if (ok)
		table_print(&table, &cli->out);
	table_clear(&table);
	return ok;
}

/* Prints each entry as it comes, for --json-lines and -f. */
static bool log_stream(void *ctx, const json_t *row, struct error *err)
{
	struct msg_log_row entry = {.seq = 0};
	struct cli *cli = ctx;
	struct shown shown;

	if (option_flag(&cli->options, "json-lines")) {
		out_json(&cli->out, row);
	} else {
		if (!fields_read_answer(&msg_log_row, row, &entry, err))
			return false;
		log_show(&entry, &shown);
		table_print_line(&layout, shown.colour, shown.cells, &cli->out);
	}
	if (option_flag(&cli->options, "follow"))
		out_flush(&cli->out);
	if (cli->out.failure.code == ERROR_NONE)
		return true;
	*err = cli->out.failure;
	return false;
}

/* Ctrl-C is how following ends: every entry is printed by then, and nothing is to be given back. */
static void log_end_following(int signal_number)
{
	(void)signal_number;
	_exit(0);
}

/* Sixteen digits in fours are enough to compare by eye. */
static void log_print_verdict(struct cli *cli, const struct msg_log_answer *answer)
{
	const char *head = answer->head;
	long long count = answer->log_entries;
	size_t mark = out_mark(&cli->out);

	out_printf(&cli->out, "%lld entr%s, unbroken.", count, count == 1 ? "y" : "ies");
	if (strlen(head) >= 16)
		out_printf(&cli->out, " Head %.4s %.4s %.4s %.4s (matches the vault%s).", head,
			   head + 4, head + 8, head + 12,
			   answer->marked ? " and this machine's mark"
					  : "; this machine has no mark of it");
	if (answer->was_pruned) {
		char when[OUT_WHEN_BYTES];

		log_time(answer->pruned.at, OUT_SECOND, when);
		out_printf(
		    &cli->out, " Entries 1-%lld were pruned by the owner on %s (entry %lld).",
		    (long long)answer->pruned.entries, when, (long long)answer->pruned.entry);
	}
	out_printf(&cli->out, "\n");
	out_wrap(&cli->out, mark, 0);
}

/* "entries 4097-8192, after 2026-11-20 09:02:11 and before 10:14:40: the file is missing (NAME)" */
static void log_print_problem(struct out *out, const struct msg_log_problem *problem)
{
	char after[OUT_WHEN_BYTES], before[OUT_WHEN_BYTES];

	log_time(problem->after, OUT_SECOND, after);
	log_time(problem->before, OUT_SECOND, before);
	if (!problem->from)
		out_printf(out, "  no entry");
	else if (problem->from == problem->to)
		out_printf(out, "  entry %lld", (long long)problem->from);
	else
		out_printf(out, "  entries %lld-%lld", (long long)problem->from,
			   (long long)problem->to);
	if (problem->from && after[0])
		out_printf(out, ", after %s", after);
	if (problem->from && before[0])
		out_printf(out, "%s before %s", after[0] ? " and" : ",", before);
	out_printf(out, ": ");
	out_text(out, key_row_text(problem->what));
	out_printf(out, " (");
	out_text(out, problem->file ? problem->file : "in the vault");
	out_printf(out, ")\n");
}

static bool log_print(struct cli *cli, json_t *entries, json_t *ok, struct error *err)
{
	bool verify = option_flag(&cli->options, "verify");
	bool lines = option_flag(&cli->options, "json-lines");
	bool only_verdict = verify && !option_text(&cli->options, "last") &&
			    !option_text(&cli->options, "since");
	struct msg_log_answer answer = {.count = 0};
	json_t *object = NULL;
	size_t count;

	if (!fields_read_answer(&msg_log_answer, ok, &answer, err))
		return false;
	count = answer.problems_count;
	if (cli->json && !lines) {
		object = json_object();
		if (!json_put(object, "entries", json_incref(entries), err)) {
			json_decref(object);
			return false;
		}
		if (json_object_update(object, ok) == 0)
			out_json(&cli->out, object);
		json_decref(object);
	}
	/* A broken log is an answer on stdout, and a failure for stderr and the exit status. */
	if (count > 0) {
		if (!cli->json) {
			out_printf(&cli->out, "The log is broken:\n");
			for (size_t i = 0; i < count; i++)
				log_print_problem(&cli->out, &answer.problems[i]);
		}
		error_set(err, ERROR_TAMPERED, "the log was changed from outside in %zu place%s",
			  count, count == 1 ? "" : "s");
		return error_hint(err, "credvault verify");
	}
	if (cli->json || lines)
		return true;
	if (!only_verdict && !log_print_entries(cli, entries, err))
		return false;
	if (verify)
		log_print_verdict(cli, &answer);
	return true;
}

/* Removes what is old enough; the agent asks for the owner's proof. */
static bool log_prune(struct cli *cli, struct error *err)
{
	static const char *const others[] = {"last",	   "since",  "profile", "follow",
					     "json-lines", "verify", NULL};
	char keep[TEXT_DURATION_BYTES], until[OUT_WHEN_BYTES];
	struct msg_prune said = {.parts = 0};
	json_t *ok = NULL;
	bool done;

	for (size_t i = 0; others[i]; i++) {
		if (option_times(&cli->options, others[i]) > 0)
			return error_set(err, ERROR_USAGE, "--prune and --%s exclude each other",
					 others[i]);
	}
	done = agent_call(cli, "prune", NULL, NULL, &ok, err) &&
	       fields_read_answer(&msg_prune, ok, &said, err);
	text_exact_duration(said.keep_s, keep);
	log_time(said.until, OUT_SECOND, until);
	if (done && cli->json)
		out_json(&cli->out, ok);
	else if (done && said.parts == 0)
		say_note(cli, "No whole part of the log is older than %s. Nothing was removed.",
			 keep);
	else if (done)
		out_printf(&cli->out,
			   "Removed entries %lld-%lld, the newest of %s: %lld part%s, %lld KiB.\n",
			   (long long)said.from, (long long)said.to, until, (long long)said.parts,
			   said.parts == 1 ? "" : "s", (long long)(said.bytes + 1023) / 1024);
	json_decref(ok);
	return done;
}

static bool run(struct cli *cli, struct error *err)
{
	const struct sigaction end = {.sa_handler = log_end_following};
	const struct options *o = &cli->options;
	bool follows = option_flag(o, "follow"), lines = option_flag(o, "json-lines");
	struct msg_log args;
	json_t *ok = NULL, *entries;
	struct agent_watch watch = {.row = log_stream, .ctx = cli};
	bool done;

	if (option_flag(o, "prune"))
		return log_prune(cli, err);
	if (follows && option_flag(o, "verify"))
		return error_set(err, ERROR_USAGE,
				 "-f goes on for ever: --verify has no end to wait for");
	if (cli->json && (follows || lines)) {
		error_set(err, ERROR_USAGE,
			  "--json is one object at the end: take --json-lines alone");
		return error_hint(err, "credvault log --json-lines");
	}
	if (!log_make_args(cli, &args, err))
		return false;
	if (follows) {
		(void)sigaction(SIGINT, &end, NULL);
		(void)sigaction(SIGTERM, &end, NULL);
		if (!lines)
			table_print_line(&layout, OUT_PLAIN, titles, &cli->out);
	}
	entries = json_array();
	if (!follows && !lines) {
		watch.row = agent_call_gather;
		watch.ctx = entries;
	}
	done = agent_call(cli, "log", MESSAGE(msg_log, &args), &watch, &ok, err);
	/* With --json a log that could not be verified has an answer where programs look for it. */
	if (!done && cli->json && err->code == ERROR_TAMPERED && option_flag(o, "verify"))
		out_printf(&cli->out,
			   "{\"entries\":[],\"count\":0,\"log_entries\":null,\"head\":null,"
			   "\"verified\":false,\"marked\":false,\"problems\":null}\n");
	done = done && log_print(cli, entries, ok, err);
	json_decref(entries);
	json_decref(ok);
	return done;
}

static const struct option own_options[] = {
    {.name = "last",
     .letter = 'n',
     .argument = "N",
     .help = "that many entries from the end (50; all with --since)"},
    {.name = "since", .argument = "T|DUR", .help = "not before a day or a time, or as long ago"},
    {.name = "profile", .argument = "PROFILE", .help = "of this profile alone"},
    {.name = "follow", .letter = 'f', .help = "wait for what comes, until Ctrl-C"},
    {.name = "json-lines", .help = "a JSON object a line, each as it is read"},
    {.name = "verify", .help = "check the whole chain; exit 6 when it is broken"},
    {.name = "prune", .help = "remove what is older than log-keep; asks for the passphrase"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"what happened last", "credvault log -n 20"},
    {"who was given credentials of prod today", "credvault log --since 24h --profile prod"},
    {"whether anything was cut out or changed", "credvault log --verify"},
    {"what is older than `config log-keep` is removed", "credvault log --prune"},
    {"for a collector", "credvault log -f --json-lines --since 1h"},
    {NULL, NULL},
};

const struct command command_log = {
    .name = "log",
    .summary = "show who was given what, when, and what was refused",
    .usage = "[-n N] [-f] [--since T|DUR] [--profile P] [--json-lines] [--verify]\n"
	     "--prune",
    .about =
	"Every emission stands here before the caller has the credentials. The entries are sealed\n"
	"and chained; what a program is called and who its parents are is what the kernel said\n"
	"of it at that moment, a hint and no proof. Nothing is ever removed by itself: a full\n"
	"log refuses credentials, and stops neither rotation nor lock.",
    .options = own_options,
    .examples = examples,
    .needs = NEEDS_VAULT | NEEDS_LATE_MEMORY,
    .run = run,
};
