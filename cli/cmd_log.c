/* SPDX-License-Identifier: MIT */
#include "cli/agent.h"
#include "cli/command.h"
#include "cli/key_row.h"
#include "cli/table.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/format/time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

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
	    json_put(*args, "verify", json_boolean(verify), err))
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

/* "credvault[48211] make bash": who asked, and the two that started it. */
static void describe_peer(const json_t *entry, char out[static WHAT_BYTES])
{
	const json_t *peer = json_object_get(entry, "peer");
	const char *parents = json_string_value(json_object_get(peer, "parents"));
	size_t len = 0;

	if (!json_is_object(peer)) {
		(void)snprintf(out, WHAT_BYTES, "-");
		return;
	}
	parents = parents ? parents : "";
	len = strcspn(parents, ",");
	if (parents[len])
		len += 1 + strcspn(parents + len + 1, ",");
	(void)snprintf(out, WHAT_BYTES, "%.100s[%lld] %.*s", key_row_text(peer, "exe"),
		       (long long)json_integer_value(json_object_get(peer, "pid")), (int)len,
		       parents);
	for (char *p = strchr(out, ','); p; p = strchr(p, ','))
		*p = ' ';
}

static bool print_entries(struct cli *cli, const json_t *entries, struct error *err)
{
	static const char *const titles[] = {"SEQ",  "TIME (local)", "OP", "PROFILE",
					     "WHAT", "FOR",	     NULL};
	struct table table;
	const json_t *entry;
	size_t i;
	bool ok = table_init(&table, titles, err);

	json_array_foreach(entries, i, entry)
	{
		char seq[KEY_ROW_BYTES], when[WHEN_BYTES], what[WHAT_BYTES], peer[WHAT_BYTES];
		const char *cells[] = {
		    seq,  when, key_row_text(entry, "op"), key_row_text(entry, "profile"),
		    what, peer};
		bool denied = strcmp(key_row_text(entry, "op"), "denied") == 0;

		(void)snprintf(seq, sizeof(seq), "%lld",
			       (long long)json_integer_value(json_object_get(entry, "seq")));
		local_time(entry, "time", true, when, sizeof(when));
		describe(entry, what);
		describe_peer(entry, peer);
		ok = ok && table_add(&table, denied ? OUT_YELLOW : OUT_PLAIN, cells, err);
	}
	if (ok && json_array_size(entries) == 0)
		out_note(cli, "The log has no such entry.");
	else if (ok)
		table_print(&table, &cli->out);
	table_clear(&table);
	return ok;
}

/* Sixteen digits in fours are enough to compare by eye. */
static void print_verdict(struct cli *cli, const json_t *ok)
{
	const char *head = json_string_value(json_object_get(ok, "head"));

	out_printf(&cli->out, "%lld entries, unbroken.",
		   (long long)json_integer_value(json_object_get(ok, "log_entries")));
	if (head && strlen(head) >= 16)
		out_printf(&cli->out, " Head %.4s %.4s %.4s %.4s (matches the vault).", head,
			   head + 4, head + 8, head + 12);
	out_printf(&cli->out, "\n");
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
	bool only_verdict = verify && !option_text(&cli->options, "last") &&
			    !option_text(&cli->options, "since");

	if (cli->json)
		return print_json(cli, entries, ok, err);
	if (!only_verdict && !print_entries(cli, entries, err))
		return false;
	if (verify)
		print_verdict(cli, ok);
	return true;
}

/* A broken chain is an answer too, and a program wants it where the others are. */
static void print_broken(struct cli *cli, const struct error *err)
{
	if (cli->json && err->code == ERROR_TAMPERED && option_flag(&cli->options, "verify"))
		out_printf(&cli->out,
			   "{\"entries\":[],\"count\":0,\"log_entries\":null,\"head\":null,"
			   "\"verified\":false}\n");
}

static bool run(struct cli *cli, struct error *err)
{
	json_t *args = NULL, *ok = NULL, *entries = json_array();
	struct agent_watch watch = {.row = gather, .ctx = entries};
	bool done = make_args(cli, &args, err) && agent_call(cli, "log", args, &watch, &ok, err) &&
		    print(cli, entries, ok, err);

	if (!done)
		print_broken(cli, err);
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
    {.name = "verify", .help = "check the whole chain; exit 6 when it is broken"},
    {.name = NULL},
};

static const struct example examples[] = {
    {"what happened last", "credvault log -n 20"},
    {"who was given credentials of prod today", "credvault log --since 24h --profile prod"},
    {"whether anything was cut out or changed", "credvault log --verify"},
    {"for a collector", "credvault log --since 1h --json | jq -c '.entries[]'"},
    {NULL, NULL},
};

const struct command command_log = {
    .name = "log",
    .summary = "who was given what, when, and what was refused",
    .usage = "[-n N] [--since T|DUR] [--profile P] [--verify]",
    .about =
	"Every emission stands here before the caller has the credentials. The entries are sealed\n"
	"and chained; what a program is called and who its parents are is what the kernel said\n"
	"of it at that moment, a hint and no proof.",
    .options = own_options,
    .examples = examples,
    .needs = NEEDS_VAULT | NEEDS_LATE_MEMORY,
    .run = run,
};
