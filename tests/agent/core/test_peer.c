/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/peer.h"

#include "tests/support/skip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmocka.h>

/* A clock that the test moves. */
static int64_t now_ms;

static int64_t tell(void *ctx, enum clock_kind kind)
{
	(void)ctx;
	(void)kind;
	return now_ms * 1000000;
}

static const struct clock scripted = {.now_ns = tell};
static struct peers peers;

static int set_up(void **state)
{
	(void)state;
	now_ms = 1000000;
	peers_init(&peers);
	return prctl(PR_SET_NAME, "before");
}

static int tear_down(void **state)
{
	(void)state;
	peers_clear(&peers);
	return 0;
}

static struct audit_peer describe(pid_t pid)
{
	const struct process_peer peer = {.pid = pid, .uid = 7};
	struct audit_peer out;

	peer_describe(&peers, &peer, &scripted, &out);
	return out;
}

static void a_process_is_named_with_its_parents(void **state)
{
	struct audit_peer peer = describe(getpid());

	(void)state;
	assert_true(peer.known);
	assert_int_equal(peer.uid, 7);
	assert_int_equal(peer.pid, getpid());
	assert_string_equal(peer.exe, "before");
	assert_true(getppid() <= 1 || peer.parents[0]);
}

static void it_is_read_once_a_second(void **state)
{
	(void)state;
	(void)describe(getpid());
	assert_int_equal(prctl(PR_SET_NAME, "after"), 0);
	now_ms += 999;
	assert_string_equal(describe(getpid()).exe, "before");
	now_ms += 1;
	assert_string_equal(describe(getpid()).exe, "after");
}

static void many_processes_keep_their_names_apart(void **state)
{
	(void)state;
	assert_string_equal(describe(getpid()).exe, "before");
	/* Another pid in the same place of the table, which is nobody's. */
	assert_string_equal(describe(getpid() + PEERS_SEEN_MAX * 100000).exe, "?");
	assert_string_equal(describe(getpid()).exe, "before");
}

static void a_parent_that_began_after_its_child_is_another_process(void **state)
{
	struct peers_seen *seen = NULL;

	(void)state;
	if (getppid() <= 1)
		skip_because("this process has no parent that /proc would show");
	(void)describe(getpid());
	for (size_t i = 0; i < PEERS_SEEN_MAX; i++) {
		if (peers.seen[i].pid == getppid())
			seen = &peers.seen[i];
	}
	assert_non_null(seen);
	memcpy(seen->process.name, "stranger", sizeof("stranger"));
	assert_non_null(strstr(describe(getpid()).parents, "stranger"));
	seen->process.start = UINT64_MAX;
	assert_null(strstr(describe(getpid()).parents, "stranger"));
}

int main(void)
{
#define TEST(name_) cmocka_unit_test_setup_teardown(name_, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_process_is_named_with_its_parents),
	    TEST(it_is_read_once_a_second),
	    TEST(many_processes_keep_their_names_apart),
	    TEST(a_parent_that_began_after_its_child_is_another_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
