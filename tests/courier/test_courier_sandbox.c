/* SPDX-License-Identifier: MIT */
#include "vault/courier/courier_sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/confined.h"
#include "vault/confine/landlock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* Each act answers 0 where it was refused as it should be. */

static int within(int (*act)(void))
{
	return confined(courier_sandbox_enter, act);
}

static int refused(long result, int why)
{
	return result >= 0 || errno != why;
}

/* --- what kills ----------------------------------------------------------------------------- */

static int run_a_program(void)
{
	char *const argv[] = {(char[]){"true"}, NULL};

	return execve("/bin/true", argv, argv + 1);
}

static int run_an_open_program(void)
{
	char *const argv[] = {(char[]){"true"}, NULL};

	return execveat(AT_FDCWD, "/bin/true", argv, argv + 1, 0);
}

static int look_into_a_process(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0;
}

static int signal_another_process(void)
{
	return kill(getppid(), SIGCONT) == 0;
}

/* --- what is refused ------------------------------------------------------------------------ */

static int fork_a_process(void)
{
	return refused(fork(), ENOSYS);
}

static int limit_another_process(void)
{
	struct rlimit limit;

	return refused(prlimit(getppid(), RLIMIT_NOFILE, NULL, &limit), ENOSYS);
}

static int have_signals_sent_by_a_descriptor(void)
{
	return refused(fcntl(STDIN_FILENO, F_SETOWN, getppid()), ENOSYS);
}

static int type_into_a_terminal(void)
{
	char byte = 'x';

	return refused(ioctl(STDIN_FILENO, TIOCSTI, &byte), ENOSYS);
}

static int make_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return refused(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0) == MAP_FAILED
			   ? -1
			   : 0,
		       EACCES) ||
	       refused(mprotect(page, 4096, PROT_READ | PROT_EXEC), EACCES);
}

static int reach_programs_of_this_machine(void)
{
	int pair[2];

	return refused(socket(AF_UNIX, SOCK_STREAM, 0), EAFNOSUPPORT) ||
	       refused(socket(AF_NETLINK, SOCK_RAW, 0), EAFNOSUPPORT) ||
	       refused(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), ENOSYS);
}

static int speak_another_protocol(void)
{
	return refused(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), ENOSYS);
}

static int be_connected_to(void)
{
	const struct sockaddr_in address = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ||
	       refused(bind(fd, (const struct sockaddr *)&address, sizeof(address)), ENOSYS) ||
	       refused(listen(fd, 1), ENOSYS);
}

static int write_a_file(void)
{
	return refused(open("/tmp", O_RDWR | O_TMPFILE, 0600), ENOSYS) ||
	       refused(open("/tmp/credvault-elsewhere", O_RDONLY | O_CREAT, 0600), ENOSYS) ||
	       refused(open("/dev/null", O_WRONLY), ENOSYS) ||
	       refused(unlink("/tmp/credvault-elsewhere"), ENOSYS) ||
	       refused(rename("/tmp/credvault-elsewhere", "/tmp/credvault"), ENOSYS);
}

static int read_elsewhere(void)
{
	return refused(open("/etc/passwd", O_RDONLY), EACCES) ||
	       refused(open("/proc/self/status", O_RDONLY), EACCES) ||
	       refused(open("/tmp", O_RDONLY | O_DIRECTORY), EACCES);
}

/* --- what goes on --------------------------------------------------------------------------- */

static void *nothing(void *arg)
{
	return arg;
}

static int start_a_thread(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL);
}

static int read_what_names_are_resolved_by(void)
{
	return open("/etc/hosts", O_RDONLY) < 0 || open("/etc/nsswitch.conf", O_RDONLY) < 0 ||
	       open("/etc/ssl/certs/ca-certificates.crt", O_RDONLY) < 0;
}

static int resolve_a_name(void)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;

	return getaddrinfo("localhost", "443", &hints, &found) || !found;
}

/* Port 1 of loopback: somebody says no, nobody else is asked. */
static int connect_over_tcp(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(1)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ||
	       errno != ECONNREFUSED;
}

/* --- the tests ------------------------------------------------------------------------------ */

static void a_program_or_another_process_kills_the_courier(void **state)
{
	(void)state;
	confined_needs_the_filter();
	assert_int_equal(within(run_a_program), CONFINED_KILLED);
	assert_int_equal(within(run_an_open_program), CONFINED_KILLED);
	assert_int_equal(within(look_into_a_process), CONFINED_KILLED);
	assert_int_equal(within(signal_another_process), CONFINED_KILLED);
}

static void what_a_library_may_try_is_refused_with_an_error(void **state)
{
	(void)state;
	confined_needs_the_filter();
	assert_int_equal(within(fork_a_process), 0);
	assert_int_equal(within(limit_another_process), 0);
	assert_int_equal(within(have_signals_sent_by_a_descriptor), 0);
	assert_int_equal(within(type_into_a_terminal), 0);
	assert_int_equal(within(make_code), 0);
	assert_int_equal(within(reach_programs_of_this_machine), 0);
	assert_int_equal(within(speak_another_protocol), 0);
	assert_int_equal(within(be_connected_to), 0);
	assert_int_equal(within(write_a_file), 0);
}

static void a_transfer_goes_on(void **state)
{
	(void)state;
	confined_needs_the_filter();
	assert_int_equal(within(start_a_thread), 0);
	assert_int_equal(within(read_what_names_are_resolved_by), 0);
	assert_int_equal(within(resolve_a_name), 0);
	assert_int_equal(within(connect_over_tcp), 0);
}

static void other_files_are_out_of_the_couriers_reach(void **state)
{
	(void)state;
	confined_needs_the_filter();
	if (landlock_version() < 1)
		skip_because("this kernel has no Landlock");
	assert_int_equal(within(read_elsewhere), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_program_or_another_process_kills_the_courier),
	    cmocka_unit_test(what_a_library_may_try_is_refused_with_an_error),
	    cmocka_unit_test(a_transfer_goes_on),
	    cmocka_unit_test(other_files_are_out_of_the_couriers_reach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
