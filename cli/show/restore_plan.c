/* SPDX-License-Identifier: MIT */
#include "cli/show/restore_plan.h"

#include "cli/show/key_row.h"
#include "cli/ui/table.h"
#include "vault/base/text.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN = 256, SLOTS_TEXT = 512, DATE = 10, CELL = 64, WHAT = 160, INDENT = 8 };

/* --- counting --------------------------------------------------------------------------------- */

size_t restore_plan_count(const struct restore_plan *plan, enum msg_restore_fate fate)
{
	size_t count = 0, i;
	const json_t *row;

	json_array_foreach(plan->rows, i, row)
	{
		const char *word = json_string_value(json_object_get(row, "fate"));

		count += word && strcmp(word, msg_restore_fates[fate]) == 0;
	}
	return count;
}

size_t restore_plan_taken(const struct restore_plan *plan)
{
	return restore_plan_count(plan, MSG_RESTORE_COMES) +
	       restore_plan_count(plan, MSG_RESTORE_TAKEN) +
	       restore_plan_count(plan, MSG_RESTORE_DROPPED);
}

/* --- the two sides ---------------------------------------------------------------------------- */

static void restore_plan_side(struct cli *cli, const char *label, const char *path,
			      const struct msg_restore_side *side, const struct header *header)
{
	char shown[SHOWN], at[TEXT_TIME_BYTES], slots[SLOTS_TEXT];
	size_t mark = out_mark(&cli->out);

	out_path(path, shown, sizeof(shown));
	text_format_time(side->updated_at, at);
	header_describe_slots(header, slots, sizeof(slots));
	out_printf(&cli->out, "%-8s%s\n", label, shown);
	out_wrap(&cli->out, mark, INDENT);
	mark = out_mark(&cli->out);
	out_printf(&cli->out, "%-8sgeneration %lld of %.10s %.5s UTC, epoch %lld, log %lld\n", "",
		   (long long)side->generation, at, side->updated_at ? at + DATE + 1 : "?",
		   (long long)side->epoch, (long long)side->log_entries);
	out_wrap(&cli->out, mark, INDENT);
	mark = out_mark(&cli->out);
	out_printf(&cli->out, "%-8sopened by %s\n", "", slots);
	out_wrap(&cli->out, mark, INDENT);
}

static void restore_plan_say(struct cli *cli, const char *text)
{
	size_t mark = out_mark(&cli->out);

	out_printf(&cli->out, "%s\n", text);
	out_wrap(&cli->out, mark, 0);
}

static const char *restore_plan_verdict(const char *verdict)
{
	static const struct {
		const char *verdict, *sentence;
	} known[] = {
	    {"older", "The vault that lies there is older than the one this machine used last."},
	    {"diverged", "The vault that lies there is not the one this machine used last."},
	    {"absent", "This machine has no mark of the vault that lies there."},
	    {"unverifiable",
	     "This machine's mark of the vault that lies there cannot be verified."},
	    {"substituted", "Another vault, or one from before a passwd, lies there now."},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].verdict, verdict) == 0)
			return known[i].sentence;
	}
	return NULL;
}

static void restore_plan_say_vault(struct cli *cli, const struct restore_plan *plan)
{
	const struct msg_restore_plan *said = plan->said;
	const char *verdict = said->trusted ? NULL : restore_plan_verdict(said->verdict);

	if (verdict)
		restore_plan_say(cli, verdict);
	restore_plan_say(cli, "The vault stays what it is, with its own slots: what opened only "
			      "the backup opens nothing. Keys come into it from the backup.");
	if (said->settings_differ)
		restore_plan_say(cli, "The settings differ; the vault's stay.");
}

static void restore_plan_say_alone(struct cli *cli, const struct restore_plan *plan)
{
	const struct msg_restore_plan *said = plan->said;

	if (said->was_used && said->last_generation > said->backup.generation) {
		size_t mark = out_mark(&cli->out);

		out_printf(&cli->out,
			   "This machine has used the vault up to generation %lld: what came after "
			   "the backup is not in it, rotated keys above all.\n",
			   (long long)said->last_generation);
		out_wrap(&cli->out, mark, 0);
	}
	if (said->new_key)
		restore_plan_say(cli, "What opens this backup was replaced since. It gets a new "
				      "passphrase and new keys at once; recovery codes and key "
				      "files are to be added again.");
}

static void restore_plan_say_log(struct cli *cli, const struct msg_restore_plan *said)
{
	size_t mark = out_mark(&cli->out);

	if (!said->lost_to)
		return;
	out_printf(&cli->out, "Entries %lld-%lld of the log are lost; the log says so.\n",
		   (long long)said->lost_from, (long long)said->lost_to);
	out_wrap(&cli->out, mark, 0);
}

