/* SPDX-License-Identifier: MIT */
#include "vault/agent/serve/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/skip.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLED = 1000 };

static char directory[64];
static char inside[96];
static char notes[64];
static char noted[96];

static int start(void **state)
{
	(void)state;
	(void)snprintf(directory, sizeof(directory), "/tmp/credvault-test-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	(void)snprintf(inside, sizeof(inside), "%s/vault.db", directory);
	(void)snprintf(notes, sizeof(notes), "/tmp/credvault-notes-XXXXXX");
	if (!mkdtemp(notes))
		return -1;
	(void)snprintf(noted, sizeof(noted), "%s/mark", notes);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	(void)unlink(inside);
	return rmdir(notes) | rmdir(directory);
}

/* What act() answers within the sandbox; KILLED where it does not come to an answer. */
static int within(int (*act)(void))
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		struct error err = ERROR_INIT;

		if (!sandbox_enter(inside, inside, notes, &err))
			_exit(111);
		_exit(act());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return KILLED;
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), 111);
	return WEXITSTATUS(status);
}

static int run_a_program(void)
{
	char *const argv[] = {(char[]){"true"}, NULL};

	return execve("/bin/true", argv, argv + 1);
}

static int open_an_internet_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static int open_a_unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0;
}

static int look_into_a_process(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0;
}

static int fork_a_process(void)
{
	return fork() >= 0;
}

static int make_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) != MAP_FAILED;
}

static void *nothing(void *arg)
{
	return arg;
}

static int start_a_thread(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL);
}

static int write_beside_the_vault(void)
{
	int fd = open(inside, O_RDWR | O_CREAT, 0600);

	return fd < 0 || write(fd, "x", 1) != 1 || fdatasync(fd) != 0;
}

static int write_the_witness(void)
{
	char other[sizeof(noted) + 8];
	int fd = open(noted, O_RDWR | O_CREAT | O_EXCL, 0600);

	(void)snprintf(other, sizeof(other), "%s.new", noted);
	return fd < 0 || pwrite(fd, "x", 1, 0) != 1 || fdatasync(fd) != 0 ||
	       rename(noted, other) != 0 || unlink(other) != 0;
}

static int make_a_directory(void)
{
	return mkdir(noted, 0700) == 0;
}

static int read_elsewhere(void)
{
	return open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES;
}

static void needs_the_filter(void)
{
#ifdef CV_RELAXED_SANDBOX
	skip_because("this build has no filter: the sanitizers' own calls would be killed");
#endif
	if (getenv("CREDVAULT_UNDER_VALGRIND"))
		skip_because("the filter would kill valgrind for calls of its own");
}

static void what_the_agent_must_never_do_kills_it(void **state)
{
	(void)state;
	needs_the_filter();
	assert_int_equal(within(run_a_program), KILLED);
	assert_int_equal(within(open_an_internet_socket), KILLED);
	assert_int_equal(within(look_into_a_process), KILLED);
	assert_int_equal(within(fork_a_process), KILLED);
	assert_int_equal(within(make_code), KILLED);
	assert_int_equal(within(make_a_directory), KILLED);
}

static void what_it_needs_goes_on(void **state)
{
	(void)state;
	needs_the_filter();
	assert_int_equal(within(open_a_unix_socket), 0);
	assert_int_equal(within(start_a_thread), 0);
	assert_int_equal(within(write_beside_the_vault), 0);
	assert_int_equal(within(write_the_witness), 0);
}

static void other_files_are_out_of_reach(void **state)
{
	(void)state;
	needs_the_filter();
	/* 444 is landlock_create_ruleset, 1 asks for its version. */
	if (syscall(444, NULL, 0, 1) < 1)
		skip_because("this kernel has no Landlock");
	assert_int_equal(within(read_elsewhere), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_the_agent_must_never_do_kills_it, start, stop),
	    cmocka_unit_test_setup_teardown(what_it_needs_goes_on, start, stop),
	    cmocka_unit_test_setup_teardown(other_files_are_out_of_reach, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
