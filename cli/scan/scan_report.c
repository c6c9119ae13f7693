/* SPDX-License-Identifier: MIT */
#include "cli/scan/scan_report.h"

#include "cli/ui/table.h"
#include "vault/base/text.h"
#include "vault/format/json.h"

#include <stdio.h>
#include <string.h>

enum { WHERE_BYTES = TABLE_CELL_MAX, SHOWN = 384, KIB = 1024, MIB = 1024 * KIB, COMMIT_SHOWN = 10 };

const char *scan_report_kind(const struct scan_finding *finding)
{
	if (finding->kind == KEY_PATTERN_LONE_SECRET)
		return "secret without its id";
	if (finding->kind == KEY_PATTERN_LONE_ID)
		return "id alone";
	if (finding->other)
		return "token of one service, and secret";
	return finding->temporary ? "temporary key and secret" : "key and secret";
}

static void report_where(const struct scan_finding *finding, char out[static WHERE_BYTES])
{
	char shown[SHOWN];

	out_path(finding->path, shown, sizeof(shown));
	(void)snprintf(out, WHERE_BYTES, "%s:%lu", shown, finding->line);
	if (finding->commit[0])
		text_append(out, WHERE_BYTES, " (%.*s)", COMMIT_SHOWN, finding->commit);
}

static bool report_print_table(const struct scan *scan, struct error *err)
{
	static const char *const titles[] = {"WHERE", "KEY", "ACCOUNT", "WHAT", NULL};
	static const struct table_step steps[] = {{TABLE_FOLD, 3, 0}, {TABLE_WRAP, 0, 24},
						  {TABLE_DROP, 2, 0}, {TABLE_WRAP, 0, 12},
						  {TABLE_FOLD, 0, 0}, {TABLE_END, 0, 0}};
	static const struct table_layout layout = {titles, steps, NULL};
	struct table table;
	bool ok = table_init(&table, &layout, err);

	for (size_t i = 0; ok && i < scan->count; i++) {
		const struct scan_finding *finding = &scan->findings[i];
		char where[WHERE_BYTES];
		const char *cells[] = {where, key_row_text(finding->id),
				       key_row_text(finding->account), scan_report_kind(finding)};

		report_where(finding, where);
		ok = table_add(&table, finding->kind == KEY_PATTERN_LONE_ID ? OUT_PLAIN : OUT_RED,
			       cells, err);
	}
	if (ok && scan->count > 0) {
		table_print(&table, &scan->cli->out);
		out_printf(&scan->cli->out, "\n");
	}
	table_clear(&table);
	return ok;
}

/* "Not looked at: 3 binary files, 1 symbolic link." */
static void report_print_skipped(const struct scan *scan)
{
	static const char *const words[][2] = {
#define X(name_, json_, one_, many_) {one_, many_},
	    SCAN_SKIPS(X)
#undef X
	};
	struct out *out = &scan->cli->out;
	size_t mark = out_mark(out);
	bool any = false;

	for (size_t i = 0; i < SCAN_SKIP_COUNT; i++) {
		if (!scan->skipped[i])
			continue;
		out_printf(out, "%s %llu %s",
			   any ? "," : "Not looked at:", (unsigned long long)scan->skipped[i],
			   words[i][scan->skipped[i] != 1]);
		any = true;
	}
	if (any)
		out_printf(out, ".%s\n", scan->cli->verbose ? "" : " --verbose names them.");
	out_wrap(out, mark, 2);
}

static void report_print_sum(const struct scan *scan)
{
	struct out *out = &scan->cli->out;
	size_t mark = out_mark(out);

	if (scan->keys == 0)
		out_printf(out, "%sNo key in plaintext%s", out_colour(out, OUT_GREEN),
			   out_colour(out, OUT_PLAIN));
	else
		out_printf(out, "%s%zu key%s in plaintext%s", out_colour(out, OUT_RED), scan->keys,
			   scan->keys == 1 ? "" : "s", out_colour(out, OUT_PLAIN));
	out_printf(out, ": %llu file%s looked at, %llu %s%s.", (unsigned long long)scan->files,
		   scan->files == 1 ? "" : "s",
		   (unsigned long long)(scan->bytes < MIB ? scan->bytes + KIB - 1 : scan->bytes) /
		       (scan->bytes < MIB ? KIB : MIB),
		   scan->bytes < MIB ? "KiB" : "MiB",
		   scan->cut ? ", until the time was over (--limit)" : "");
	if (scan->allowed)
		out_printf(out, " %zu allowed by %s.", scan->allowed, SCAN_ALLOW_NAME);
	if (scan->ids && !scan->wants_ids)
		out_printf(out, " %zu id%s of keys without a secret: --ids lists them.", scan->ids,
			   scan->ids == 1 ? "" : "s");
	if (scan->count == SCAN_FINDINGS_MAX)
		out_printf(out, " Only the first %d are listed.", SCAN_FINDINGS_MAX);
	out_printf(out, "\n");
	out_wrap(out, mark, 2);
}

