/* SPDX-License-Identifier: MIT */
#include "vault/base/secret.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/skip.h"

#include "tests/base/remnant.h"

enum { BLOCKS = SECRET_ARENA_BYTES / SECRET_BLOCK_BYTES };

#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

/* Whether any memory of this process is locked. */
static bool locks_memory(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[256];
	long kib = -1;

	assert_non_null(status);
	while (kib < 0 && fgets(line, sizeof(line), status)) {
		if (sscanf(line, "VmLck: %ld", &kib) != 1)
			kib = -1;
	}
	(void)fclose(status);
	return kib > 0;
}

/* Runs a check in a child and returns its exit status, -1 where a signal ended it. */
static int in_child(int (*check)(const struct secret *), const struct secret *secret)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		const struct rlimit none = {0};

		(void)setrlimit(RLIMIT_CORE, &none);
		(void)signal(SIGSEGV, SIG_DFL); /* cmocka's handler would go on here */
		_exit(check(secret));
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int open_without_lockable_memory(const struct secret *unused)
{
	const struct rlimit none = {0};
	struct error err = ERROR_INIT;

	(void)unused;
	secret_close();
	if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (getuid() == 0 && setuid(65534) != 0))
		return 10;
	if (secret_open(false, &err) || err.code != ERROR_MEMORY || locks_memory())
		return 11;
	if (!strstr(err.hint, "--insecure-memory"))
		return 12;
	if (!secret_open(true, &err) || locks_memory())
		return 13;
	return 0;
}

static void trap_27_silent_mlock_failure_is_an_error(void **state)
{
	(void)state;
	if (SANITIZED)
		skip_because("the address sanitizer makes mlock() do nothing");
	assert_int_equal(in_child(open_without_lockable_memory, NULL), 0);
}

static int see_zeros(const struct secret *secret)
{
	struct error err = ERROR_INIT;
	struct secret fresh = SECRET_EMPTY;

	for (size_t i = 0; i < secret->len; i++) {
		if (secret->data[i] != 0)
			return 1;
	}
	/* The arena still works, and can be given back. */
	if (!secret_set(&fresh, "x", 1, &err))
		return 2;
	secret_close();
	return 0;
}

static void trap_28_fork_copies_hold_no_secret(void **state)
{
	struct secret secret = SECRET_EMPTY;
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(secret_random(&secret, 1000, &err));
	assert_int_equal(in_child(see_zeros, &secret), 0);
	secret_clear(&secret);
}

static volatile unsigned char sink;

static int read_behind(const struct secret *secret)
{
	volatile unsigned char *p = secret->data;

	sink = p[secret->len];
	return 0;
}

static int read_before(const struct secret *secret)
{
	volatile unsigned char *p = secret->data;

	sink = p[-4097];
	return 0;
}

static void guard_pages_stop_who_reads_past_the_arena(void **state)
{
	struct secret all = SECRET_EMPTY;
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(secret_alloc(&all, SECRET_ARENA_BYTES, &err));
	assert_int_not_equal(in_child(read_behind, &all), 0);
	assert_int_not_equal(in_child(read_before, &all), 0);
	secret_clear(&all);
}

static void the_arena_is_locked_and_left_out_of_core_files_and_children(void **state)
{
	struct secret secret = SECRET_EMPTY;
	struct error err = ERROR_INIT;
	FILE *maps = fopen("/proc/self/smaps", "re");
	bool inside = false, seen = false;
	char line[512];

	(void)state;
	assert_non_null(maps);
	assert_true(secret_set(&secret, "x", 1, &err));
	while (fgets(line, sizeof(line), maps)) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx", &from, &to) == 2)
			inside = (uintptr_t)secret.data >= from && (uintptr_t)secret.data < to;
		if (!inside || strncmp(line, "VmFlags:", 8) != 0)
			continue;
		seen = true;
		assert_non_null(strstr(line, " dd"));
		assert_non_null(strstr(line, " wf"));
		if (!SANITIZED && locks_memory())
			assert_non_null(strstr(line, " lo"));
	}
	(void)fclose(maps);
	assert_true(seen);
	secret_clear(&secret);
}

static void the_arena_fills_up_and_empties_again(void **state)
{
	static struct secret all[BLOCKS];
	struct secret one = SECRET_EMPTY;
	struct error err = ERROR_INIT;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < BLOCKS; i++)
			assert_true(secret_alloc(&all[i], SECRET_BLOCK_BYTES, &err));
		assert_false(secret_alloc(&one, 1, &err));
		assert_int_equal(err.code, ERROR_MEMORY);
		assert_null(one.data);
		/* Holes of one block do not make room for two. */
		for (size_t i = 0; i < BLOCKS; i += 2)
			secret_clear(&all[i]);
		assert_false(secret_alloc(&one, SECRET_BLOCK_BYTES + 1, &err));
		assert_true(secret_alloc(&one, SECRET_BLOCK_BYTES, &err));
		secret_clear(&one);
		for (size_t i = 1; i < BLOCKS; i += 2)
			secret_clear(&all[i]);
	}
	assert_true(secret_alloc(&one, SECRET_ARENA_BYTES, &err));
	secret_clear(&one);
	assert_false(secret_alloc(&one, SECRET_ARENA_BYTES + 1, &err));
	assert_false(secret_alloc(&one, SIZE_MAX, &err));
	assert_false(secret_alloc(&one, 0, &err));
	/* Also between secrets: SIZE_MAX in blocks must not come round to none. */
	assert_true(secret_alloc(&all[0], 1, &err));
	assert_false(secret_alloc(&one, SIZE_MAX, &err));
	secret_clear(&all[0]);
}

