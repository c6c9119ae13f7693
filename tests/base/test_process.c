/* SPDX-License-Identifier: MIT */
#include "vault/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Runs a check in a child, whose limits and descriptors are its own; returns its exit status. */
static int in_child(int (*check)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(check());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Spawns argv with its output (as descriptor `to`) on a pipe, and reads all of it. */
static bool output_of(char *const argv[], char *const envp[], int to, bool new_session, char *out,
		      size_t size, struct error *err)
{
	struct process_fd fds[] = {{.to = to}};
	size_t len = 0;
	int ends[2], status;
	ssize_t n;
	pid_t pid;
	bool ok;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	fds[0].from = ends[1];
	ok = process_spawn(&(struct process_child){.path = argv[0],
						   .argv = argv,
						   .envp = envp,
						   .fds = fds,
						   .fds_count = 1,
						   .new_session = new_session},
			   &pid, err);
	(void)close(ends[1]);
	while (ok && len + 1 < size && (n = read(ends[0], out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	(void)close(ends[0]);
	return ok && waitpid(pid, &status, 0) == pid && status == 0;
}

static char shell[] = "/bin/sh", dash_c[] = "-c";
static char *const no_environment[] = {NULL};

/* Prints the numbers of its descriptors and whether 0-2 are /dev/null, on descriptor 5. */
static char which[] =
    "i=0; while [ $i -lt 100 ]; do [ -e /proc/self/fd/$i ] && printf '%s ' $i >&5; i=$((i+1)); "
    "done;"
    "for i in 0 1 2; do [ /proc/self/fd/$i -ef /dev/null ] && printf null >&5; done; :";

static void a_child_has_exactly_the_descriptors_that_were_named(void **state)
{
	char *const argv[] = {shell, dash_c, which, NULL};
	struct error err = ERROR_INIT;
	int extra[5], high;
	char out[512];

	(void)state;
	for (size_t i = 0; i < 5; i++)
		extra[i] = dup(0);
	high = fcntl(0, F_DUPFD, 70);
	assert_true(extra[4] > 0 && high >= 70);
	assert_true(output_of(argv, no_environment, 5, false, out, sizeof(out), &err));
	assert_string_equal(out, "0 1 2 5 nullnullnull");
	for (size_t i = 0; i < 5; i++)
		(void)close(extra[i]);
	(void)close(high);
}

static int spawn_without_stdio(void)
{
	char *const argv[] = {shell, dash_c, which, NULL};
	struct error err = ERROR_INIT;
	char out[512];

	(void)close(0);
	(void)close(1);
	(void)close(2);
	if (!output_of(argv, no_environment, 5, false, out, sizeof(out), &err))
		return 1;
	return strcmp(out, "0 1 2 5 nullnullnull") == 0 ? 0 : 2;
}

static void trap_17_closed_stdio_of_the_parent_does_not_reach_the_child(void **state)
{
	(void)state;
	assert_int_equal(in_child(spawn_without_stdio), 0);
}

static int reopen_stdio(void)
{
	struct error err = ERROR_INIT;
	struct stat st, null;
	int fd;

	(void)close(0);
	(void)close(2);
	if (!process_open_standard_fds(&err))
		return 1;
	fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	if (fd < 3)
		return 2;
	for (int i = 0; i <= 2; i += 2) {
		if (fstat(i, &st) != 0 || stat("/dev/null", &null) != 0 ||
		    st.st_rdev != null.st_rdev)
			return 3;
	}
	return 0;
}

static void trap_17_closed_stdio_is_filled_so_that_no_file_becomes_stderr(void **state)
{
	(void)state;
	assert_int_equal(in_child(reopen_stdio), 0);
}

static int trade_places(void)
{
	char text[] = "printf eight >&8; printf nine >&9";
	char *const argv[] = {shell, dash_c, text, NULL};
	static const struct process_fd fds[] = {{.from = 9, .to = 8}, {.from = 8, .to = 9}};
	struct error err = ERROR_INIT;
	int first[2], second[2];
	char out[16] = "";
	pid_t pid;

	if (pipe2(first, O_CLOEXEC) != 0 || pipe2(second, O_CLOEXEC) != 0)
		return 1;
	first[0] = fcntl(first[0], F_DUPFD_CLOEXEC, 20);
	second[0] = fcntl(second[0], F_DUPFD_CLOEXEC, 20);
	first[1] = fcntl(first[1], F_DUPFD_CLOEXEC, 20);
	if (dup3(second[1], 8, O_CLOEXEC) != 8 || dup3(first[1], 9, O_CLOEXEC) != 9)
		return 2;
	if (!process_spawn(
		&(struct process_child){
		    .path = shell,
		    .argv = argv,
		    .envp = no_environment,
		    .fds = fds,
		    .fds_count = 2,
		},
		&pid, &err) ||
	    waitpid(pid, NULL, 0) != pid)
		return 3;
	if (read(first[0], out, sizeof(out)) != 5 || memcmp(out, "eight", 5) != 0)
		return 4;
	return read(second[0], out, sizeof(out)) == 4 && memcmp(out, "nine", 4) == 0 ? 0 : 5;
}

static void descriptors_may_trade_places(void **state)
{
	(void)state;
	assert_int_equal(in_child(trade_places), 0);
}

static void the_environment_is_the_one_given(void **state)
{
	char env[] = "/usr/bin/env", one[] = "ONE=1", two[] = "TWO=x y";
	char *const argv[] = {env, NULL}, *const envp[] = {one, two, NULL};
	struct error err = ERROR_INIT;
	char out[512];

	(void)state;
	assert_true(output_of(argv, envp, 1, false, out, sizeof(out), &err));
	assert_string_equal(out, "ONE=1\nTWO=x y\n");
}

static void signals_are_as_a_fresh_process_has_them(void **state)
{
	char cat[] = "/bin/cat", status[] = "/proc/self/status";
	char *const argv[] = {cat, status, NULL};
	struct error err = ERROR_INIT;
	sigset_t mask, old;
	char out[8192];
	void (*was)(int) = signal(SIGUSR1, SIG_IGN);

	(void)state;
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &mask, &old), 0);
	assert_true(output_of(argv, no_environment, 1, false, out, sizeof(out), &err));
	assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
	(void)signal(SIGUSR1, was);
	assert_non_null(strstr(out, "SigBlk:\t0000000000000000"));
	assert_non_null(strstr(out, "SigIgn:\t0000000000000000"));
}

static void a_new_session_has_no_terminal_to_be_interrupted_from(void **state)
{
	char cat[] = "/bin/cat", stat_file[] = "/proc/self/stat";
	char *const argv[] = {cat, stat_file, NULL};
	struct error err = ERROR_INIT;
	long pid, session, terminal;
	char out[2048];

	(void)state;
	assert_true(output_of(argv, no_environment, 1, true, out, sizeof(out), &err));
	assert_int_equal(sscanf(out, "%ld (cat) %*c %*d %*d %ld %ld", &pid, &session, &terminal),
			 3);
	assert_int_equal(session, pid);
	assert_int_equal(terminal, 0);
	assert_true(output_of(argv, no_environment, 1, false, out, sizeof(out), &err));
	assert_int_equal(sscanf(out, "%ld (cat) %*c %*d %*d %ld", &pid, &session), 2);
	assert_int_equal(session, getsid(0));
}

static void what_cannot_be_executed_is_an_error_and_leaves_no_zombie(void **state)
{
	char missing[] = "/nothing/here", directory[] = "/tmp";
	char *const argv[] = {missing, NULL};
	struct process_fd many[9] = {{0, 0}}, closed = {.from = 999, .to = 5};
	struct error err = ERROR_INIT;
	pid_t pid = -7;

	(void)state;
	assert_false(process_spawn(
	    &(struct process_child){.path = missing, .argv = argv, .envp = no_environment}, &pid,
	    &err));
	assert_int_equal(err.code, ERROR_FAILED);
	assert_non_null(strstr(err.message, "No such file"));
	assert_false(process_spawn(
	    &(struct process_child){.path = directory, .argv = argv, .envp = no_environment}, &pid,
	    &err));
	assert_false(process_spawn(
	    &(struct process_child){
		.path = shell,
		.argv = argv,
		.envp = no_environment,
		.fds = &closed,
		.fds_count = 1,
	    },
	    &pid, &err));
	assert_false(process_spawn(
	    &(struct process_child){
		.path = shell,
		.argv = argv,
		.envp = no_environment,
		.fds = many,
		.fds_count = 9,
	    },
	    &pid, &err));
	assert_int_equal(pid, -7);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static int check_helper(void)
{
	struct error err = ERROR_INIT;
	struct rlimit core;

	(void)setenv("HOME", "/h", 1);
	(void)setenv("LC_ALL", "C", 1);
	(void)setenv("XDG_RUNTIME_DIR", "/x", 1);
	(void)setenv("LD_PRELOAD", "", 1);
	(void)setenv("SSLKEYLOGFILE", "/tmp/keys", 1);
	(void)setenv("OPENSSL_CONF", "/tmp/conf", 1);
	(void)setenv("AWS_SECRET_ACCESS_KEY", "x", 1);
	(void)setenv("HOMEWARD", "x", 1);
	if (!process_harden_helper(&err))
		return 1;
	if (prctl(PR_GET_DUMPABLE) != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 2;
	if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0)
		return 3;
	if (umask(0) != 077)
		return 4;
	if (getenv("LD_PRELOAD") || getenv("SSLKEYLOGFILE") || getenv("OPENSSL_CONF") ||
	    getenv("AWS_SECRET_ACCESS_KEY") || getenv("HOMEWARD"))
		return 5;
	if (!getenv("HOME") || !getenv("LC_ALL") || !getenv("XDG_RUNTIME_DIR"))
		return 6;
	return 0;
}

static void a_helper_gives_up_dumps_cores_privileges_and_its_environment(void **state)
{
	(void)state;
	assert_int_equal(in_child(check_helper), 0);
}

static int check_cli(void)
{
	struct error err = ERROR_INIT;
	struct rlimit before, after;
	mode_t mask = umask(027);

	(void)mask;
	(void)setenv("AWS_PROFILE", "p", 1);
	if (getrlimit(RLIMIT_CORE, &before) != 0 || !process_harden_cli(&err))
		return 1;
	if (prctl(PR_GET_DUMPABLE) != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0)
		return 2;
	if (getrlimit(RLIMIT_CORE, &after) != 0 || after.rlim_cur != 0 ||
	    after.rlim_max != before.rlim_max)
		return 3;
	return umask(0) == 027 && getenv("AWS_PROFILE") ? 0 : 4;
}

static void the_command_line_keeps_what_its_child_must_inherit(void **state)
{
	(void)state;
	assert_int_equal(in_child(check_cli), 0);
}

static int check_limits(void)
{
	static const int raised[] = {RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_AS, RLIMIT_DATA,
				     RLIMIT_NOFILE};
	const rlim_t most = (rlim_t)1 << 33;
	struct rlimit now;

	for (size_t i = 0; i < sizeof(raised) / sizeof(raised[0]); i++) {
		struct rlimit low;

		if (getrlimit((__rlimit_resource_t)raised[i], &low) != 0)
			return 1;
		low.rlim_cur = low.rlim_max < most ? low.rlim_max : most;
		low.rlim_max = low.rlim_cur--;
		if (setrlimit((__rlimit_resource_t)raised[i], &low) != 0)
			return 2;
	}
	process_raise_limits();
	for (size_t i = 0; i < sizeof(raised) / sizeof(raised[0]); i++) {
		if (getrlimit((__rlimit_resource_t)raised[i], &now) != 0 ||
		    now.rlim_cur != now.rlim_max)
			return 3;
	}
	return 0;
}

static void soft_limits_rise_to_the_hard_ones(void **state)
{
	(void)state;
	assert_int_equal(in_child(check_limits), 0);
}

static int dumpable_after_exec(void)
{
	char text[] = "[ -r /proc/self/environ ] && [ -O /proc/self/environ ]";
	char *const argv[] = {shell, dash_c, text, NULL};
	struct error err = ERROR_INIT;
	int status = -1;
	pid_t pid;

	if (!process_harden_helper(&err) ||
	    !process_spawn(
		&(struct process_child){.path = shell, .argv = argv, .envp = no_environment}, &pid,
		&err))
		return 10;
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 11;
	return WEXITSTATUS(status);
}

static void trap_24_dumpable_is_reset_by_exec_so_each_program_hardens_itself(void **state)
{
	(void)state;
	assert_int_equal(in_child(dumpable_after_exec), 0);
}

static void the_peer_of_a_socket_is_who_made_it(void **state)
{
	struct process_peer peer = {0};
	struct error err = ERROR_INIT;
	int pair[2], file = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_true(process_peer(pair[0], &peer, &err));
	assert_int_equal(peer.uid, geteuid());
	assert_int_equal(peer.pid, getpid());
	assert_false(process_peer(file, &peer, &err));
	assert_int_equal(err.code, ERROR_FAILED);
	(void)close(pair[0]);
	(void)close(pair[1]);
	(void)close(file);
}

static void the_name_and_parent_of_a_process_are_read(void **state)
{
	char cat[] = "/bin/cat";
	char *const argv[] = {cat, NULL};
	struct error err = ERROR_INIT;
	struct process_fd fds[1];
	int ends[2];
	struct process_look look;
	uint64_t start;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fds[0] = (struct process_fd){.from = ends[0], .to = 0};
	assert_true(process_spawn(
	    &(struct process_child){
		.path = cat, .argv = argv, .envp = no_environment, .fds = fds, .fds_count = 1},
	    &pid, &err));
	assert_true(process_look(pid, &look));
	assert_string_equal(look.name, "cat");
	assert_int_equal(look.parent, getpid());
	start = look.start;
	assert_true(process_look(getpid(), &look));
	assert_true(look.start > 0 && look.start <= start);
	(void)close(ends[0]);
	(void)close(ends[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(process_look(pid, &look));
}

static void a_low_limit_of_descriptors_is_enough(void **state)
{
	char flag[] = "-c", script[] = "exit 7";
	char *const argv[] = {shell, flag, script, NULL};
	struct process_fd errors = {.from = 2, .to = 2};
	struct rlimit before, low;
	struct error err = ERROR_INIT;
	int status = 0;
	pid_t pid = 0;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	low = before;
	low.rlim_cur = 32;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	if (!process_spawn(
		&(struct process_child){
		    .path = shell,
		    .argv = argv,
		    .envp = no_environment,
		    .fds = &errors,
		    .fds_count = 1,
		},
		&pid, &err))
		fail_msg("%s", err.message);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_low_limit_of_descriptors_is_enough),
	    cmocka_unit_test(a_child_has_exactly_the_descriptors_that_were_named),
	    cmocka_unit_test(trap_17_closed_stdio_of_the_parent_does_not_reach_the_child),
	    cmocka_unit_test(trap_17_closed_stdio_is_filled_so_that_no_file_becomes_stderr),
	    cmocka_unit_test(descriptors_may_trade_places),
	    cmocka_unit_test(the_environment_is_the_one_given),
	    cmocka_unit_test(signals_are_as_a_fresh_process_has_them),
	    cmocka_unit_test(a_new_session_has_no_terminal_to_be_interrupted_from),
	    cmocka_unit_test(what_cannot_be_executed_is_an_error_and_leaves_no_zombie),
	    cmocka_unit_test(a_helper_gives_up_dumps_cores_privileges_and_its_environment),
	    cmocka_unit_test(the_command_line_keeps_what_its_child_must_inherit),
	    cmocka_unit_test(soft_limits_rise_to_the_hard_ones),
	    cmocka_unit_test(trap_24_dumpable_is_reset_by_exec_so_each_program_hardens_itself),
	    cmocka_unit_test(the_peer_of_a_socket_is_who_made_it),
	    cmocka_unit_test(the_name_and_parent_of_a_process_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
