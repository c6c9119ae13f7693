/* SPDX-License-Identifier: MIT */
#include "cli/setup/setup_undo.h"

#include "cli/files/edit_journal.h"
#include "cli/files/file_swap.h"
#include "cli/files/text_diff.h"
#include "cli/setup/setup_apply.h"
#include "cli/setup/setup_show.h"
#include "cli/ui/ask.h"
#include "cli/ui/say.h"
#include "cli/vault/agent_call.h"
#include "vault/format/arn.h"
#include "vault/format/json.h"
#include "vault/wire/tables/msg_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 256, DIFF_MAX = 8 * INI_FILE_MAX, QUESTION_BYTES = 128, KEYS_SHOWN = 512 };

/* One file that goes back. */
struct undo_file {
	char path[PATH_MAX];
	struct file_swap swap;
	bool created;	   /* it was not there before: it goes */
	struct buf before; /* its text as it was, with the keys as they are now */
	struct ini_change *changes;
	size_t count;
	size_t depth; /* how many edits are taken back */
};

struct undo {
	struct cli *cli;
	json_t *journal;
	char journal_path[PATH_MAX];
	json_t
	    *keys; /* name -> {"access_key_id","secret_access_key"} as `reveal` answers; or NULL */
	char names[KEYS_SHOWN]; /* of the keys that come back in clear */
	size_t names_count;
	struct undo_file *files;
	size_t count;
};

static struct span text_of(const struct buf *text)
{
	return (struct span){buf_text(text), text->len};
}

/* For a look ahead: which keys come back; their values are masked in every diff. */
static bool undo_note_key(void *ctx, const char *key, bool id, struct buf *out, struct error *err)
{
	struct undo *undo = ctx;

	if (!id && !json_object_get(undo->keys, key)) {
		text_append(undo->names, sizeof(undo->names), "%s%s", undo->names[0] ? ", " : "",
			    key);
		undo->names_count++;
		if (json_object_set_new(undo->keys, key, json_null()) != 0)
			return error_set(err, ERROR_MEMORY, "out of memory");
	}
	/* As long as the key's own text: an older edit counts the bytes ahead of its place. */
	return buf_text_append(
	    out, id ? "AKIA****************" : "****************************************", err);
}

/* Appends a part of a key that was revealed for this. */
static bool undo_bring_key(void *ctx, const char *key, bool id, struct buf *out, struct error *err)
{
	struct undo *undo = ctx;
	const char *value;
	json_t *answer = json_object_get(undo->keys, key);

	return json_need_text(answer, id ? "access_key_id" : "secret_access_key", ARN_SECRET_MAX,
			      &value, err) &&
	       buf_text_append(out, value, err);
}

/* Replaces the names of undo_note_key() by the keys themselves. */
static bool undo_reveal(struct undo *undo, struct error *err)
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe(undo->keys, next, name, value)
	{
		json_t *key = NULL;

		if (!agent_call(undo->cli, "reveal", MESSAGE(msg_name, &(struct msg_name){name}),
				NULL, &key, err)) {
			if (err->code == ERROR_NOT_FOUND)
				error_detail(err,
					     "Its lines cannot come back. No file was changed.");
			return error_profile(err, name);
		}
		if (json_object_set_new(undo->keys, name, key) != 0)
			return error_set(err, ERROR_MEMORY, "out of memory");
	}
	return true;
}

