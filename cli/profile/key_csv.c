/* SPDX-License-Identifier: MIT */
#include "cli/profile/key_csv.h"

#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/format/csv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { TITLE_BYTES = 32, SHOWN = 256, ABSENT = CSV_FIELDS_MAX };

struct columns {
	size_t name, id, secret; /* ABSENT: there is none */
};

/* "Access key ID", "Access Key Id" and "AccessKeyId" are one title. */
static bool title_is(const char *field, const char *title)
{
	char plain[TITLE_BYTES];
	size_t n = 0;

	for (; *field; field++) {
		if (*field == ' ' || *field == '_')
			continue;
		if (n + 1 == sizeof(plain))
			return false;
		plain[n++] = (char)tolower((unsigned char)*field);
	}
	plain[n] = '\0';
	return strcmp(plain, title) == 0;
}

static struct columns columns_find(const struct csv_row *row)
{
	struct columns found = {ABSENT, ABSENT, ABSENT};

	for (size_t i = 0; i < row->count; i++) {
		if (title_is(row->fields[i], "username"))
			found.name = i;
		else if (title_is(row->fields[i], "accesskeyid"))
			found.id = i;
		else if (title_is(row->fields[i], "secretaccesskey"))
			found.secret = i;
	}
	return found;
}

static const char *row_field(const struct csv_row *row, size_t column)
{
	return column < row->count ? row->fields[column] : NULL;
}

/* "dev_accessKeys.csv" is how the console calls the file of user dev. */
static const char *name_of_file(const char *path, char room[static TEXT_NAME_MAX + 1])
{
	static const char end[] = "_accessKeys.csv";
	const char *name = file_name(path);
	size_t n = strlen(name), tail = sizeof(end) - 1;

	if (n <= tail || n - tail > TEXT_NAME_MAX || strcmp(name + n - tail, end) != 0)
		return NULL;
	(void)snprintf(room, TEXT_NAME_MAX + 1, "%.*s", (int)(n - tail), name);
	return room;
}

static bool csv_fail(const char *path, unsigned int line, struct error *err)
{
	struct error why = *err;
	char shown[SHOWN];

	text_escape_into(path, shown, sizeof(shown));
	return error_set(err, ERROR_FAILED, "%s:%u: %s", shown, line, why.message);
}

static bool csv_refuse_titles(const char *path, unsigned int line, struct error *err)
{
	error_set(err, ERROR_FAILED,
		  "it names no columns \"Access key ID\" and "
		  "\"Secret access key\"");
	csv_fail(path, line, err);
	return error_detail(err, "IAM's console writes them in the first line of such a file.");
}

/* The value behind "AWSAccessKeyId=" and the like; NULL: the row is something else. */
static const char *row_setting(const struct csv_row *row, const char *key)
{
	size_t n = strlen(key);

	return row->count == 1 && strncmp(row->fields[0], key, n) == 0 && row->fields[0][n] == '='
		   ? row->fields[0] + n + 1
		   : NULL;
}

/* An older rootkey.csv: `first` is its first row, and the secret stands in the next. */
static bool csv_take_settings(struct csv_reader *reader, struct csv_row *row, const char *path,
			      struct found_text *text, struct found_keys *out, struct error *err)
{
	char id[ARN_ACCESS_KEY_ID_MAX + 1];
	bool end;

	(void)snprintf(id, sizeof(id), "%s", row_setting(row, "AWSAccessKeyId"));
	if (!csv_next(reader, row, &end, err))
		return csv_fail(path, row->line, err);
	text->id = id;
	text->secret = end ? NULL : row_setting(row, "AWSSecretKey");
	text->line = 1;
	return found_keys_add(out, text, NULL, err);
}

bool key_csv_read(const char *path, const char *csv, size_t len, struct found_keys *out,
		  struct error *err)
{
	struct csv_reader reader = csv_open(csv, len);
	struct csv_row row = CSV_ROW_EMPTY;
	struct found_text text = {.id_called = "Access key ID",
				  .secret_called = "Secret access key"};
	char room[TEXT_NAME_MAX + 1];
	struct columns columns;
	bool end = false, ok = csv_next(&reader, &row, &end, err);

	if (!ok) {
		csv_fail(path, row.line, err);
		goto out;
	}
	if (!end && row_setting(&row, "AWSAccessKeyId")) {
		ok = csv_take_settings(&reader, &row, path, &text, out, err);
		goto out;
	}
	columns = columns_find(&row);
	if (columns.id == ABSENT || columns.secret == ABSENT) {
		ok = csv_refuse_titles(path, row.line, err);
		goto out;
	}
	while (ok && (ok = csv_next(&reader, &row, &end, err) || csv_fail(path, row.line, err)) &&
	       !end) {
		text.name = row_field(&row, columns.name);
		if (columns.name == ABSENT && !out->name)
			text.name = name_of_file(path, room);
		text.id = row_field(&row, columns.id);
		text.secret = row_field(&row, columns.secret);
		text.line = row.line;
		ok = found_keys_add(out, &text, NULL, err);
	}
out:
	csv_row_clear(&row);
	return ok;
}
