/* SPDX-License-Identifier: MIT */
#include "vault/format/ini_edit.h"

#include "tests/format/vectors.h"

/* A text under edit. */
struct fixture {
	struct ini ini;
	struct ini_edit edit;
	struct buf out;
	struct ini_change *changes;
	size_t count;
};

static void start(struct fixture *f, const char *text)
{
	struct error err;

	*f = (struct fixture){.out = BUF_INIT(INI_FILE_MAX)};
	assert_true(ini_parse("f", INI_CONFIG, text, strlen(text), &f->ini, &err));
	assert_true(ini_edit_init(&f->edit, text, strlen(text), &err));
}

static void put(struct fixture *f, unsigned int line, unsigned int like, const char *text)
{
	struct error err;

	assert_true(ini_edit_put(&f->edit, line, like, text, strlen(text), &err));
}

/* Checks the text, and that its changes lead from one to the other. */
static void expect(struct fixture *f, const char *text)
{
	struct buf again = BUF_INIT(INI_FILE_MAX);
	struct error err;
	size_t at = 0;

	assert_true(ini_edit_finish(&f->edit, &f->out, &f->changes, &f->count, &err));
	assert_string_equal(buf_text(&f->out), text);
	for (size_t i = 0; i < f->count; i++) {
		const struct ini_change *change = &f->changes[i];

		assert_true(buf_append(&again, f->edit.text.at + at, change->at - at, &err));
		assert_int_equal(again.len, change->now);
		assert_true(buf_append(&again, buf_text(&f->out) + change->now, change->put, &err));
		at = change->at + change->len;
	}
	assert_true(buf_append(&again, f->edit.text.at + at, f->edit.text.len - at, &err));
	assert_string_equal(buf_text(&again), text);
	buf_clear(&again);
	buf_clear(&f->out);
	free(f->changes);
	ini_edit_clear(&f->edit);
	ini_edit_clear(&f->edit);
	ini_clear(&f->ini);
}

static void a_text_that_is_not_edited_stays(void **state)
{
	static const char *const texts[] = {"", "\n", "[a]", "\xef\xbb\xbf[a]\r\nx = y\r\n\r\n#"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fixture f;

		start(&f, texts[i]);
		expect(&f, texts[i]);
	}
}

static void a_setting_goes_with_the_lines_that_continue_it(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, "[default]\na = 1\n  more\n\n  # inside\n  end\n# behind\nb = 2\n");
	ini_edit_drop(&f.edit, 2);
	expect(&f, "[default]\n# behind\nb = 2\n");
}

static void a_line_comes_where_another_one_was(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, "[default]\na = 1\n# between\nb = 2\nc = 3\n");
	ini_edit_drop(&f.edit, 2);
	ini_edit_drop(&f.edit, 4);
	put(&f, 2, 2, "x = y\n");
	expect(&f, "[default]\nx = y\n# between\nc = 3\n");
}

static void lines_end_and_are_indented_as_those_around_them(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, "[default]\r\n\t a = 1\r\nb = 2\n");
	put(&f, 3, 2, "x = y\n");
	put(&f, 4, 3, "z = 1\n");
	expect(&f, "[default]\r\n\t a = 1\r\n\t x = y\r\nb = 2\nz = 1\n");
}

static void a_last_line_without_an_end_keeps_having_none(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, "[default]\na = 1");
	put(&f, 3, 0, "\n[profile b]\nx = y\n");
	expect(&f, "[default]\na = 1\n\n[profile b]\nx = y");
	start(&f, "[default]\na = 1\nb = 2");
	ini_edit_drop(&f.edit, 3);
	expect(&f, "[default]\na = 1");
	start(&f, "[default]\r\na = 1\r\nb = 2");
	ini_edit_drop(&f.edit, 3);
	put(&f, 2, 0, "x = y\n");
	expect(&f, "[default]\r\nx = y\r\na = 1");
	start(&f, "[default]\na = 1");
	ini_edit_drop(&f.edit, 2);
	put(&f, 2, 2, "x = y\n");
	expect(&f, "[default]\nx = y");
}

static void a_new_file_begins_with_what_is_put_there(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, "");
	put(&f, 1, 0, "[default]\nx = y\n");
	expect(&f, "[default]\nx = y\n");
}

static void a_section_ends_before_what_belongs_to_the_next(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, "[profile a]\nx = 1\n\n# about b\n[profile b]\n\n[profile c]\ny = 1\n# of c\n\n");
	assert_int_equal(ini_edit_end(&f.edit, &f.ini, &f.ini.sections[0]), 3);
	assert_int_equal(ini_edit_end(&f.edit, &f.ini, &f.ini.sections[1]), 6);
	assert_int_equal(ini_edit_end(&f.edit, &f.ini, &f.ini.sections[2]), 10);
	put(&f, 3, 0, "z = 1\n");
	expect(&f, "[profile a]\nx = 1\nz = 1\n\n# about b\n[profile b]\n\n[profile c]\ny = 1\n"
		   "# of c\n\n");
}

static void a_byte_order_mark_stays_in_front(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, "\xef\xbb\xbf[default]\na = 1\n");
	ini_edit_drop(&f.edit, 2);
	put(&f, 2, 2, "x = y\n");
	expect(&f, "\xef\xbb\xbf[default]\nx = y\n");
}

static void random_edits_are_what_their_changes_say(void **state)
{
	static const char *const lines[] = {"[default]", "a = 1", "  more",  "",
					    "# comment", "s3 =",  "  x = y", "[profile b]"};
	unsigned int seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct buf text = BUF_INIT(INI_FILE_MAX), want = BUF_INIT(INI_FILE_MAX);
		int n = 1 + rand_r(&seed) % 12;
		struct fixture f;
		struct error err;

		assert_true(buf_text_append(&text, "[default]\n", &err));
		for (int i = 0; i < n; i++) {
			assert_true(buf_text_append(&text, lines[rand_r(&seed) % 8], &err));
			assert_true(buf_text_append(&text,
						    i + 1 == n && rand_r(&seed) % 3 == 0 ? ""
						    : rand_r(&seed) % 4			 ? "\n"
											 : "\r\n",
						    &err));
		}
		start(&f, text.data);
		for (unsigned int i = 1; i <= f.edit.count; i++) {
			if (rand_r(&seed) % 3 == 0)
				ini_edit_drop(&f.edit, i);
			if (rand_r(&seed) % 4 == 0)
				put(&f, i, rand_r(&seed) % 2 ? i : 0, "p = q\n");
		}
		assert_true(ini_edit_finish(&f.edit, &want, NULL, NULL, &err));
		expect(&f, buf_text(&want));
		buf_clear(&want);
		buf_clear(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_text_that_is_not_edited_stays),
	    cmocka_unit_test(a_setting_goes_with_the_lines_that_continue_it),
	    cmocka_unit_test(a_line_comes_where_another_one_was),
	    cmocka_unit_test(lines_end_and_are_indented_as_those_around_them),
	    cmocka_unit_test(a_last_line_without_an_end_keeps_having_none),
	    cmocka_unit_test(a_new_file_begins_with_what_is_put_there),
	    cmocka_unit_test(a_section_ends_before_what_belongs_to_the_next),
	    cmocka_unit_test(a_byte_order_mark_stays_in_front),
	    cmocka_unit_test(random_edits_are_what_their_changes_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