/* Goes back over the edits of a file that stand upon one another, to the text before the oldest. */
static bool undo_revert(const struct undo *undo, struct undo_file *file,
			const struct edit_keys *keys, struct error *err)
{
	const json_t *edits = json_object_get(undo->journal, "edits"), *newer = NULL;
	struct buf text = BUF_INIT(INI_FILE_MAX);
	struct ini_change *whole;
	bool ok = buf_append(&text, buf_text(&file->swap.text), file->swap.text.len, err);

	free(file->changes);
	file->changes = NULL;
	file->count = file->depth = 0;
	for (size_t i = json_array_size(edits); ok && i-- > 0;) {
		const json_t *edit = json_array_get(edits, i);
		struct buf old = BUF_INIT(INI_FILE_MAX);
		struct ini_change *changes = NULL;
		size_t count;

		if (strcmp(json_text_of(edit, "path"), file->path) != 0)
			continue;
		if (newer &&
		    strcmp(json_text_of(newer, "before"), json_text_of(edit, "after")) != 0)
			break;
		ok = edit_journal_revert(edit, text_of(&text), keys, &old, &changes, &count, err);
		if (ok && !newer) {
			file->changes = changes;
			file->count = count;
		} else {
			free(changes);
		}
		file->created = edit_journal_created(edit);
		buf_clear(&text);
		text = old;
		/* Several edits at once: the diff is of the whole texts. */
		if (ok && newer) {
			whole = file->changes;
			whole[0] = (struct ini_change){
			    .at = 0, .len = file->swap.text.len, .now = 0, .put = text.len};
			file->count = 1;
		}
		newer = edit;
		file->depth++;
	}
	buf_clear(&file->before);
	file->before = text;
	return ok;
}

/* Whether a line stands in the text. */
static bool text_has_line(const struct buf *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *at = buf_text(text); (at = strstr(at, line)); at++) {
		if ((at == text->data || at[-1] == '\n') && strchr("\r\n", at[len]))
			return true;
	}
	return false;
}

/* Prints the lines of a text with a sign before each; `now`, unless NULL: '!' where one is gone. */
static void undo_print_lines(struct out *out, char sign, char *text, const struct buf *now)
{
	while (*text) {
		size_t len = strcspn(text, "\r\n"), end = len + strspn(text + len, "\r");
		bool more = text[end] == '\n';

		text[len] = '\0';
		out_printf(out, "  %c ", now && !text_has_line(now, text) ? '!' : sign);
		out_text(out, text);
		out_printf(out, "\n");
		text += end + more;
	}
}

/* What stands in the place of a key where it is only spoken of. */
static bool undo_name_key(void *ctx, const char *key, bool id, struct buf *out, struct error *err)
{
	(void)ctx;
	return buf_printf(out, err, id ? "(the id of %s)" : "(the secret of %s)", key);
}

/*
 * A file that is no longer as setup left it: shows what setup had changed in it, and which of its
 * lines are not there any more.
 */
static bool undo_show_conflict(struct undo *undo, const struct undo_file *file, const json_t *edit,
			       struct error *err)
{
	struct out *out = &undo->cli->out;
	const struct edit_keys names = {undo_name_key, NULL};
	struct buf later = BUF_INIT(DIFF_MAX);
	char shown[SHOWN];

	out_path(file->path, shown, sizeof(shown));
	if (!undo->cli->json) {
		out_printf(out,
			   "Setup did this in %s (- took out, + put in, ! put in and not there "
			   "now):\n",
			   shown);
		for (size_t i = 0; i < edit_journal_count(edit); i++) {
			struct buf old = BUF_INIT(INI_FILE_MAX), now = BUF_INIT(INI_FILE_MAX);

			if (edit_journal_change(edit, i, &names, &old, &now, err)) {
				if (old.len)
					undo_print_lines(out, '-', old.data, NULL);
				if (now.len)
					undo_print_lines(out, '+', now.data, &file->swap.text);
			}
			buf_clear(&old);
			buf_clear(&now);
		}
		if (edit_journal_later(edit, text_of(&file->swap.text), &later, err) && later.len) {
			out_printf(out, "These lines came later:\n");
			out_bytes(out, later.data, later.len);
		}
		buf_clear(&later);
	}
	error_set(err, ERROR_FAILED, "%s is no longer as setup left it", shown);
	return error_detail(err, "No file was touched. Change it back by hand, or take the later\n"
				 "change out of it and say again: credvault setup --undo");
}

