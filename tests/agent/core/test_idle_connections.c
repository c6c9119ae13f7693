/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/idle_connections.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { COUNT = 3 };

static struct idle_connections idlers;
static struct idler idler[COUNT];
static int pairs[COUNT][2];

static int set_up(void **state)
{
	(void)state;
	idle_connections_init(&idlers);
	for (int i = 0; i < COUNT; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]) != 0)
			return -1;
		idle_connections_enter(&idlers, &idler[i], pairs[i][0], 1000 * i);
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < COUNT; i++) {
		idle_connections_leave(&idlers, &idler[i]);
		(void)close(pairs[i][0]);
		(void)close(pairs[i][1]);
	}
	idle_connections_clear(&idlers);
	return 0;
}

static bool hung_up(int i)
{
	char byte;

	return recv(pairs[i][0], &byte, 1, MSG_DONTWAIT) == 0;
}

static void who_is_silent_too_long_is_hung_up(void **state)
{
	(void)state;
	idle_connections_expire(&idlers, 1000);
	assert_true(hung_up(0));
	assert_false(hung_up(1));
	idle_connections_expire(&idlers, 1001);
	assert_true(hung_up(1));
	assert_false(hung_up(2));
}

static void room_is_made_by_the_one_that_is_silent_longest(void **state)
{
	(void)state;
	idle_connections_leave(&idlers, &idler[0]);
	idle_connections_make_room(&idlers);
	assert_false(hung_up(0));
	assert_true(hung_up(1));
	assert_false(hung_up(2));
}

static void where_nobody_is_silent_the_next_one_makes_room(void **state)
{
	(void)state;
	for (int i = 0; i < COUNT; i++)
		idle_connections_leave(&idlers, &idler[i]);
	idle_connections_make_room(&idlers);
	idle_connections_enter(&idlers, &idler[2], pairs[2][0], 0);
	assert_true(hung_up(2));
	idle_connections_enter(&idlers, &idler[1], pairs[1][0], 0);
	assert_false(hung_up(1));
}

static void nobody_is_hung_up_once_there_is_room_again(void **state)
{
	(void)state;
	for (int i = 0; i < COUNT; i++)
		idle_connections_leave(&idlers, &idler[i]);
	idle_connections_make_room(&idlers);
	idle_connections_enough(&idlers);
	idle_connections_enter(&idlers, &idler[2], pairs[2][0], 0);
	assert_false(hung_up(2));
}

int main(void)
{
#define TEST(name_) cmocka_unit_test_setup_teardown(name_, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(who_is_silent_too_long_is_hung_up),
	    TEST(room_is_made_by_the_one_that_is_silent_longest),
	    TEST(where_nobody_is_silent_the_next_one_makes_room),
	    TEST(nobody_is_hung_up_once_there_is_room_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