bool scan_report_print(const struct scan *scan, struct error *err)
{
	struct out *out = &scan->cli->out;
	bool history = false;
	size_t mark;

	if (!report_print_table(scan, err))
		return false;
	for (size_t i = 0; i < scan->count; i++)
		history = history || scan->findings[i].commit[0];
	report_print_sum(scan);
	report_print_skipped(scan);
	if (scan->keys == 0)
		return true;
	mark = out_mark(out);
	out_printf(out, "Whoever could read %s may have copied %s:\n",
		   scan->keys == 1 ? "it" : "them", scan->keys == 1 ? "it" : "them");
	out_wrap(out, mark, 0);
	out_printf(out, "  credvault import FILE\n"
			"  credvault rotate NAME\n");
	mark = out_mark(out);
	out_printf(out,
		   "Then take the lines out%s. A line that is no key's:  ID-OR-PATH  # why  "
		   "in %s\n",
		   history ? "; commits keep them, so that only the rotation helps there" : "",
		   SCAN_ALLOW_NAME);
	out_wrap(out, mark, 2);
	return true;
}

static bool report_add_finding(json_t *list, const struct scan_finding *finding, struct error *err)
{
	static const char *const kinds[] = {[KEY_PATTERN_KEY] = "key",
					    [KEY_PATTERN_LONE_ID] = "id",
					    [KEY_PATTERN_LONE_SECRET] = "secret"};
	char path[4 * PATH_MAX];
	json_t *row = json_object();
	bool ok;

	text_escape_into(finding->path, path, sizeof(path));
	ok = json_put_text(row, "path", path, err) &&
	     json_put(row, "line", json_integer((json_int_t)finding->line), err) &&
	     json_put_text(row, "commit", finding->commit[0] ? finding->commit : NULL, err) &&
	     json_put_text(row, "kind", kinds[finding->kind], err) &&
	     json_put_text(row, "access_key_id", finding->id[0] ? finding->id : NULL, err) &&
	     json_put_text(row, "account_id", finding->account[0] ? finding->account : NULL, err) &&
	     json_put(row, "temporary", json_boolean(finding->temporary), err);
	if (!ok) {
		json_decref(row);
		return false;
	}
	return json_array_append_new(list, row) == 0 ||
	       error_set(err, ERROR_MEMORY, "out of memory");
}

bool scan_report_json(const struct scan *scan, json_t **out, struct error *err)
{
	static const char *const names[] = {
#define X(name_, json_, one_, many_) json_,
	    SCAN_SKIPS(X)
#undef X
	};
	json_t *list = json_array(), *skipped = json_object();
	bool ok = true;

	*out = json_object();
	for (size_t i = 0; ok && i < scan->count; i++)
		ok = report_add_finding(list, &scan->findings[i], err);
	for (size_t i = 0; ok && i < SCAN_SKIP_COUNT; i++)
		ok = json_put(skipped, names[i], json_integer((json_int_t)scan->skipped[i]), err);
	ok = ok && json_put(*out, "findings", json_incref(list), err) &&
	     json_put(*out, "keys", json_integer((json_int_t)scan->keys), err) &&
	     json_put(*out, "ids", json_integer((json_int_t)scan->ids), err) &&
	     json_put(*out, "allowed", json_integer((json_int_t)scan->allowed), err) &&
	     json_put(*out, "files", json_integer((json_int_t)scan->files), err) &&
	     json_put(*out, "bytes", json_integer((json_int_t)scan->bytes), err) &&
	     json_put(*out, "complete", json_boolean(!scan->cut), err) &&
	     json_put(*out, "skipped", json_incref(skipped), err);
	json_decref(list);
	json_decref(skipped);
	if (!ok) {
		json_decref(*out);
		*out = NULL;
	}
	return ok;
}