static bool undo_open_file(struct undo *undo, const char *path, struct error *err)
{
	struct undo_file *grown = realloc(undo->files, (undo->count + 1) * sizeof(*grown)), *file;
	const struct edit_keys look = {undo_note_key, undo};
	const json_t *edit;

	if (!grown)
		return error_set(err, ERROR_MEMORY, "out of memory");
	undo->files = grown;
	file = &grown[undo->count];
	*file = (struct undo_file){.swap = FILE_SWAP_EMPTY, .before = BUF_INIT(INI_FILE_MAX)};
	(void)snprintf(file->path, sizeof(file->path), "%s", path);
	undo->count++;
	if (!file_swap_open(&file->swap, file->path, INI_FILE_MAX, true, err))
		return false;
	edit_journal_settle(undo->journal, file->path, text_of(&file->swap.text), file->swap.there);
	edit = edit_journal_newest(undo->journal, file->path);
	if (!edit) {
		file_swap_close(&file->swap);
		undo->count--;
		return true;
	}
	if (!file->swap.there || !edit_journal_left(edit, text_of(&file->swap.text)))
		return undo_show_conflict(undo, file, edit, err);
	return undo_revert(undo, file, &look, err);
}

/* Opens every file that the journal names. */
static bool undo_open(struct undo *undo, struct error *err)
{
	json_t *edits, *paths = json_object();
	const char *path;
	json_t *value;
	bool ok = paths != NULL;

	if (!setup_apply_journal(undo->cli, undo->journal_path, err) ||
	    !edit_journal_read(undo->journal_path, &undo->journal, err)) {
		json_decref(paths);
		return false;
	}
	edits = json_object_get(undo->journal, "edits");
	for (size_t i = 0; ok && i < json_array_size(edits); i++) {
		path = json_text_of(json_array_get(edits, i), "path");
		ok = path[0] == '/' && strlen(path) < PATH_MAX &&
		     json_object_set_new(paths, path, json_true()) == 0;
	}
	if (!ok)
		error_set(err, ERROR_FAILED, "the journal of setup is damaged");
	if (ok)
		json_object_foreach(paths, path, value) ok = ok && undo_open_file(undo, path, err);
	json_decref(paths);
	if (ok && undo->count == 0)
		return error_set(err, ERROR_NOT_FOUND, "there is nothing to undo");
	return ok;
}

static bool undo_show(const struct undo *undo, struct buf *out, struct error *err)
{
	char shown[SHOWN];

	for (size_t i = 0; i < undo->count; i++) {
		const struct undo_file *file = &undo->files[i];
		const struct text_diff diff = {.path = shown,
					       .before = text_of(&file->swap.text),
					       .after = text_of(&file->before),
					       .removed = file->created,
					       .changes = file->changes,
					       .count = file->count};

		out_path(file->path, shown, sizeof(shown));
		if (!text_diff_append(&diff, out, err))
			return false;
	}
	return true;
}

/* Makes the journal say what the files will be, so that a killed undo is seen for what it did. */
static bool undo_foresee(const struct undo *undo, struct error *err)
{
	for (size_t i = 0; i < undo->count; i++) {
		const struct undo_file *file = &undo->files[i];
		const struct span before = text_of(&file->before);

		if (!edit_journal_will_be(undo->journal, file->path, file->depth,
					  file->created ? NULL : &before, err))
			return false;
	}
	return edit_journal_write(undo->journal_path, undo->journal, err);
}

static bool undo_write(struct undo *undo, struct error *err)
{
	const struct edit_keys bring = {undo_bring_key, undo};

	for (size_t i = 0; i < undo->count; i++) {
		if (!undo_revert(undo, &undo->files[i], &bring, err))
			return false;
	}
	if (!undo_foresee(undo, err))
		return false;
	/* The credentials file was the last to be written, and goes back first. */
	for (size_t i = undo->count; i-- > 0;) {
		struct undo_file *file = &undo->files[i];

		if (!(file->created ? file_swap_remove(&file->swap, err)
				    : file_swap_write(&file->swap, buf_text(&file->before),
						      file->before.len, err)))
			return i + 1 == undo->count
				   ? false
				   : error_detail(err, "The other file is as it was before setup. "
						       "Say it again: credvault setup --undo");
		edit_journal_settle(undo->journal, file->path, text_of(&file->before),
				    !file->created);
	}
	return edit_journal_write(undo->journal_path, undo->journal, err);
}

