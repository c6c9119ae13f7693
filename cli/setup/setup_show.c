/* SPDX-License-Identifier: MIT */
#include "cli/setup/setup_show.h"

#include "cli/show/key_row.h"
#include "cli/ui/table.h"
#include "vault/format/json.h"

#include <stdio.h>
#include <string.h>

enum { DIFF_MAX = 8 * INI_FILE_MAX, SHOWN = 256 };
enum { PROFILE, KEY, WILL, WHY };

bool setup_show_table(struct cli *cli, const struct setup_plan *plan, struct error *err)
{
	static const char *const titles[] = {"PROFILE", "KEY", "WILL", "WHY", NULL};
	static const struct table_step steps[] = {
	    {TABLE_WRAP, WHY, 30}, {TABLE_WRAP, PROFILE, 12}, {TABLE_FOLD, WHY, 0},
	    {TABLE_DROP, KEY, 0},  {TABLE_WRAP, PROFILE, 8},  {TABLE_END, 0, 0},
	};
	static const struct table_layout layout = {titles, steps, NULL};
	struct table table;
	bool ok = table_init(&table, &layout, err);

	for (size_t i = 0; ok && i < plan->count; i++) {
		const struct setup_profile *profile = &plan->profiles[i];
		char id[KEY_ROW_BYTES];
		const char *cells[] = {[PROFILE] = profile->name,
				       [KEY] = id,
				       [WILL] = setup_plan_word(profile->will),
				       [WHY] = profile->why};

		key_row_id(key_row_text(profile->id), id);
		ok = table_add(&table, profile->will == SETUP_KEEP ? OUT_DIM : OUT_PLAIN, cells,
			       err);
	}
	if (ok)
		table_print(&table, &cli->out);
	table_clear(&table);
	return ok;
}

static bool show_diffs(const struct setup_plan *plan, struct buf *out, struct error *err)
{
	return setup_file_diff(&plan->config, out, err) &&
	       setup_file_diff(&plan->credentials, out, err);
}

void setup_show_text(struct cli *cli, const char *line)
{
	while (*line) {
		const char *end = strchr(line, '\n');
		size_t len = end ? (size_t)(end - line) + 1 : strlen(line);
		bool head = strncmp(line, "--- ", 4) == 0 || strncmp(line, "+++ ", 4) == 0;
		const char *colour = out_colour(&cli->out, head		    ? OUT_BOLD
							   : line[0] == '-' ? OUT_RED
							   : line[0] == '+' ? OUT_GREEN
							   : line[0] == '@' ? OUT_DIM
									    : OUT_PLAIN);

		out_printf(&cli->out, "%s", colour);
		out_bytes(&cli->out, line, len - (end != NULL));
		out_printf(&cli->out, "%s\n", *colour ? out_colour(&cli->out, OUT_PLAIN) : "");
		line += len;
	}
}

bool setup_show_diff(struct cli *cli, const struct setup_plan *plan, struct error *err)
{
	struct buf text = BUF_INIT(DIFF_MAX);
	bool ok = show_diffs(plan, &text, err);

	if (ok)
		setup_show_text(cli, buf_text(&text));
	buf_clear(&text);
	return ok;
}

/* How many lines of the file go or come. */
static size_t file_lines(const struct setup_file *file)
{
	size_t lines = 0;

	for (size_t i = 0; i < file->changes_count; i++) {
		const struct ini_change *change = &file->changes[i];
		size_t went = 0, came = 0;

		for (size_t j = 0; j < change->len; j++)
			went += buf_text(&file->swap.text)[change->at + j] == '\n';
		for (size_t j = 0; j < change->put; j++)
			came += buf_text(&file->after)[change->now + j] == '\n';
		lines += went > came ? went : came;
	}
	return lines ? lines : 1;
}

void setup_show_files(const struct setup_plan *plan, char *out, size_t size)
{
	const struct setup_file *const files[] = {&plan->credentials, &plan->config};
	char shown[SHOWN];

	out[0] = '\0';
	for (size_t i = 0; i < 2; i++) {
		size_t lines = file_lines(files[i]);

		if (!setup_file_changes(files[i]))
			continue;
		out_path(files[i]->given, shown, sizeof(shown));
		text_append(out, size, "%s%s (%zu line%s)", out[0] ? " and " : "", shown, lines,
			    lines == 1 ? "" : "s");
	}
}

static bool put_file(json_t *list, const struct setup_file *file, struct error *err)
{
	json_t *entry = json_object();
	bool ok = json_put_text(entry, "path", file->given, err) &&
		  json_put(entry, "changed", json_boolean(setup_file_changes(file)), err) &&
		  (json_array_append(list, entry) == 0 ||
		   error_set(err, ERROR_MEMORY, "out of memory"));

	json_decref(entry);
	return ok;
}

static bool put_profile(json_t *list, const struct setup_profile *profile, struct error *err)
{
	json_t *entry = json_object();
	bool ok = json_put_text(entry, "name", profile->name, err) &&
		  json_put_text(entry, "will", setup_plan_word(profile->will), err) &&
		  json_put_text(entry, "why", profile->why, err) &&
		  (json_array_append(list, entry) == 0 ||
		   error_set(err, ERROR_MEMORY, "out of memory"));

	json_decref(entry);
	return ok;
}

bool setup_show_json(const struct setup_plan *plan, bool applied, bool with_diff, json_t **object,
		     struct error *err)
{
	json_t *files = json_array(), *profiles = json_array();
	struct buf diff = BUF_INIT(DIFF_MAX);
	bool ok = put_file(files, &plan->config, err) && put_file(files, &plan->credentials, err);

	*object = json_object();
	for (size_t i = 0; ok && i < plan->count; i++)
		ok = put_profile(profiles, &plan->profiles[i], err);
	ok = ok && (!with_diff || show_diffs(plan, &diff, err)) &&
	     json_put(*object, "files", json_incref(files), err) &&
	     json_put(*object, "profiles", json_incref(profiles), err) &&
	     json_put(*object, "applied", json_boolean(applied), err) &&
	     json_put_text(*object, "diff", with_diff ? buf_text(&diff) : NULL, err);
	buf_clear(&diff);
	json_decref(files);
	json_decref(profiles);
	return ok;
}
