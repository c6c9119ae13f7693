/* SPDX-License-Identifier: MIT */
#include "vault/agent/serve/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/confined.h"
#include "vault/confine/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum { KILLED = CONFINED_KILLED };

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

static bool enter(struct error *err)
{
	return sandbox_enter(inside, inside, notes, err);
}

static int within(int (*act)(void))
{
	return confined(enter, act);
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

static int open_a_datagram_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM, 0) >= 0;
}

/* Whether somebody listens there does not matter: the call itself is what is asked for. */
static int connect_to_a_unix_socket(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/systemd/private"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
}

/* A message that names its receiver, on a stream that is not connected. */
static int send_to_an_address(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char byte = 'x';
	struct iovec io = {&byte, 1};
	struct msghdr message = {
	    .msg_name = &address, .msg_namelen = sizeof(address), .msg_iov = &io, .msg_iovlen = 1};

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", inside);
	return sendmsg(socket(AF_UNIX, SOCK_STREAM, 0), &message, MSG_NOSIGNAL) >= 0 ||
	       errno != EOPNOTSUPP;
}

static int limit_another_process(void)
{
	struct rlimit limit = {.rlim_cur = 0};

	return prlimit(getppid(), RLIMIT_NOFILE, NULL, &limit) == 0;
}

static int allow_itself_core_files(void)
{
	const struct rlimit limit = {.rlim_cur = 1 << 20, .rlim_max = 1 << 20};

	return setrlimit(RLIMIT_CORE, &limit) == 0;
}

static int read_its_own_limits(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit);
}

static int signal_another_process(void)
{
	return kill(getppid(), SIGCONT) == 0;
}

static int signal_a_thread_of_another_process(void)
{
	return syscall(SYS_tgkill, getppid(), getppid(), SIGCONT) == 0;
}

static int have_signals_sent_by_a_descriptor(void)
{
	return fcntl(STDIN_FILENO, F_SETOWN, getppid()) == 0;
}

static int have_a_descriptor_copied(void)
{
	return fcntl(STDIN_FILENO, F_DUPFD, 0) >= 0;
}

static int lock_and_mark_a_descriptor(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
	int fd = open(inside, O_RDWR | O_CREAT, 0600);

	return fcntl(fd, F_SETFD, FD_CLOEXEC) || fcntl(fd, F_SETLK, &lock) ||
	       fcntl(fd, F_GETLK, &lock) || fcntl(fd, F_GETFL) < 0;
}

/* TIOCSTI types into a terminal as its user would. */
static int type_into_a_terminal(void)
{
	char byte = 'x';

	return ioctl(STDIN_FILENO, TIOCSTI, &byte) == 0 || errno != ENOTTY;
}

static int change_how_a_socket_routes(void)
{
	int on = 1;

	return setsockopt(socket(AF_UNIX, SOCK_STREAM, 0), SOL_SOCKET, SO_PASSCRED, &on,
			  sizeof(on)) == 0;
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

static int write_elsewhere(void)
{
	return open("/tmp", O_RDWR | O_TMPFILE, 0600) < 0 && errno == EACCES &&
	       open("/dev/null", O_WRONLY) < 0 && errno == EACCES;
}

static int listen_elsewhere(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX,
				      .sun_path = "/tmp/credvault-elsewhere"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 && errno == EACCES;
}

static int listen_beside_the_vault(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", inside);
	return bind(fd, (const struct sockaddr *)&address, sizeof(address)) || listen(fd, 1);
}

static void what_the_agent_must_never_do_kills_it(void **state)
{
	(void)state;
	confined_needs_the_filter();
	assert_int_equal(within(run_a_program), KILLED);
	assert_int_equal(within(open_an_internet_socket), KILLED);
	assert_int_equal(within(look_into_a_process), KILLED);
	assert_int_equal(within(fork_a_process), KILLED);
	assert_int_equal(within(make_code), KILLED);
	assert_int_equal(within(make_a_directory), KILLED);
}

static void the_agent_connects_to_nobody(void **state)
{
	(void)state;
	confined_needs_the_filter();
	assert_int_equal(within(connect_to_a_unix_socket), KILLED);
	assert_int_equal(within(open_a_datagram_socket), KILLED);
	assert_int_equal(within(send_to_an_address), 0);
	assert_int_equal(within(change_how_a_socket_routes), KILLED);
}

static void no_other_process_is_signalled_or_limited(void **state)
{
	(void)state;
	confined_needs_the_filter();
	assert_int_equal(within(limit_another_process), KILLED);
	assert_int_equal(within(allow_itself_core_files), KILLED);
	assert_int_equal(within(signal_another_process), KILLED);
	assert_int_equal(within(signal_a_thread_of_another_process), KILLED);
	assert_int_equal(within(have_signals_sent_by_a_descriptor), KILLED);
	assert_int_equal(within(have_a_descriptor_copied), KILLED);
	assert_int_equal(within(type_into_a_terminal), 0);
}

static void what_it_needs_goes_on(void **state)
{
	(void)state;
	confined_needs_the_filter();
	assert_int_equal(within(open_a_unix_socket), 0);
	assert_int_equal(within(start_a_thread), 0);
	assert_int_equal(within(write_beside_the_vault), 0);
	assert_int_equal(within(write_the_witness), 0);
	assert_int_equal(within(read_its_own_limits), 0);
	assert_int_equal(within(lock_and_mark_a_descriptor), 0);
	(void)unlink(inside);
	assert_int_equal(within(listen_beside_the_vault), 0);
}

static void other_files_are_out_of_reach(void **state)
{
	(void)state;
	confined_needs_the_filter();
	if (landlock_version() < 1)
		skip_because("this kernel has no Landlock");
	assert_int_equal(within(read_elsewhere), 1);
	assert_int_equal(within(write_elsewhere), 1);
	assert_int_equal(within(listen_elsewhere), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_the_agent_must_never_do_kills_it, start, stop),
	    cmocka_unit_test_setup_teardown(the_agent_connects_to_nobody, start, stop),
	    cmocka_unit_test_setup_teardown(no_other_process_is_signalled_or_limited, start, stop),
	    cmocka_unit_test_setup_teardown(what_it_needs_goes_on, start, stop),
	    cmocka_unit_test_setup_teardown(other_files_are_out_of_reach, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