static bool undo_confirm(const struct undo *undo, struct error *err)
{
	struct cli *cli = undo->cli;
	bool yes = false;

	if (undo->names_count && !cli->json)
		out_printf(&cli->out,
			   "%s%zu key%s in clear in your files then: %s%s\n"
			   "Programs and backups can read %s; each is on record as revealed.\n",
			   out_colour(&cli->out, OUT_RED), undo->names_count,
			   undo->names_count == 1 ? " will lie" : "s will lie", undo->names,
			   out_colour(&cli->out, OUT_PLAIN),
			   undo->names_count == 1 ? "it" : "them");
	out_flush(&cli->out);
	if (!cli->yes && !ask_has_terminal(cli)) {
		error_set(err, ERROR_DECLINED, "nobody can be asked whether to go on");
		error_detail(err, "No file was changed.");
		return error_hint(err, "credvault setup --undo --yes");
	}
	return ask_confirm(cli, "Put the files back?", undo->names_count == 0, &yes, err) &&
	       (yes || error_set(err, ERROR_DECLINED, "no file was changed"));
}

static bool undo_tell(const struct undo *undo, const char *diff, bool done, struct error *err)
{
	struct cli *cli = undo->cli;
	json_t *object, *files;
	char shown[SHOWN];
	bool ok = true;

	if (!cli->json) {
		for (size_t i = 0; done && i < undo->count; i++) {
			out_path(undo->files[i].path, shown, sizeof(shown));
			out_printf(&cli->out, "%s %s.\n",
				   undo->files[i].created ? "Removed" : "Put back", shown);
		}
		return true;
	}
	object = json_object();
	files = json_array();
	for (size_t i = 0; ok && i < undo->count; i++) {
		json_t *entry = json_object();

		ok = json_put_text(entry, "path", undo->files[i].path, err) &&
		     json_put(entry, "changed", json_true(), err) &&
		     json_array_append(files, entry) == 0;
		json_decref(entry);
	}
	ok = ok && json_put(object, "files", json_incref(files), err) &&
	     json_put(object, "profiles", json_array(), err) &&
	     json_put(object, "undone", json_boolean(done), err) &&
	     json_put_text(object, "diff", diff, err);
	if (ok)
		out_json(&cli->out, object);
	json_decref(files);
	json_decref(object);
	return ok;
}

static bool undo_act(struct undo *undo, bool only_show, struct error *err)
{
	struct buf diff = BUF_INIT(DIFF_MAX);
	struct cli *cli = undo->cli;
	bool ok = undo_open(undo, err) && undo_show(undo, &diff, err);

	if (ok && !cli->json && (only_show || !cli->yes))
		setup_show_text(cli, buf_text(&diff));
	if (ok && !only_show)
		ok = undo_confirm(undo, err) && undo_reveal(undo, err) && undo_write(undo, err);
	ok = ok && undo_tell(undo, only_show ? buf_text(&diff) : NULL, !only_show, err);
	buf_clear(&diff);
	return ok;
}

bool setup_undo_run(struct cli *cli, bool only_show, struct error *err)
{
	struct undo undo = {.cli = cli, .keys = json_object()};
	bool ok = undo.keys ? undo_act(&undo, only_show, err)
			    : error_set(err, ERROR_MEMORY, "out of memory");

	for (size_t i = 0; i < undo.count; i++) {
		file_swap_close(&undo.files[i].swap);
		buf_clear(&undo.files[i].before);
		free(undo.files[i].changes);
	}
	free(undo.files);
	json_decref(undo.keys);
	json_decref(undo.journal);
	return ok;
}
