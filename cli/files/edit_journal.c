/* SPDX-License-Identifier: MIT */
#include "cli/files/edit_journal.h"

#include "cli/files/text_diff.h"
#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/format/digest.h"
#include "vault/format/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VERSION = 1, JOURNAL_MAX = 64 * 1024 * 1024, EDITS_MAX = 64, LINE_HEX = 16 };

static bool no_memory(struct error *err)
{
	return error_set(err, ERROR_MEMORY, "out of memory");
}

static bool journal_is_broken(struct error *err)
{
	return error_set(err, ERROR_FAILED, "the journal of setup is damaged");
}

bool edit_journal_read(const char *path, json_t **journal, struct error *err)
{
	struct buf text = BUF_INIT(JOURNAL_MAX);
	char shown[256];
	bool ok = file_read(path, JOURNAL_MAX, &text, err);

	*journal = NULL;
	if (!ok && err->code == ERROR_NOT_FOUND) {
		*err = ERROR_INIT;
		*journal = json_pack("{s:i,s:[]}", "version", VERSION, "edits");
		ok = *journal ? true : no_memory(err);
	} else if (ok) {
		ok = json_parse(buf_text(&text), text.len, JOURNAL_MAX, journal, err);
		if (ok && json_integer_value(json_object_get(*journal, "version")) > VERSION)
			ok = error_set(err, ERROR_NEWER, "a newer credvault wrote %s",
				       file_name(path));
		else if (ok && !json_is_array(json_object_get(*journal, "edits")))
			ok = journal_is_broken(err);
		if (!ok) {
			text_escape_into(path, shown, sizeof(shown));
			error_detail(err, "It is %s.", shown);
		}
	}
	if (!ok) {
		json_decref(*journal);
		*journal = NULL;
	}
	buf_clear(&text);
	return ok;
}

bool edit_journal_write(const char *path, const json_t *journal, struct error *err)
{
	struct buf text = BUF_INIT(JOURNAL_MAX);
	bool ok;

	if (json_array_size(json_object_get(journal, "edits")) == 0) {
		if (unlink(path) != 0 && errno != ENOENT)
			return error_set_errno(err, ERROR_IO, errno, "cannot remove %s",
					       file_name(path));
		return true;
	}
	ok = json_append(journal, &text, err) && buf_append(&text, "\n", 1, err) &&
	     file_replace(path, text.data, text.len, err);
	buf_clear(&text);
	return ok;
}

static bool put_hex(json_t *object, const char *key, const char *bytes, size_t len,
		    struct error *err)
{
	char *hex = malloc(2 * len + 1);
	bool ok;

	if (!hex)
		return no_memory(err);
	text_hex((const unsigned char *)bytes, len, hex);
	ok = json_put_text(object, key, hex, err);
	free(hex);
	return ok;
}

static bool put_digest(json_t *object, const char *key, struct span text, struct error *err)
{
	char hex[DIGEST_HEX_BYTES];

	digest_sha256_hex(text.at, text.len, hex);
	return json_put_text(object, key, hex, err);
}

/* Cuts the next line off a text, without its end. */
static struct span next_line(struct span *text)
{
	const char *end = memchr(text->at, '\n', text->len);
	struct span line = {text->at, end ? (size_t)(end - text->at) : text->len};
	size_t whole = line.len + (end != NULL);

