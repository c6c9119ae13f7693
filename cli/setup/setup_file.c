/* SPDX-License-Identifier: MIT */
#include "cli/setup/setup_file.h"

#include "cli/files/text_diff.h"
#include "cli/ui/out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct span text_of(const struct buf *text)
{
	return (struct span){buf_text(text), text->len};
}

bool setup_file_open(struct setup_file *file, const char *path, enum ini_flavour flavour,
		     bool to_write, struct error *err)
{
	*file = (struct setup_file){.flavour = flavour,
				    .swap = FILE_SWAP_EMPTY,
				    .ini = INI_EMPTY,
				    .edit = INI_EDIT_EMPTY,
				    .after = BUF_INIT(SETUP_FILE_MAX)};
	(void)snprintf(file->given, sizeof(file->given), "%s", path);
	/* /dev/null tells AWS tools to read no file. */
	if (strcmp(path, "/dev/null") == 0) {
		error_set(err, ERROR_USAGE, "/dev/null stands for no file: nothing to set up");
		return error_detail(err,
				    "AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name them.");
	}
	if (!file_swap_open(&file->swap, path, INI_FILE_MAX, to_write, err))
		return false;
	return ini_parse(path, flavour, buf_text(&file->swap.text), file->swap.text.len, &file->ini,
			 err) &&
	       ini_edit_init(&file->edit, buf_text(&file->swap.text), file->swap.text.len, err);
}

bool setup_file_drop_secret(struct setup_file *file, unsigned int line, const char *key, bool id,
			    struct error *err)
{
	struct span setting = ini_edit_setting(&file->edit, line), name, value;
	struct edit_secret *grown = realloc(file->secrets,
					    (file->secrets_count + 1) * sizeof(*grown));
	const char *end = memchr(setting.at, '\n', setting.len);

	if (!grown)
		return error_set(err, ERROR_MEMORY, "out of memory");
	file->secrets = grown;
	if (end)
		setting.len = (size_t)(end - setting.at);
	if (!span_split(span_uncomment(setting, true), &name, &value))
		return error_set(err, ERROR_FAILED, "line %u is no setting", line);
	grown[file->secrets_count++] = (struct edit_secret){
	    .at = (size_t)(value.at - file->edit.text.at), .len = value.len, .key = key, .id = id};
	ini_edit_drop(&file->edit, line);
	return true;
}

bool setup_file_reset(struct setup_file *file, struct error *err)
{
	ini_edit_clear(&file->edit);
	buf_clear(&file->after);
	free(file->secrets);
	free(file->changes);
	file->secrets = NULL;
	file->changes = NULL;
	file->secrets_count = file->changes_count = 0;
	return ini_edit_init(&file->edit, buf_text(&file->swap.text), file->swap.text.len, err);
}

static int compare_secrets(const void *a, const void *b)
{
	const struct edit_secret *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

bool setup_file_finish(struct setup_file *file, struct error *err)
{
	char shown[PATH_MAX];

	if (file->secrets_count)
		qsort(file->secrets, file->secrets_count, sizeof(*file->secrets), compare_secrets);
	if (!ini_edit_finish(&file->edit, &file->after, &file->changes, &file->changes_count, err))
		return false;
	if (file->after.len <= INI_FILE_MAX)
		return true;
	out_path(file->given, shown, sizeof(shown));
	error_set(err, ERROR_FAILED, "%s would become larger than 1 MiB, which is not read", shown);
	return error_detail(err,
			    "Nothing was changed. Fewer profiles at a time do not help: it is\n"
			    "a file that wants cutting down first.");
}

bool setup_file_changes(const struct setup_file *file)
{
	return file->changes_count > 0;
}

bool setup_file_diff(const struct setup_file *file, struct buf *out, struct error *err)
{
	char shown[PATH_MAX];
	const struct text_diff diff = {.path = shown,
				       .before = text_of(&file->swap.text),
				       .after = text_of(&file->after),
				       .created = !file->swap.there,
				       .changes = file->changes,
				       .count = file->changes_count};

	out_path(file->given, shown, sizeof(shown));
	return text_diff_append(&diff, out, err);
}

void setup_file_close(struct setup_file *file)
{
	ini_edit_clear(&file->edit);
	ini_clear(&file->ini);
	file_swap_close(&file->swap);
	buf_clear(&file->after);
	free(file->secrets);
	free(file->changes);
	file->secrets = NULL;
	file->changes = NULL;
}
