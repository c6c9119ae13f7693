/* SPDX-License-Identifier: MIT */
#include "vault/wire/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct pair {
	int ours, theirs;
	struct buf body;
};

static int set_up(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));
	int fds[2];

	if (!p || socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0) {
		free(p);
		return -1;
	}
	*p = (struct pair){.ours = fds[0], .theirs = fds[1], .body = FRAME_BODY_INIT};
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct pair *p = *state;

	buf_clear(&p->body);
	(void)close(p->ours);
	if (p->theirs >= 0)
		(void)close(p->theirs);
	free(p);
	return 0;
}

static void raw(struct pair *p, const void *data, size_t len)
{
	assert_int_equal(send(p->theirs, data, len, MSG_NOSIGNAL), (ssize_t)len);
}

static void hang_up(struct pair *p)
{
	(void)close(p->theirs);
	p->theirs = -1;
}

static bool receive(struct pair *p, int first_ms, int complete_ms, bool *end, struct error *err)
{
	*err = ERROR_INIT;
	return frame_read(p->ours, first_ms, complete_ms, &p->body, end, err);
}

static void what_is_written_is_read(void **state)
{
	struct pair *p = *state;
	struct error err;
	bool end, gone;

	assert_true(frame_write(p->theirs, "{\"a\":1}", 7, &gone, &err));
	assert_true(frame_write(p->theirs, "{}", 2, NULL, &err));
	assert_true(receive(p, 1000, 1000, &end, &err));
	assert_false(end);
	assert_string_equal(p->body.data, "{\"a\":1}");
	assert_true(receive(p, 1000, 1000, &end, &err));
	assert_string_equal(p->body.data, "{}");
}

static void the_longest_frame_passes_both_ways_at_once(void **state)
{
	struct pair *p = *state;
	char *text = malloc(FRAME_LIMIT);
	struct error err;
	bool end;
	pid_t child;

	assert_non_null(text);
	memset(text, 'x', FRAME_LIMIT);
	child = fork();
	if (child == 0)
		_exit(frame_write(p->theirs, text, FRAME_LIMIT, NULL, &err) ? 0 : 1);
	hang_up(p);
	assert_true(receive(p, 5000, 5000, &end, &err));
	assert_int_equal(p->body.len, FRAME_LIMIT);
	assert_memory_equal(p->body.data, text, FRAME_LIMIT);
	assert_true(receive(p, 5000, 5000, &end, &err));
	assert_true(end);
	free(text);
}

/* What a client sends is shorter than what it may get. */
static void a_frame_beyond_the_ceiling_of_its_reader_is_refused_unread(void **state)
{
	static const unsigned char head[] = {0x00, 0x02, 0x00, 0x01, '{', '}'};
	struct pair *p = *state;
	struct error err;
	bool end;

	p->body.limit = FRAME_REQUEST_LIMIT;
	assert_int_equal(write(p->theirs, head, sizeof(head)), sizeof(head));
	assert_false(receive(p, 1000, 1000, &end, &err));
	assert_int_equal(err.code, ERROR_PROTOCOL);
	assert_int_equal(p->body.cap, 0);
}

static void an_end_between_frames_is_no_error(void **state)
{
	struct pair *p = *state;
	struct error err;
	bool end = false;

	hang_up(p);
	assert_true(receive(p, 1000, 1000, &end, &err));
	assert_true(end);
	assert_int_equal(p->body.len, 0);
}

static void an_end_inside_a_frame_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {{"\0", 1}, {"\0\0\0", 3}, {"\0\0\0\5", 4}, {"\0\0\0\5{\"a\"", 8}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pair *p;
		struct error err;
		bool end;
		void *own = NULL;

		assert_int_equal(set_up(&own), 0);
		p = own;
		raw(p, cases[i].bytes, cases[i].len);
		hang_up(p);
		assert_false(receive(p, 1000, 1000, &end, &err));
		assert_int_equal(err.code, ERROR_PROTOCOL);
		assert_int_equal(p->body.len, 0);
		(void)tear_down(&own);
	}
	(void)state;
}

static void an_impossible_length_is_refused_before_anything_is_allocated(void **state)
{
	static const char *const lengths[] = {"\0\0\0\0", "\0\x10\0\1", "\xff\xff\xff\xff",
					      "\x80\0\0\0"};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct pair *p;
		struct error err;
		bool end;
		void *own = NULL;

		assert_int_equal(set_up(&own), 0);
		p = own;
		raw(p, lengths[i], 4);
		assert_false(receive(p, 1000, 1000, &end, &err));
		assert_int_equal(err.code, ERROR_PROTOCOL);
		assert_int_equal(p->body.cap, 0);
		(void)tear_down(&own);
	}
	(void)state;
}

