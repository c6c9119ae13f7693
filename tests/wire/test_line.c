/* SPDX-License-Identifier: MIT */
#include "vault/wire/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/** Two ends of a connection, plain and in a channel. */

static struct channel ours, theirs;
static struct line near, far;
static struct secret key;
static struct buf body;
static struct error err;

static int start(void **state)
{
	int pair[2];

	(void)state;
	body = FRAME_BODY_INIT;
	assert_true(secret_open(true, &err));
	assert_true(secret_random(&key, 32, &err));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	near = LINE_PLAIN(pair[0]);
	far = LINE_PLAIN(pair[1]);
	ours = theirs = CHANNEL_EMPTY;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	(void)close(near.fd);
	(void)close(far.fd);
	channel_clear(&ours);
	channel_clear(&theirs);
	secret_clear(&key);
	buf_clear(&body);
	secret_close();
	return 0;
}

static void seal_both(void)
{
	static const struct channel_vault vault = {.vault_id = {1}};
	unsigned char mac[CHANNEL_BYTES];
	struct channel_hello hello;
	struct channel_reply reply;

	assert_true(channel_offer(&ours, &body, &hello, &err));
	assert_true(channel_answer(&theirs, &hello, &vault, &key, &reply, &err));
	assert_true(channel_confirm(&ours, &reply, &key, mac, &err));
	assert_true(channel_admit(&theirs, &key, mac, &err));
	near.channel = &ours;
	far.channel = &theirs;
}

static bool says(const struct line *line, const char *text, bool last)
{
	return line_write(line, &(struct line_frame){"<", text, strlen(text), ">", last}, NULL,
			  &err);
}

static void hears(const struct line *line, const char *text)
{
	bool end = false;

	assert_true(line_read(line, 1000, 1000, &body, &end, &err));
	assert_false(end);
	assert_string_equal(buf_text(&body), text);
}

static bool refuses(const struct line *line)
{
	bool end = false;

	if (line_read(line, 1000, 1000, &body, &end, &err))
		return false;
	assert_int_equal(err.code, ERROR_PROTOCOL);
	assert_int_equal(body.len, 0);
	return true;
}

static void messages_come_as_they_were_sent(void **state)
{
	(void)state;
	assert_true(says(&near, "plain", false));
	hears(&far, "<plain>");
	seal_both();
	assert_true(says(&near, "one", false));
	assert_true(says(&near, "two", true));
	hears(&far, "<one>");
	assert_false(theirs.received_last);
	hears(&far, "<two>");
	assert_true(theirs.received_last);
	assert_true(says(&far, "back", true));
	hears(&near, "<back>");
}

static void nothing_is_sent_behind_the_last_message(void **state)
{
	(void)state;
	seal_both();
	assert_true(says(&near, "last", true));
	assert_false(says(&near, "more", false));
	assert_int_equal(err.code, ERROR_PROTOCOL);
}

static void no_plain_frame_is_taken_in_a_channel(void **state)
{
	const struct line plain = LINE_PLAIN(near.fd);

	(void)state;
	seal_both();
	assert_true(says(&plain, "plain", false));
	assert_true(refuses(&far));
}

static void no_plain_frame_is_taken_between_records(void **state)
{
	const struct line plain = LINE_PLAIN(near.fd);

	(void)state;
	seal_both();
	assert_true(says(&near, "one", false));
	hears(&far, "<one>");
	assert_true(says(&plain, "plain", false));
	assert_true(refuses(&far));
}

static void a_record_is_no_plain_message(void **state)
{
	const struct line plain = LINE_PLAIN(far.fd);
	bool end = false;

	(void)state;
	seal_both();
	assert_true(says(&near, "one", false));
	assert_true(line_read(&plain, 1000, 1000, &body, &end, &err));
	assert_int_equal(body.len, CHANNEL_STREAM_BYTES);
	assert_true(line_read(&plain, 1000, 1000, &body, &end, &err));
	assert_int_equal(body.len, CHANNEL_PAD_BYTES + CHANNEL_TAG_BYTES);
	assert_null(memmem(body.data, body.len, "one", 3));
}

static void an_end_between_records_is_told(void **state)
{
	bool end = false;

	(void)state;
	seal_both();
	assert_true(says(&near, "one", false));
	hears(&far, "<one>");
	assert_int_equal(shutdown(near.fd, SHUT_WR), 0);
	assert_true(line_read(&far, 1000, 1000, &body, &end, &err));
	assert_true(end);
	assert_false(theirs.received_last);
}

static void a_message_that_is_too_long_for_its_reader_is_refused(void **state)
{
	char text[2048];

	(void)state;
	seal_both();
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	buf_clear(&body);
	body = BUF_INIT(1024);
	assert_true(says(&near, text, false));
	assert_true(refuses(&far));
	assert_false(line_write(&near, &(struct line_frame){"", text, FRAME_LIMIT + 1, "", false},
				NULL, &err));
	assert_int_equal(err.code, ERROR_PROTOCOL);
}

#define LINE_TEST(name_) cmocka_unit_test_setup_teardown(name_, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    LINE_TEST(messages_come_as_they_were_sent),
	    LINE_TEST(nothing_is_sent_behind_the_last_message),
	    LINE_TEST(no_plain_frame_is_taken_in_a_channel),
	    LINE_TEST(no_plain_frame_is_taken_between_records),
	    LINE_TEST(a_record_is_no_plain_message),
	    LINE_TEST(an_end_between_records_is_told),
	    LINE_TEST(a_message_that_is_too_long_for_its_reader_is_refused),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
