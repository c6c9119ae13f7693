/* SPDX-License-Identifier: MIT */
#include "cli/files/edit_journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define BEFORE "[a]\naws_access_key_id = ID\naws_secret_access_key = SECRET # x\n[b]\nkey = c\n"
#define AFTER  "[a]\ncredential_process = p\n[b]\nkey = c\n"

static struct span span_of(const char *text)
{
	return (struct span){text, strlen(text)};
}

/* Adds the edit from BEFORE to AFTER. */
static void add(json_t *journal)
{
	static const struct ini_change change = {4, 58, 4, 23};
	static const struct edit_secret secrets[] = {{24, 2, "a", true}, {51, 6, "a", false}};
	const struct edit_record record = {.path = "/f",
					   .at = 1000,
					   .before = span_of(BEFORE),
					   .after = span_of(AFTER),
					   .changes = &change,
					   .count = 1,
					   .secrets = secrets,
					   .secrets_count = 2};
	struct error err;

	assert_true(edit_journal_add(journal, &record, &err));
}

static json_t *start(void)
{
	json_t *journal;
	struct error err;

	assert_true(edit_journal_read("/nonexistent/journal", &journal, &err));
	return journal;
}

static bool bring(void *ctx, const char *key, bool id, struct buf *out, struct error *err)
{
	const char *const *values = ctx;

	assert_string_equal(key, "a");
	return buf_text_append(out, values[id], err);
}

static void expect_reverted(const json_t *edit, const char *const values[2], const char *want)
{
	const struct edit_keys keys = {bring, (void *)(uintptr_t)values};
	struct buf out = BUF_INIT(INI_FILE_MAX);
	struct ini_change *changes;
	struct error err;
	size_t count;

	assert_true(edit_journal_revert(edit, span_of(AFTER), &keys, &out, &changes, &count, &err));
	assert_string_equal(buf_text(&out), want);
	assert_int_equal(count, 1);
	assert_int_equal(changes[0].len, 23);
	free(changes);
	buf_clear(&out);
}

static void an_edit_is_taken_back_byte_for_byte(void **state)
{
	static const char *const values[] = {"SECRET", "ID"};
	json_t *journal = start();

	(void)state;
	add(journal);
	expect_reverted(edit_journal_newest(journal, "/f"), values, BEFORE);
	assert_null(edit_journal_newest(journal, "/g"));
	json_decref(journal);
}

static void keys_come_back_as_they_are_now(void **state)
{
	static const char *const values[] = {"NEWER", "OTHER"};
	json_t *journal = start();

	(void)state;
	add(journal);
	expect_reverted(
	    edit_journal_newest(journal, "/f"), values,
	    "[a]\naws_access_key_id = OTHER\naws_secret_access_key = NEWER # x\n[b]\nkey = c\n");
	json_decref(journal);
}

static void it_is_written_read_and_removed_and_holds_no_secret(void **state)
{
	char path[] = "/tmp/cv-journal-XXXXXX";
	json_t *journal = start(), *again;
	struct error err;
	char *text;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	add(journal);
	assert_true(edit_journal_write(path, journal, &err));
	assert_true(edit_journal_read(path, &again, &err));
	assert_true(json_equal(journal, again));
	text = json_dumps(journal, 0);
	assert_null(strstr(text, "SECRET"));
	assert_null(strstr(text, "534543524554")); /* in hex */
	free(text);
	json_decref(again);
	edit_journal_settle(journal, "/f", span_of(BEFORE), true);
	assert_null(edit_journal_newest(journal, "/f"));
	assert_true(edit_journal_write(path, journal, &err));
	assert_int_equal(access(path, F_OK), -1);
	json_decref(journal);
}

static void what_never_reached_the_file_is_forgotten_and_nothing_else(void **state)
{
	json_t *journal = start();

	(void)state;
	add(journal);
	edit_journal_settle(journal, "/f", span_of(AFTER), true);
	assert_true(edit_journal_left(edit_journal_newest(journal, "/f"), span_of(AFTER)));
	edit_journal_settle(journal, "/f", span_of("something else"), true);
	edit_journal_settle(journal, "/g", span_of(BEFORE), true);
	assert_non_null(edit_journal_newest(journal, "/f"));
	edit_journal_settle(journal, "/f", span_of(BEFORE), true);
	assert_null(edit_journal_newest(journal, "/f"));
	json_decref(journal);
}

static void lines_that_came_later_are_told_without_secrets(void **state)
{
	struct buf out = BUF_INIT(INI_FILE_MAX);
	json_t *journal = start();
	struct error err;

	(void)state;
	add(journal);
	assert_true(edit_journal_later(edit_journal_newest(journal, "/f"),
				       span_of("[b]\r\nnew\naws_secret_access_key = x\nkey = c"),
				       &out, &err));
	assert_string_equal(buf_text(&out), "  > new\n  > aws_secret_access_key = ****\n");
	buf_clear(&out);
	json_decref(journal);
}

static void a_damaged_journal_is_refused(void **state)
{
	static const char *const values[] = {"SECRET", "ID"};
	static const char *const spoilt[] = {
	    "{\"changes\":[{\"at\":99,\"now\":\"\",\"old\":[]}]}",
	    "{\"changes\":[{\"at\":-1,\"now\":\"\",\"old\":[]}]}",
	    "{\"changes\":[{\"at\":0,\"now\":\"41\",\"old\":[]}]}",
	    "{\"changes\":[{\"at\":0,\"now\":\"4\",\"old\":[]}]}",
	    "{\"changes\":[{\"at\":0,\"now\":\"\",\"old\":[{\"bytes\":\"xx\"}]}]}",
	    "{\"changes\":[{\"at\":0,\"now\":\"\",\"old\":[{}]}]}",
	    "{\"changes\":[{\"at\":2,\"now\":\"\",\"old\":[]},{\"at\":1,\"now\":\"\",\"old\":[]}]}",
	    "{\"changes\":[{\"at\":\"0\",\"now\":\"\",\"old\":[]}]}",
	};
	const struct edit_keys keys = {bring, (void *)(uintptr_t)values};

	(void)state;
	for (size_t i = 0; i < sizeof(spoilt) / sizeof(spoilt[0]); i++) {
		json_t *edit = json_loads(spoilt[i], 0, NULL);
		struct buf out = BUF_INIT(INI_FILE_MAX);
		struct ini_change *changes;
		struct error err;
		size_t count;

		assert_non_null(edit);
		if (edit_journal_revert(edit, span_of(AFTER), &keys, &out, &changes, &count, &err))
			fail_msg("%s", spoilt[i]);
		assert_int_equal(err.code, ERROR_FAILED);
		buf_clear(&out);
		json_decref(edit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_edit_is_taken_back_byte_for_byte),
	    cmocka_unit_test(keys_come_back_as_they_are_now),
	    cmocka_unit_test(it_is_written_read_and_removed_and_holds_no_secret),
	    cmocka_unit_test(what_never_reached_the_file_is_forgotten_and_nothing_else),
	    cmocka_unit_test(lines_that_came_later_are_told_without_secrets),
	    cmocka_unit_test(a_damaged_journal_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