static void a_frame_that_does_not_come_whole_in_time_is_refused(void **state)
{
	struct pair *p = *state;
	struct error err;
	bool end;

	raw(p, "\0\0\0\5{}", 6);
	assert_false(receive(p, FRAME_FOR_EVER, 20, &end, &err));
	assert_int_equal(err.code, ERROR_PROTOCOL);
}

static void silence_is_borne_as_long_as_was_said(void **state)
{
	struct pair *p = *state;
	struct error err;
	bool end;

	assert_false(receive(p, 10, 10, &end, &err));
	assert_int_equal(err.code, ERROR_PROTOCOL);
	assert_false(end);
}

static void bytes_that_trickle_in_make_a_frame(void **state)
{
	struct pair *p = *state;
	struct error err;
	bool end;
	pid_t child = fork();

	if (child == 0) {
		static const char bytes[] = "\0\0\0\2{}";

		for (size_t i = 0; i + 1 < sizeof(bytes); i++) {
			if (send(p->theirs, bytes + i, 1, 0) != 1)
				_exit(1);
			(void)usleep(1000);
		}
		_exit(0);
	}
	hang_up(p);
	assert_true(receive(p, 5000, 5000, &end, &err));
	assert_string_equal(p->body.data, "{}");
}

static void writing_to_one_who_left_tells_so_and_raises_no_signal(void **state)
{
	struct pair *p = *state;
	struct error err;
	bool gone = false;

	hang_up(p);
	assert_false(frame_write(p->ours, "{}", 2, &gone, &err));
	assert_true(gone);
	assert_int_equal(err.code, ERROR_IO);
}

static void a_frame_of_no_bytes_or_too_many_is_not_sent(void **state)
{
	struct pair *p = *state;
	struct error err;
	bool gone, end = false;

	assert_false(frame_write(p->theirs, "", 0, &gone, &err));
	assert_int_equal(err.code, ERROR_PROTOCOL);
	assert_false(frame_write(p->theirs, "", (size_t)FRAME_BODY_MAX + 1, &gone, &err));
	assert_int_equal(err.code, ERROR_PROTOCOL);
	hang_up(p);
	assert_true(receive(p, 1000, 1000, &end, &err));
	assert_true(end);
}

#define WITH_PAIR(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

static void gathered_frames_are_read_one_by_one(void **state)
{
	struct pair *p = *state;
	struct buf frames = FRAMES_INIT;
	struct error err = ERROR_INIT;
	bool end, gone;

	assert_true(frames_send(p->theirs, &frames, &gone, &err));
	assert_true(frames_append(&frames, (const char *const[]){"one", NULL}, &err));
	assert_true(frames_append(&frames, (const char *const[]){"t", "", "wo", NULL}, &err));
	assert_false(frames_append(&frames, (const char *const[]){"", NULL}, &err));
	assert_true(frames_send(p->theirs, &frames, &gone, &err));
	assert_int_equal(frames.len, 0);
	assert_true(receive(p, 1000, 1000, &end, &err));
	assert_string_equal(buf_text(&p->body), "one");
	assert_true(receive(p, 1000, 1000, &end, &err));
	assert_string_equal(buf_text(&p->body), "two");
	assert_true(frames_append(&frames, (const char *const[]){"three", NULL}, &err));
	(void)close(p->ours);
	p->ours = -1;
	assert_false(frames_send(p->theirs, &frames, &gone, &err));
	assert_true(gone);
	buf_clear(&frames);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_PAIR(what_is_written_is_read),
	    WITH_PAIR(the_longest_frame_passes_both_ways_at_once),
	    WITH_PAIR(a_frame_beyond_the_ceiling_of_its_reader_is_refused_unread),
	    WITH_PAIR(an_end_between_frames_is_no_error),
	    cmocka_unit_test(an_end_inside_a_frame_is_refused),
	    cmocka_unit_test(an_impossible_length_is_refused_before_anything_is_allocated),
	    WITH_PAIR(a_frame_that_does_not_come_whole_in_time_is_refused),
	    WITH_PAIR(silence_is_borne_as_long_as_was_said),
	    WITH_PAIR(bytes_that_trickle_in_make_a_frame),
	    WITH_PAIR(writing_to_one_who_left_tells_so_and_raises_no_signal),
	    WITH_PAIR(a_frame_of_no_bytes_or_too_many_is_not_sent),
	    WITH_PAIR(gathered_frames_are_read_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
