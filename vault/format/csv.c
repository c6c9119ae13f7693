/* SPDX-License-Identifier: MIT */
#include "vault/format/csv.h"

#include <string.h>

struct csv_reader csv_open(const char *text, size_t len)
{
	static const char mark[] = "\xef\xbb\xbf";
	const size_t skip = len >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;

	return (struct csv_reader){.at = text + skip, .end = text + len, .line = 1};
}

static bool is_line_end(const struct csv_reader *reader)
{
	return reader->at == reader->end || *reader->at == '\n' || *reader->at == '\r';
}

/* CR, LF and CRLF each end one line. */
static void line_end(struct csv_reader *reader)
{
	const bool pair = reader->end - reader->at > 1 && reader->at[0] == '\r' &&
			  reader->at[1] == '\n';

	if (reader->at < reader->end)
		reader->at += pair ? 2 : 1;
	reader->line++;
}

/* Appends the field at the reader, and a NUL. */
static bool field_read(struct csv_reader *reader, struct buf *out, struct error *err)
{
	bool quoted = reader->at < reader->end && *reader->at == '"';

	reader->at += quoted;
	for (;; reader->at++) {
		if (quoted && reader->at == reader->end)
			return error_set(err, ERROR_FAILED, "a quoted field does not end");
		if (quoted && *reader->at == '"') {
			reader->at++;
			if (reader->at == reader->end || *reader->at != '"')
				break;
		} else if (!quoted && (is_line_end(reader) || *reader->at == ',')) {
			break;
		}
		if (*reader->at == '\0')
			return error_set(err, ERROR_FAILED, "this is no text: it has a NUL");
		if (!quoted && *reader->at == '"')
			return error_set(err, ERROR_FAILED, "a quote inside a field");
		if (*reader->at == '\n')
			reader->line++;
		if (!buf_append(out, reader->at, 1, err))
			return error_set(err, ERROR_FAILED, "the row is longer than %d bytes",
					 CSV_ROW_MAX);
	}
	if (!is_line_end(reader) && *reader->at != ',')
		return error_set(err, ERROR_FAILED, "text stands behind a quoted field");
	return buf_append(out, "", 1, err) ||
	       error_set(err, ERROR_FAILED, "the row is longer than %d bytes", CSV_ROW_MAX);
}

bool csv_next(struct csv_reader *reader, struct csv_row *row, bool *end, struct error *err)
{
	size_t starts[CSV_FIELDS_MAX];

	buf_reset(&row->text);
	row->count = 0;
	while (reader->at < reader->end && is_line_end(reader))
		line_end(reader);
	row->line = reader->line;
	*end = reader->at == reader->end;
	while (!*end) {
		if (row->count == CSV_FIELDS_MAX)
			return error_set(err, ERROR_FAILED, "a row of more than %d fields",
					 CSV_FIELDS_MAX);
		starts[row->count++] = row->text.len;
		if (!field_read(reader, &row->text, err))
			return false;
		if (is_line_end(reader))
			break;
		reader->at++;
	}
	line_end(reader);
	for (size_t i = 0; i < row->count; i++)
		row->fields[i] = row->text.data + starts[i];
	return true;
}

void csv_row_clear(struct csv_row *row)
{
	buf_clear(&row->text);
	row->count = 0;
}
