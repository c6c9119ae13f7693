/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/broker_sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/confined.h"
#include "vault/base/process.h"
#include "vault/confine/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>

static char program[] = "/bin/true";

static bool enter(struct error *err)
{
	int fd = process_open_program(program);

	return fd >= 0 && dup3(fd, BROKER_COURIER, O_CLOEXEC) == BROKER_COURIER && close(fd) == 0 &&
	       broker_sandbox_enter(err);
}

static int within(int (*act)(void))
{
	return confined(enter, act);
}

static int refused(long result, int why)
{
	return result >= 0 || errno != why;
}

static int run(int fd)
{
	char *const argv[] = {program, NULL};

	return execveat(fd, "", argv, argv + 1, AT_EMPTY_PATH);
}

/* The process becomes the program, whose status is 0. */
static int run_the_courier(void)
{
	return run(BROKER_COURIER) ? 1 : 2;
}

static int run_a_program(void)
{
	char *const argv[] = {program, NULL};

	return execve(program, argv, argv + 1);
}

static int run_another_open_program(void)
{
	int other = open("/bin/false", O_PATH | O_CLOEXEC);

	return other < 0 || refused(run(other), ENOSYS);
}

static int put_another_program_in_its_place(void)
{
	int other = open("/bin/false", O_PATH | O_CLOEXEC);

	return other < 0 || refused(close(BROKER_COURIER), ENOSYS) ||
	       refused(dup2(other, BROKER_COURIER), ENOSYS) ||
	       refused(dup3(other, BROKER_COURIER, O_CLOEXEC), ENOSYS) ||
	       refused(close_range(3, ~0U, 0), ENOSYS) ||
	       refused(fcntl(other, F_DUPFD_CLOEXEC, BROKER_COURIER), ENOSYS);
}

static int look_into_a_process(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0;
}

static int signal_another_process(void)
{
	return kill(getppid(), SIGCONT) == 0;
}

static int make_a_namespace(void)
{
	return unshare(CLONE_NEWUSER) == 0;
}

static int be_dumpable_again(void)
{
	return refused(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), ENOSYS);
}

static int write_a_file(void)
{
	return refused(open("/tmp", O_RDWR | O_TMPFILE, 0600), ENOSYS) ||
	       refused(unlink("/tmp/credvault-elsewhere"), ENOSYS);
}

static int reach_programs_of_this_machine(void)
{
	return refused(socket(AF_UNIX, SOCK_STREAM, 0), EAFNOSUPPORT);
}

static int read_a_home(void)
{
	return refused(open("/root", O_RDONLY | O_DIRECTORY), EACCES) ||
	       refused(open("/home", O_RDONLY | O_DIRECTORY), EACCES) ||
	       refused(open("/proc/self/environ", O_RDONLY), EACCES) ||
	       refused(open("/tmp", O_RDONLY | O_DIRECTORY), EACCES);
}

static void the_broker_executes_the_courier_and_nothing_else(void **state)
{
	(void)state;
	confined_needs_the_filter();
	assert_int_equal(within(run_the_courier), 0);
	assert_int_equal(within(run_a_program), CONFINED_KILLED);
	assert_int_equal(within(run_another_open_program), 0);
	assert_int_equal(within(put_another_program_in_its_place), 0);
}

static void the_broker_leaves_everybody_else_alone(void **state)
{
	(void)state;
	confined_needs_the_filter();
	assert_int_equal(within(look_into_a_process), CONFINED_KILLED);
	assert_int_equal(within(signal_another_process), CONFINED_KILLED);
	assert_int_equal(within(make_a_namespace), CONFINED_KILLED);
	assert_int_equal(within(be_dumpable_again), 0);
	assert_int_equal(within(write_a_file), 0);
	assert_int_equal(within(reach_programs_of_this_machine), 0);
}

static void nobodys_home_is_in_the_brokers_reach(void **state)
{
	(void)state;
	confined_needs_the_filter();
	if (landlock_version() < 1)
		skip_because("this kernel has no Landlock");
	assert_int_equal(within(read_a_home), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_broker_executes_the_courier_and_nothing_else),
	    cmocka_unit_test(the_broker_leaves_everybody_else_alone),
	    cmocka_unit_test(nobodys_home_is_in_the_brokers_reach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
