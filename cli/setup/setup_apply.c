/* SPDX-License-Identifier: MIT */
#include "cli/setup/setup_apply.h"

#include "cli/files/edit_journal.h"

#include <stdio.h>
#include <string.h>

bool setup_apply_journal(const struct cli *cli, char out[static PATH_MAX], struct error *err)
{
	return snprintf(out, PATH_MAX, "%s.setup", cli->vault) < PATH_MAX ||
	       error_set(err, ERROR_USAGE, "the vault's path is too long");
}

/* Adds the file's edit to the journal, unless nothing of it changes. */
static bool apply_record(const struct cli *cli, const struct setup_file *file, json_t *journal,
			 struct error *err)
{
	const struct span before = {buf_text(&file->swap.text), file->swap.text.len};
	const struct edit_record record = {.path = file->swap.path,
					   .created = !file->swap.there,
					   .at = clock_real_s(cli->clock),
					   .before = before,
					   .after = {buf_text(&file->after), file->after.len},
					   .changes = file->changes,
					   .count = file->changes_count,
					   .secrets = file->secrets,
					   .secrets_count = file->secrets_count};

	edit_journal_settle(journal, file->swap.path, before, file->swap.there);
	return !setup_file_changes(file) || edit_journal_add(journal, &record, err);
}

/* A file's state before we wrote it. */
struct apply_old {
	struct buf text;
	bool there;
};

/* Puts the old bytes back, where ours are there. */
static bool apply_take_back(struct setup_file *file, const struct apply_old *old)
{
	struct error why;

	if (file->swap.there == old->there && file->swap.text.len == old->text.len &&
	    memcmp(buf_text(&file->swap.text), buf_text(&old->text), old->text.len) == 0)
		return true;
	return old->there ? file_swap_write(&file->swap, buf_text(&old->text), old->text.len, &why)
			  : file_swap_remove(&file->swap, &why);
}

static bool apply_files(struct setup_file *const files[], size_t count, struct error *err)
{
	struct apply_old old[SETUP_APPLY_FILES_MAX];
	bool ok = true, back = true;

	for (size_t i = 0; i < count; i++)
		old[i] = (struct apply_old){BUF_INIT(INI_FILE_MAX), files[i]->swap.there};
	for (size_t i = 0; ok && i < count; i++)
		ok = buf_append(&old[i].text, buf_text(&files[i]->swap.text),
				files[i]->swap.text.len, err) &&
		     (!setup_file_changes(files[i]) || file_swap_check(&files[i]->swap, err));
	for (size_t i = 0; ok && i < count; i++) {
		if (!setup_file_changes(files[i]) ||
		    file_swap_write(&files[i]->swap, buf_text(&files[i]->after),
				    files[i]->after.len, err))
			continue;
		ok = false;
		for (size_t j = i + 1; j-- > 0;)
			back = apply_take_back(files[j], &old[j]) && back;
		error_detail(err, back ? "No file was changed."
				       : "Not all files have their old text again:\n"
					 "credvault setup --undo");
	}
	for (size_t i = 0; i < count; i++)
		buf_clear(&old[i].text);
	return ok;
}

bool setup_apply_write(struct cli *cli, struct setup_file *const files[], size_t count,
		       struct error *err)
{
	char path[PATH_MAX];
	json_t *journal = NULL;
	bool ok = setup_apply_journal(cli, path, err) && edit_journal_read(path, &journal, err);

	for (size_t i = 0; ok && i < count; i++)
		ok = apply_record(cli, files[i], journal, err);
	ok = ok && edit_journal_write(path, journal, err) && apply_files(files, count, err);
	json_decref(journal);
	return ok;
}
