/* SPDX-License-Identifier: MIT */
#include "vault/format/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Writes a text's rows as [line:field|field], or the error and its line. */
static void check(const char *text, size_t len, const char *wanted)
{
	struct csv_reader reader = csv_open(text, len);
	struct csv_row row = CSV_ROW_EMPTY;
	struct error err = ERROR_INIT;
	char got[512] = "";
	size_t n = 0;
	bool end = false, ok;

	while ((ok = csv_next(&reader, &row, &end, &err)) && !end) {
		n += (size_t)snprintf(got + n, sizeof(got) - n, "[%u:", row.line);
		for (size_t i = 0; i < row.count; i++)
			n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%s", i ? "|" : "",
					      row.fields[i]);
		n += (size_t)snprintf(got + n, sizeof(got) - n, "]");
	}
	if (!ok)
		(void)snprintf(got + n, sizeof(got) - n, "%u: %s", row.line, err.message);
	assert_string_equal(got, wanted);
	csv_row_clear(&row);
	csv_row_clear(&row);
}

#define CHECK(text_, wanted_) check(text_, sizeof(text_) - 1, wanted_)

static void rows_are_read_whatever_ends_their_lines(void **state)
{
	(void)state;
	CHECK("a,b\nc,d\n", "[1:a|b][2:c|d]");
	CHECK("a,b\r\nc,d", "[1:a|b][2:c|d]");
	CHECK("a,b\rc,d\r", "[1:a|b][2:c|d]");
	CHECK("\xef\xbb\xbf"
	      "a,b\n\n\r\n,\n",
	      "[1:a|b][4:|]");
	CHECK("", "");
	CHECK("\xef\xbb\xbf", "");
}

static void quoted_fields_hold_commas_quotes_and_lines(void **state)
{
	(void)state;
	CHECK("\"a,\"\"b\"\"\",\"\"\n\"x\ny\",z\nlast", "[1:a,\"b\"|][2:x\ny|z][4:last]");
}

static void what_is_no_csv_is_refused_with_its_line(void **state)
{
	(void)state;
	CHECK("a\n\"b", "[1:a]2: a quoted field does not end");
	CHECK("a\nb\"c", "[1:a]2: a quote inside a field");
	CHECK("\"a\"b", "1: text stands behind a quoted field");
	CHECK("a\n\0b", "[1:a]2: this is no text: it has a NUL");
}

static void a_row_has_its_bounds(void **state)
{
	static char text[CSV_ROW_MAX + 64];

	(void)state;
	memset(text, ',', CSV_FIELDS_MAX);
	check(text, CSV_FIELDS_MAX, "1: a row of more than 64 fields");
	memset(text, 'a', sizeof(text));
	check(text, sizeof(text), "1: the row is longer than 65536 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_are_read_whatever_ends_their_lines),
	    cmocka_unit_test(quoted_fields_hold_commas_quotes_and_lines),
	    cmocka_unit_test(what_is_no_csv_is_refused_with_its_line),
	    cmocka_unit_test(a_row_has_its_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