static void a_cleared_secret_leaves_no_remnant_and_the_next_begins_with_zeros(void **state)
{
	struct secret secret = SECRET_EMPTY, next = SECRET_EMPTY;
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(secret_alloc(&secret, 100, &err));
	remnant_write(secret.data + 40);
	assert_int_equal(remnant_count(), 1);
	secret_clear(&secret);
	assert_int_equal(remnant_count(), 0);
	assert_true(secret_alloc(&next, 100, &err));
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(next.data[i], 0);
	secret_clear(&next);
	secret_clear(&next);
}

static void moving_leaves_one_owner(void **state)
{
	struct secret a = SECRET_EMPTY, b = SECRET_EMPTY;
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(secret_set(&a, "first", 5, &err));
	assert_true(secret_set(&b, "second", 6, &err));
	secret_move(&b, &a);
	assert_null(a.data);
	assert_int_equal(a.len, 0);
	assert_int_equal(b.len, 5);
	assert_memory_equal(b.data, "first", 5);
	secret_move(&b, &a);
	assert_null(b.data);
}

static void comparing_and_wiping_do_what_they_say(void **state)
{
	char a[] = "same", b[] = "same";

	(void)state;
	assert_true(secret_equal(a, b, 4));
	b[3] ^= 1;
	assert_false(secret_equal(a, b, 4));
	assert_true(secret_equal(a, b, 0));
	secret_wipe(a, 2);
	assert_memory_equal(a, "\0\0me", 4);
	secret_wipe(NULL, 9);
}

static void random_numbers_stay_below_their_bound(void **state)
{
	unsigned char a[32], b[32];

	(void)state;
	secret_random_bytes(a, sizeof(a));
	secret_random_bytes(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	for (int i = 0; i < 1000; i++)
		assert_true(secret_random_below(7) < 7);
	assert_int_equal(secret_random_below(1), 0);
}

static void *take_and_give(void *arg)
{
	unsigned char mark = (unsigned char)(uintptr_t)arg;
	struct error err = ERROR_INIT;

	for (int i = 0; i < 2000; i++) {
		struct secret s = SECRET_EMPTY;

		if (!secret_alloc(&s, 1 + (size_t)(i % 300), &err))
			return arg;
		memset(s.data, mark, s.len);
		for (size_t k = 0; k < s.len; k++) {
			if (s.data[k] != mark)
				return arg;
		}
		secret_clear(&s);
	}
	return NULL;
}

static void threads_never_share_a_block(void **state)
{
	pthread_t threads[4];

	(void)state;
	for (uintptr_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_and_give, (void *)(i + 1)),
				 0);
	for (size_t i = 0; i < 4; i++) {
		void *failed = NULL;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
}

static void without_an_arena_there_are_no_secrets(void **state)
{
	struct secret s = SECRET_EMPTY;
	struct error err = ERROR_INIT;

	(void)state;
	secret_close();
	secret_close();
	assert_false(locks_memory());
	assert_false(secret_set(&s, "x", 1, &err));
	assert_int_equal(err.code, ERROR_MEMORY);
	secret_clear(&s);
	assert_true(secret_open(true, &err));
	assert_true(secret_open(true, &err));
}

static int open_all(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	return secret_open(true, &err) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(trap_27_silent_mlock_failure_is_an_error),
	    cmocka_unit_test(trap_28_fork_copies_hold_no_secret),
	    cmocka_unit_test(guard_pages_stop_who_reads_past_the_arena),
	    cmocka_unit_test(the_arena_is_locked_and_left_out_of_core_files_and_children),
	    cmocka_unit_test(the_arena_fills_up_and_empties_again),
	    cmocka_unit_test(a_cleared_secret_leaves_no_remnant_and_the_next_begins_with_zeros),
	    cmocka_unit_test(moving_leaves_one_owner),
	    cmocka_unit_test(comparing_and_wiping_do_what_they_say),
	    cmocka_unit_test(random_numbers_stay_below_their_bound),
	    cmocka_unit_test(threads_never_share_a_block),
	    cmocka_unit_test(without_an_arena_there_are_no_secrets),
	};

	return cmocka_run_group_tests(tests, open_all, NULL);
}