	*text = (struct span){text->at + whole, text->len - whole};
	while (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

static void line_digest(struct span line, char out[static LINE_HEX + 1])
{
	unsigned char digest[DIGEST_BYTES];

	digest_sha256(line.at, line.len, digest);
	text_hex(digest, LINE_HEX / 2, out);
}

static bool put_lines(json_t *edit, struct span text, struct error *err)
{
	struct buf lines = BUF_INIT(JOURNAL_MAX);
	char hex[LINE_HEX + 1];
	bool ok = true;

	while (ok && text.len) {
		line_digest(next_line(&text), hex);
		ok = buf_append(&lines, hex, LINE_HEX, err);
	}
	ok = ok && json_put_text(edit, "lines", buf_text(&lines), err);
	buf_clear(&lines);
	return ok;
}

bool edit_journal_later(const json_t *edit, struct span now, struct buf *out, struct error *err)
{
	const char *left = json_text_of(edit, "lines");
	size_t len = strlen(left);
	json_t *set = json_object();
	char hex[LINE_HEX + 1];
	bool ok = set || no_memory(err);

	for (size_t i = 0; ok && i + LINE_HEX <= len; i += LINE_HEX)
		ok = json_object_setn_new(set, left + i, LINE_HEX, json_true()) == 0 ||
		     no_memory(err);
	while (ok && now.len) {
		struct span line = next_line(&now);

		line_digest(line, hex);
		if (line.len && !json_object_get(set, hex))
			ok = buf_text_append(out, "  > ", err) &&
			     text_diff_append_line(line, out, err) && buf_append(out, "\n", 1, err);
	}
	json_decref(set);
	return ok;
}

static bool put_piece(json_t *list, json_t *piece, bool ok, struct error *err)
{
	if (ok && json_array_append(list, piece) != 0)
		ok = no_memory(err);
	json_decref(piece);
	return ok;
}

/* The bytes [at, end) of the text before, with keys in the place of the secrets. */
static bool put_pieces(json_t *list, const struct edit_record *record, size_t at, size_t end,
		       struct error *err)
{
	for (size_t i = 0; i <= record->secrets_count; i++) {
		const struct edit_secret *secret = i < record->secrets_count ? &record->secrets[i]
									     : NULL;
		size_t stop = secret && secret->at < end ? secret->at : end;
		json_t *piece;

		if (secret && secret->at < at)
			continue;
		if (stop > at) {
			piece = json_object();
			if (!put_piece(
				list, piece,
				put_hex(piece, "bytes", record->before.at + at, stop - at, err),
				err))
				return false;
		}
		at = stop;
		if (at == end)
			return true;
		piece = json_object();
		if (!put_piece(list, piece,
			       json_put_text(piece, "key", secret->key, err) &&
				   json_put_text(piece, "part", secret->id ? "id" : "secret", err),
			       err))
			return false;
		at += secret->len;
	}
	return true;
}

static bool put_change(json_t *list, const struct edit_record *record,
		       const struct ini_change *change, struct error *err)
{
	json_t *entry = json_object(), *old = json_array();
	bool ok = json_put(entry, "at", json_integer((json_int_t)change->now), err) &&
		  put_hex(entry, "now", record->after.at + change->now, change->put, err) &&
		  put_pieces(old, record, change->at, change->at + change->len, err) &&
		  json_put(entry, "old", json_incref(old), err);

	json_decref(old);
	return put_piece(list, entry, ok, err);
}

bool edit_journal_add(json_t *journal, const struct edit_record *record, struct error *err)
{
	json_t *edits = json_object_get(journal, "edits"), *edit = json_object();
	json_t *changes = json_array();
	bool ok = json_put_text(edit, "path", record->path, err) &&
		  json_put_time(edit, "at", record->at, err) &&
		  (record->created ? json_put_text(edit, "before", NULL, err)
				   : put_digest(edit, "before", record->before, err)) &&
		  put_digest(edit, "after", record->after, err) &&
		  put_lines(edit, record->after, err);

	for (size_t i = 0; ok && i < record->count; i++)
		ok = put_change(changes, record, &record->changes[i], err);
	ok = ok && json_put(edit, "changes", json_incref(changes), err);
	json_decref(changes);
	ok = put_piece(edits, edit, ok, err);
	while (json_array_size(edits) > EDITS_MAX)
		(void)json_array_remove(edits, 0);
	return ok;
}

static bool is_digest(const json_t *edit, const char *key, struct span text)
{
	char hex[DIGEST_HEX_BYTES];

	digest_sha256_hex(text.at, text.len, hex);
	return strcmp(json_text_of(edit, key), hex) == 0;
}

bool edit_journal_left(const json_t *edit, struct span text)
{
	return is_digest(edit, "after", text);
}

bool edit_journal_created(const json_t *edit)
{
	return json_is_null(json_object_get(edit, "before"));
}

static bool journal_is_before(const json_t *edit, struct span text)
{
	return is_digest(edit, "before", text);
}

const json_t *edit_journal_newest(const json_t *journal, const char *path)
{
	const json_t *edits = json_object_get(journal, "edits");

	for (size_t i = json_array_size(edits); i-- > 0;) {
		const json_t *edit = json_array_get(edits, i);

		if (strcmp(json_text_of(edit, "path"), path) == 0)
			return edit;
	}
	return NULL;
}

static void journal_forget(json_t *journal, const json_t *edit)
{
	json_t *edits = json_object_get(journal, "edits");

	for (size_t i = json_array_size(edits); i-- > 0;) {
		if (json_array_get(edits, i) == edit)
			(void)json_array_remove(edits, i);
	}
}

void edit_journal_settle(json_t *journal, const char *path, struct span text, bool there)
{
	const json_t *edit;

	while ((edit = edit_journal_newest(journal, path)) && !edit_journal_left(edit, text) &&
	       (there ? journal_is_before(edit, text) : edit_journal_created(edit)))
		journal_forget(journal, edit);
}

bool edit_journal_will_be(json_t *journal, const char *path, size_t depth, const struct span *text,
			  struct error *err)
{
	json_t *edits = json_object_get(journal, "edits");

	for (size_t i = json_array_size(edits); depth && i-- > 0;) {
		json_t *edit = json_array_get(edits, i);

		if (strcmp(json_text_of(edit, "path"), path) != 0)
			continue;
		depth--;
		if (!(text ? put_digest(edit, "before", *text, err)
			   : json_put_text(edit, "before", NULL, err)))
			return false;
	}
	return true;
}

static bool append_hex(const char *hex, struct buf *out, struct error *err)
{
	size_t len = strlen(hex) / 2;

	if (!buf_reserve(out, len, err))
		return false;
	if (strlen(hex) % 2 || !text_unhex(hex, (unsigned char *)out->data + out->len, len))
		return journal_is_broken(err);
	out->len += len;
	out->data[out->len] = '\0';
	return true;
}

static bool append_piece(const json_t *piece, const struct edit_keys *keys, struct buf *out,
			 struct error *err)
{
	const char *key = json_string_value(json_object_get(piece, "key"));
	const char *bytes = json_string_value(json_object_get(piece, "bytes"));

	if (bytes)
		return append_hex(bytes, out, err);
	if (!key || !text_is_name(key))
		return journal_is_broken(err);
	return keys->bring(keys->ctx, key, strcmp(json_text_of(piece, "part"), "id") == 0, out,
			   err);
}

size_t edit_journal_count(const json_t *edit)
{
	return json_array_size(json_object_get(edit, "changes"));
}

bool edit_journal_change(const json_t *edit, size_t i, const struct edit_keys *keys,
			 struct buf *old, struct buf *now, struct error *err)
{
	const json_t *entry = json_array_get(json_object_get(edit, "changes"), i), *piece;
	size_t j;

	json_array_foreach(json_object_get(entry, "old"), j, piece)
	{
		if (!append_piece(piece, keys, old, err))
			return false;
	}
	return append_hex(json_text_of(entry, "now"), now, err);
}

/* Reads one change and checks that it stands where it says. */
static bool read_change(const json_t *entry, struct span after, size_t done, size_t *at,
			size_t *len, struct error *err)
{
	const json_t *place = json_object_get(entry, "at");
	const char *hex = json_text_of(entry, "now");
	struct buf now = BUF_INIT(INI_FILE_MAX);
	bool ok = append_hex(hex, &now, err);

	*at = (size_t)json_integer_value(place);
	*len = now.len;
	if (ok && (!json_is_integer(place) || json_integer_value(place) < 0 || *at < done ||
		   *at > after.len || now.len > after.len - *at ||
		   memcmp(buf_text(&now), after.at + *at, now.len) != 0))
		ok = journal_is_broken(err);
	buf_clear(&now);
	return ok;
}

bool edit_journal_revert(const json_t *edit, struct span after, const struct edit_keys *keys,
			 struct buf *out, struct ini_change **changes, size_t *count,
			 struct error *err)
{
	const json_t *list = json_object_get(edit, "changes"), *entry, *piece;
	struct ini_change *made = calloc(json_array_size(list) + 1, sizeof(*made));
	size_t done = 0, i, j, base = out->len;

	if (!made)
		return no_memory(err);
	json_array_foreach(list, i, entry)
	{
		struct ini_change *change = &made[i];

		if (!read_change(entry, after, done, &change->at, &change->len, err) ||
		    !buf_append(out, after.at + done, change->at - done, err))
			goto failed;
		change->now = out->len - base;
		json_array_foreach(json_object_get(entry, "old"), j, piece)
		{
			if (!append_piece(piece, keys, out, err))
				goto failed;
		}
		change->put = out->len - base - change->now;
		done = change->at + change->len;
	}
	if (!buf_append(out, after.at + done, after.len - done, err))
		goto failed;
	*changes = made;
	*count = json_array_size(list);
	return true;
failed:
	free(made);
	return false;
}
