/* SPDX-License-Identifier: MIT */
#include "vault/audit/entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

static int64_t fixed_now(void *ctx, enum clock_kind kind)
{
	(void)ctx;
	return kind == CLOCK_KIND_REAL ? 1795000000LL * 1000000000 : 90061LL * 1000000;
}

static const struct clock fixed = {.now_ns = fixed_now};

static struct audit_entry full(void)
{
	struct audit_entry entry = audit_entry_at(AUDIT_OP_EMIT, &fixed);

	entry.seq = 41;
	audit_text(entry.profile, sizeof(entry.profile), "prod-admin");
	audit_text(entry.access_key_id, sizeof(entry.access_key_id), "ASIAEXAMPLE");
	audit_text(entry.what, sizeof(entry.what), "arn:aws:iam::123456789012:role/admin");
	entry.expires_at = 1795003600;
	entry.mfa = true;
	entry.peer = (struct audit_peer){.known = true, .uid = 1000, .pid = 4242};
	audit_text(entry.peer.exe, sizeof(entry.peer.exe), "aws");
	audit_text(entry.peer.parents, sizeof(entry.peer.parents), "bash,tmux");
	return entry;
}

static void an_entry_comes_back_as_it_was(void **state)
{
	struct audit_entry entry = full(), back;
	struct buf bytes = BUF_INIT(AUDIT_ENTRY_MAX);
	struct error err;

	(void)state;
	assert_true(audit_entry_encode(&entry, &bytes, &err));
	assert_true(audit_entry_decode(bytes.data, bytes.len, &back, &err));
	assert_int_equal(back.seq, 41);
	assert_int_equal(back.op, AUDIT_OP_EMIT);
	assert_int_equal(back.time, 1795000000);
	assert_int_equal(back.boot_ms, 90061);
	assert_memory_equal(back.boot_id, entry.boot_id, sizeof(back.boot_id));
	assert_string_equal(back.profile, "prod-admin");
	assert_string_equal(back.access_key_id, "ASIAEXAMPLE");
	assert_string_equal(back.what, entry.what);
	assert_string_equal(back.result, "OK");
	assert_int_equal(back.expires_at, 1795003600);
	assert_true(back.mfa);
	assert_true(back.peer.known);
	assert_int_equal(back.peer.uid, 1000);
	assert_int_equal(back.peer.pid, 4242);
	assert_string_equal(back.peer.exe, "aws");
	assert_string_equal(back.peer.parents, "bash,tmux");
	buf_clear(&bytes);
}

static void an_entry_of_few_words_is_short(void **state)
{
	struct audit_entry entry = audit_entry_at(AUDIT_OP_LOCK, &fixed), back;
	struct buf bytes = BUF_INIT(AUDIT_ENTRY_MAX);
	struct error err;

	(void)state;
	assert_true(audit_entry_encode(&entry, &bytes, &err));
	assert_true(bytes.len < 100);
	assert_true(audit_entry_decode(bytes.data, bytes.len, &back, &err));
	assert_false(back.mfa);
	assert_false(back.peer.known);
	assert_string_equal(back.profile, "");
	assert_int_equal(back.expires_at, 0);
	buf_clear(&bytes);
}

static void the_longest_entry_fits(void **state)
{
	struct audit_entry entry = full();
	struct buf bytes = BUF_INIT(AUDIT_ENTRY_MAX);
	struct error err;
	char text[1024];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	audit_text(entry.profile, sizeof(entry.profile), text);
	audit_text(entry.access_key_id, sizeof(entry.access_key_id), text);
	audit_text(entry.what, sizeof(entry.what), text);
	audit_text(entry.result, sizeof(entry.result), text);
	audit_text(entry.peer.exe, sizeof(entry.peer.exe), text);
	audit_text(entry.peer.parents, sizeof(entry.peer.parents), text);
	assert_true(audit_entry_encode(&entry, &bytes, &err));
	buf_clear(&bytes);
}

