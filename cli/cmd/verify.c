/* SPDX-License-Identifier: MIT */
#include "cli/vault/agent_call.h"
#include "cli/ui/context.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_vault.h"

#include <string.h>

static void verify_print_numbers(struct cli *cli, const struct msg_inspection *report)
{
	if (report->told)
		out_printf(&cli->out, "Generation %lld, %lld record%s, %lld log entr%s.\n",
			   (long long)report->generation, (long long)report->records,
			   report->records == 1 ? "" : "s", (long long)report->log_entries,
			   report->log_entries == 1 ? "y" : "ies");
}

/* For an older copy, or a vault without a mark on this machine: every seal holds. */
static void verify_print_refused(struct cli *cli, const struct msg_inspection *report,
				 const char *shown, const struct error *why)
{
	const char *line = why->detail;

	out_printf(&cli->out, "The vault is whole, and is refused all the same: %s\n  ", shown);
	out_text(&cli->out, why->message);
	out_printf(&cli->out, "\n");
	while (*line) {
		size_t len = strcspn(line, "\n");

		out_printf(&cli->out, "  ");
		out_bytes(&cli->out, line, len);
		out_printf(&cli->out, "\n");
		line += len + (line[len] == '\n');
	}
	verify_print_numbers(cli, report);
}

/* `refusal` is why a vault is refused in which nothing was changed; else NULL. */
static void verify_print(struct cli *cli, const struct msg_inspection *report,
			 const struct error *refusal)
{
	const char *const *problems = report->problems.at;
	size_t mark = out_mark(&cli->out);
	char shown[256];

	out_path(cli->vault, shown, sizeof(shown));
	if (report->ok) {
		out_printf(&cli->out, "Unchanged: header, manifest, every record, the log and the "
				      "file's structure.\n");
		verify_print_numbers(cli, report);
		out_wrap(&cli->out, mark, 0);
		return;
	}
	if (refusal) {
		verify_print_refused(cli, report, shown, refusal);
		return;
	}
	out_printf(&cli->out, "The vault was changed from outside: %s\n", shown);
	for (size_t i = 0; i < report->problems.count; i++) {
		out_printf(&cli->out, "  ");
		out_text(&cli->out, problems[i]);
		out_printf(&cli->out, "\n");
	}
	verify_print_numbers(cli, report);
	out_printf(&cli->out,
		   "Nothing that was changed is used. Keep a copy of the file as it is now:\n"
		   "  cp %s %s.changed\n",
		   shown, shown);
}

/*
 * The report on a vault that does not open: what the agent found (NULL: it could not look), and
 * *whole where every seal holds and the vault is refused all the same, as an older copy is.
 */
static bool verify_explain(const struct error *why, json_t *found, json_t **report, bool *whole,
			   struct error *err)
{
	json_t *problems = json_object_get(found, "problems");

	if (why->code != ERROR_TAMPERED && why->code != ERROR_UNSAFE_FILE)
		return false;
	if (!found) {
		*report = json_object();
		return json_put(*report, "ok", json_false(), err) &&
		       json_put(*report, "generation", json_null(), err) &&
		       json_put(*report, "records", json_null(), err) &&
		       json_put(*report, "log_entries", json_null(), err) &&
		       json_put(*report, "problems", json_pack("[s]", why->message), err);
	}
	*whole = json_array_size(problems) == 0;
	if (*whole) {
		(void)json_array_append_new(problems, json_string(why->message));
		(void)json_object_set_new(found, "ok", json_false());
	}
	*report = json_incref(found);
	return true;
}

static bool run(struct cli *cli, struct error *err)
{
	struct msg_inspection said = {.ok = false};
	json_t *report = NULL, *found = NULL;
	struct error why = ERROR_INIT;
	bool done, whole = false;

	cli->findings = &found;
	done = agent_call(cli, "verify", NULL, NULL, &report, err);
	cli->findings = NULL;
	if (!done) {
		why = *err;
		cli->status = error_status(why.code);
		done = verify_explain(&why, found, &report, &whole, err);
	}
	done = done && fields_read_answer(&msg_inspection, report, &said, err);
	if (done && why.code == ERROR_NONE && !said.ok)
		cli->status = error_status(ERROR_TAMPERED);
	if (done && cli->json)
		out_json(&cli->out, report);
	else if (done)
		verify_print(cli, &said, whole ? &why : NULL);
	fields_clear(&msg_inspection, &said);
	json_decref(report);
	json_decref(found);
	return done;
}

static const struct example examples[] = {
    {"whether anything was changed since credvault wrote it", "credvault verify"},
    {"what exactly, for a program", "credvault verify --json | jq -r '.problems[]'"},
    {"every night, from cron",
     "credvault verify --no-input --key-file /etc/key || mail -s x ops </dev/null"},
    {NULL, NULL},
};

const struct command command_verify = {
    .name = "verify",
    .summary = "read the whole vault again and say what was changed from outside",
    .usage = "",
    .about =
	"Checks the header, the manifest, the seal of every record, the log's chain, SQLite's own\n"
	"structure, and who can reach the files. It names every part that was changed, also of a\n"
	"vault that does not open any more; then it exits with 6.",
    .examples = examples,
    .needs = NEEDS_VAULT,
    .run = run,
};