/* --- the keys --------------------------------------------------------------------------------- */

/* "AKIA…9XK2 2026-11-30", "-" where that side has none. */
static void restore_plan_cell(const char *id, int64_t at, char out[static CELL])
{
	char shown[KEY_ROW_BYTES], when[TEXT_TIME_BYTES];

	if (!id || !id[0]) {
		(void)snprintf(out, CELL, "-");
		return;
	}
	key_row_id(id, shown);
	text_format_time(at, when);
	(void)snprintf(out, CELL, "%.40s %.*s", shown, at ? DATE : 0, when);
}

static enum out_colour restore_plan_words(const struct msg_restore_key *key, char out[static WHAT])
{
	bool rotated = key->vault_key_id && key->backup_key_id &&
		       strcmp(key->vault_key_id, key->backup_key_id) != 0;
	const char *since = rotated ? "rotated since" : "changed since";

	switch ((enum msg_restore_fate)key->fate) {
	case MSG_RESTORE_KEPT:
		(void)snprintf(out, WHAT, "%s: %s", since,
			       rotated ? "the newer secret would be LOST; stays"
				       : "the newer record stays");
		return OUT_YELLOW;
	case MSG_RESTORE_DROPPED:
		(void)snprintf(out, WHAT, "%s: the newer %s is LOST", since,
			       rotated ? "secret" : "record");
		return OUT_RED;
	case MSG_RESTORE_TAKEN:
		(void)snprintf(out, WHAT, "the backup's is newer: taken");
		return OUT_PLAIN;
	case MSG_RESTORE_COMES: (void)snprintf(out, WHAT, "comes back"); return OUT_PLAIN;
	case MSG_RESTORE_SPARE:
		(void)snprintf(out, WHAT, "the vault has this key already");
		return OUT_DIM;
	default: (void)snprintf(out, WHAT, "stays"); return OUT_DIM;
	}
}

static bool restore_plan_add(struct table *table, const json_t *row, struct error *err)
{
	char backup[CELL], vault[CELL], what[WHAT];
	struct msg_restore_key key = {.name = NULL};
	const char *cells[4] = {NULL, backup, vault, what};
	enum out_colour colour;
	bool ok = fields_read_answer(&msg_restore_key, row, &key, err);

	if (ok && key.fate != MSG_RESTORE_SAME) {
		cells[0] = key.name;
		restore_plan_cell(key.backup_key_id, key.backup_at, backup);
		restore_plan_cell(key.vault_key_id, key.vault_at, vault);
		colour = restore_plan_words(&key, what);
		ok = table_add(table, colour, cells, err);
	}
	fields_clear(&msg_restore_key, &key);
	return ok;
}

static bool restore_plan_keys(struct cli *cli, const struct restore_plan *plan, struct error *err)
{
	static const char *const titles[] = {"KEY", "IN THE BACKUP", "IN THE VAULT", "WHAT", NULL};
	static const struct table_step steps[] = {
	    {TABLE_WRAP, 3, 24}, {TABLE_FOLD, 3, 0}, {TABLE_FOLD, 2, 0}, {TABLE_END, 0, 0}};
	static const struct table_layout layout = {titles, steps, NULL};
	size_t same = restore_plan_count(plan, MSG_RESTORE_SAME), i;
	struct table table = TABLE_EMPTY;
	const json_t *row;
	bool ok = table_init(&table, &layout, err);

	json_array_foreach(plan->rows, i, row) ok = ok && restore_plan_add(&table, row, err);
	if (ok && table.count > 1) {
		out_printf(&cli->out, "\n");
		table_print(&table, &cli->out);
	}
	if (ok && same)
		out_printf(&cli->out, "\n%zu key%s the same on both sides.\n", same,
			   same == 1 ? " is" : "s are");
	table_clear(&table);
	return ok;
}

bool restore_plan_print(struct cli *cli, const struct restore_plan *plan, struct error *err)
{
	const struct msg_restore_plan *said = plan->said;
	bool ok;

	restore_plan_side(cli, "Backup", plan->file, &said->backup, plan->backup);
	if (said->has_vault) {
		restore_plan_side(cli, "Vault", cli->vault, &said->vault, plan->vault);
		restore_plan_say_vault(cli, plan);
	} else {
		char shown[SHOWN];

		out_path(cli->vault, shown, sizeof(shown));
		out_printf(&cli->out, "%-8s%s, where none is now\n", "Vault", shown);
		restore_plan_say_alone(cli, plan);
	}
	restore_plan_say_log(cli, said);
	ok = restore_plan_keys(cli, plan, err);
	out_flush(&cli->out);
	return ok;
}