static void text_that_would_steer_a_terminal_is_written_harmlessly(void **state)
{
	struct audit_entry entry = full(), back;
	struct buf bytes = BUF_INIT(AUDIT_ENTRY_MAX);
	struct error err;

	(void)state;
	audit_text(entry.peer.exe, sizeof(entry.peer.exe), "a\x1b[2J\xff\n");
	audit_text(entry.profile, sizeof(entry.profile), NULL);
	assert_true(audit_entry_encode(&entry, &bytes, &err));
	assert_true(audit_entry_decode(bytes.data, bytes.len, &back, &err));
	assert_null(strchr(back.peer.exe, '\x1b'));
	assert_null(strchr(back.peer.exe, '\n'));
	assert_string_equal(back.profile, "");
	buf_clear(&bytes);
}

static void an_entry_that_is_not_one_of_ours_is_refused(void **state)
{
	struct audit_entry entry = full(), back;
	struct buf bytes = BUF_INIT(AUDIT_ENTRY_MAX + 1);
	struct error err;

	(void)state;
	entry.op = AUDIT_OP_NONE;
	assert_false(audit_entry_encode(&entry, &bytes, &err));
	entry.op = AUDIT_OPS_COUNT;
	assert_false(audit_entry_encode(&entry, &bytes, &err));
	buf_reset(&bytes);
	entry.op = AUDIT_OP_EMIT;
	assert_true(audit_entry_encode(&entry, &bytes, &err));
	for (size_t len = 0; len < bytes.len; len++) {
		err.code = ERROR_NONE;
		if (!audit_entry_decode(bytes.data, len, &back, &err))
			assert_int_equal(err.code, ERROR_TAMPERED);
		else
			/* Cut behind a field that may be missing. */
			assert_true(len > 80);
	}
	assert_true(buf_append(&bytes, "x", 1, &err));
	assert_false(audit_entry_decode(bytes.data, bytes.len, &back, &err));
	assert_int_equal(err.code, ERROR_TAMPERED);
	buf_clear(&bytes);
}

/* The number of the operation is the second field: 20 bytes from the start, 8 long. */
static void an_operation_that_is_not_known_was_written_by_a_newer_program(void **state)
{
	struct audit_entry entry = full(), back;
	struct buf bytes = BUF_INIT(AUDIT_ENTRY_MAX + 1);
	char said[40];
	struct error err;

	(void)state;
	(void)snprintf(said, sizeof(said), "operation %d of the log", AUDIT_OPS_COUNT);
	assert_true(audit_entry_encode(&entry, &bytes, &err));
	assert_int_equal(bytes.data[20], (char)entry.op);
	bytes.data[20] = (char)AUDIT_OPS_COUNT;
	assert_false(audit_entry_decode(bytes.data, bytes.len, &back, &err));
	assert_int_equal(err.code, ERROR_NEWER);
	assert_non_null(strstr(err.message, said));
	assert_int_equal(back.op, AUDIT_OP_NONE);
	assert_int_equal(back.seq, entry.seq);
	bytes.data[20] = 0;
	assert_false(audit_entry_decode(bytes.data, bytes.len, &back, &err));
	assert_int_equal(err.code, ERROR_TAMPERED);
	buf_clear(&bytes);
}

static void every_operation_has_a_name(void **state)
{
	(void)state;
	for (int op = AUDIT_OP_NONE + 1; op < AUDIT_OPS_COUNT; op++) {
		for (int other = AUDIT_OP_NONE + 1; other < op; other++)
			assert_string_not_equal(audit_op_name((enum audit_op)op),
						audit_op_name((enum audit_op)other));
	}
	assert_string_equal(audit_op_name(AUDIT_OP_EMIT), "emit");
	assert_string_equal(audit_op_name(AUDIT_OP_NONE), "?");
	assert_string_equal(audit_op_name(AUDIT_OPS_COUNT), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_entry_comes_back_as_it_was),
	    cmocka_unit_test(an_entry_of_few_words_is_short),
	    cmocka_unit_test(the_longest_entry_fits),
	    cmocka_unit_test(text_that_would_steer_a_terminal_is_written_harmlessly),
	    cmocka_unit_test(an_entry_that_is_not_one_of_ours_is_refused),
	    cmocka_unit_test(an_operation_that_is_not_known_was_written_by_a_newer_program),
	    cmocka_unit_test(every_operation_has_a_name),
	};

	return cmocka_run_group_tests_name("entry", tests, NULL, NULL);
}
