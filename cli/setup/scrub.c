/* SPDX-License-Identifier: MIT */
#include "cli/setup/scrub.h"

#include "cli/setup/process_line.h"
#include "cli/setup/setup_apply.h"
#include "cli/setup/setup_file.h"
#include "cli/setup/setup_plan.h"
#include "cli/ui/progress.h"
#include "cli/vault/attest.h"
#include "cli/vault/reopen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = PROCESS_LINE_BYTES + 32 };

/* A file that cannot be replaced whole is told before AWS is asked about anything. */
static bool scrub_check(struct cli *cli, const char *path, struct error *err)
{
	char program[PROCESS_LINE_PROGRAM_BYTES];
	struct setup_file file;
	bool ok = process_line_program(cli, program, err) &&
		  setup_file_open(&file, path, INI_CREDENTIALS, true, err);

	setup_file_close(&file);
	return ok;
}

/* Marks the keys that the vault's file holds, as a fresh agent shows. */
static bool scrub_attest(struct cli *cli, struct found_keys *keys, struct error *err)
{
	struct attest_key *asked = calloc(keys->count ? keys->count : 1, sizeof(*asked));
	size_t count = 0, at = 0;
	bool ok;

	if (!asked)
		return error_set(err, ERROR_MEMORY, "out of memory");
	for (size_t i = 0; i < keys->count; i++) {
		const struct found_key *key = &keys->items[i];

		if (key->candidate)
			asked[count++] = (struct attest_key){
			    .name = key->attributes.name,
			    .access_key_id = key->attributes.access_key_id,
			    .secret = buf_text(&key->secret),
			    .secret_len = key->secret.len};
	}
	progress_show(cli, "Opening the vault again …");
	ok = reopen_vault(cli, err) && attest_keys(cli, asked, count, err);
	progress_hide(cli);
	for (size_t i = 0; ok && i < keys->count; i++) {
		struct found_key *key = &keys->items[i];

		if (key->candidate)
			key->kept = asked[at++].held;
	}
	free(asked);
	return ok;
}

/* --- the file --------------------------------------------------------------------------------- */

static bool is_its(const struct ini_section *section, const struct found_key *key)
{
	return !section->unread && strcmp(section->name, key->profile) == 0 &&
	       (section->kind == INI_PROFILE || section->kind == INI_DEFAULT ||
		section->kind == INI_SPACED);
}

/* Whether the file still has this key in the profile, and nothing that would take its place. */
static bool file_has(const struct setup_file *file, const struct found_key *key)
{
	bool id_there = false, secret_there = false, same = true, id;

	for (size_t i = 0; i < file->ini.count; i++) {
		const struct ini_section *section = &file->ini.sections[i];

		for (size_t k = 0; is_its(section, key) && k < section->count; k++) {
			const struct ini_entry *entry = &section->entries[k];

			if (!setup_plan_is_key(entry->key, &id)) {
				same = same && strcmp(entry->key, "role_arn") != 0 &&
				       (strcmp(entry->key, "credential_process") != 0 ||
					process_line_is_ours(entry->value)) &&
				       !(setup_plan_is_token(entry->key) && entry->value[0]);
			} else if (id) {
				id_there = true;
				same = same &&
				       strcmp(entry->value, key->attributes.access_key_id) == 0;
			} else {
				secret_there = true;
				same = same && strcmp(entry->value, buf_text(&key->secret)) == 0;
			}
		}
	}
	return same && id_there && secret_there;
}

/* Takes the key lines of a section out; *first is the line where the first of them was. */
static bool section_drop(struct setup_file *file, const struct ini_section *section,
			 const char *name, unsigned int *first, struct error *err)
{
	bool id;

	*first = 0;
	for (size_t k = 0; k < section->count; k++) {
		const struct ini_entry *entry = &section->entries[k];

		if (setup_plan_is_key(entry->key, &id)) {
			if (!setup_file_drop_secret(file, entry->line, name, id, err))
				return false;
			*first = *first ? *first : entry->line;
		} else if (setup_plan_is_token(entry->key) ||
			   strcmp(entry->key, "credential_process") == 0) {
			ini_edit_drop(&file->edit, entry->line);
		}
	}
	return true;
}

static bool file_scrub_key(struct setup_file *file, const struct found_key *key,
			   const char *program, struct error *err)
{
	char value[PROCESS_LINE_BYTES], line[LINE_BYTES];
	unsigned int first;
	bool put = false;

	process_line_make(program, key->attributes.name, value);
	(void)snprintf(line, sizeof(line), "credential_process = %s\n", value);
	for (size_t i = 0; i < file->ini.count; i++) {
		const struct ini_section *section = &file->ini.sections[i];

		if (!is_its(section, key))
			continue;
		if (!section_drop(file, section, key->attributes.name, &first, err))
			return false;
		if (first && !put &&
		    !ini_edit_put(&file->edit, first, first, line, strlen(line), err))
			return false;
		put = put || first;
	}
	return true;
}

/* Scrubs what is both in the vault and still in the file; the rest loses its mark. */
static bool scrub_write(struct cli *cli, const char *path, struct found_keys *keys,
			struct import_sum *sum, struct error *err)
{
	char program[PROCESS_LINE_PROGRAM_BYTES];
	struct setup_file file;
	struct setup_file *const files[] = {&file};
	bool ok = process_line_program(cli, program, err) &&
		  setup_file_open(&file, path, INI_CREDENTIALS, true, err);

	sum->scrubbed = 0;
	for (size_t i = 0; ok && i < keys->count; i++) {
		struct found_key *key = &keys->items[i];

		key->kept = key->kept && file_has(&file, key);
		if (key->kept)
			ok = file_scrub_key(&file, key, program, err);
		sum->scrubbed += ok && key->kept;
	}
	ok = ok && setup_file_finish(&file, err) &&
	     (!setup_file_changes(&file) || setup_apply_write(cli, files, 1, err));
	setup_file_close(&file);
	return ok;
}

static bool scrub_run(struct cli *cli, const char *path, struct found_keys *keys,
		      struct import_sum *sum, struct error *err)
{
	if (scrub_attest(cli, keys, err) && scrub_write(cli, path, keys, sum, err))
		return true;
	if (json_array_size(sum->imported))
		error_detail(err,
			     "The keys are in the vault. Their lines stay in the file as well.");
	return false;
}

const struct key_import_scrub scrub_of_import = {.check = scrub_check, .run = scrub_run};
