/* SPDX-License-Identifier: MIT */
#include "cli/ui/child.h"

#include "vault/base/clock.h"
#include "vault/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool starts_with_one(const char *variable, const char *const names[])
{
	for (size_t i = 0; names[i]; i++) {
		if (strncmp(variable, names[i], strlen(names[i])) == 0)
			return true;
	}
	return false;
}

void child_environment(bool for_person, char *envp[static CHILD_ENVIRONMENT_MAX])
{
	static const char *const always[] = {"HOME=", "PATH=", "LANG=", "LANGUAGE=", "LC_",
					     "TZ=",   "XDG_",  "USER=", "LOGNAME=",  NULL};
	static const char *const person[] = {
	    "DISPLAY=", "WAYLAND_DISPLAY=", "XAUTHORITY=", "DBUS_SESSION_BUS_ADDRESS=",
	    "TERM=",	"GPG_TTY=",	    NULL};
	size_t n = 0;

	for (size_t i = 0; environ && environ[i] && n + 1 < CHILD_ENVIRONMENT_MAX; i++) {
		if (starts_with_one(environ[i], always) ||
		    (for_person && starts_with_one(environ[i], person)))
			envp[n++] = environ[i];
	}
	envp[n] = NULL;
}

bool child_start(const char *path, char *const argv[], char *const envp[], bool with_input,
		 struct child *out, struct error *err)
{
	int in[2] = {-1, -1}, back[2] = {-1, -1};
	bool ok = false;

	*out = (struct child){.to = -1, .from = -1};
	if (pipe2(back, O_CLOEXEC) != 0 || (with_input && pipe2(in, O_CLOEXEC) != 0)) {
		error_set_errno(err, ERROR_FAILED, errno, "cannot make a pipe");
		goto out;
	}
	if (!with_input)
		in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (in[0] < 0) {
		error_set_errno(err, ERROR_FAILED, errno, "cannot open /dev/null");
		goto out;
	}
	ok = process_spawn(
	    &(struct process_child){.path = path,
				    .argv = argv,
				    .envp = envp,
				    .fds = (const struct process_fd[]){{in[0], 0}, {back[1], 1}},
				    .fds_count = 2},
	    &out->pid, err);
	if (ok) {
		out->to = in[1];
		out->from = back[0];
		in[1] = back[0] = -1;
	}
out:
	for (size_t i = 0; i < 2; i++) {
		if (in[i] >= 0)
			(void)close(in[i]);
		if (back[i] >= 0)
			(void)close(back[i]);
	}
	return ok;
}

enum { LOOK_MS = 50, LONGEST_MS = 3600000 };

/*
 * A descriptor that becomes readable when the program ends. -1 where the kernel gives none (before
 * 5.3, and under tools that do not know the call): then child_has_ended() looks every LOOK_MS.
 */
static int child_end_fd(const struct child *child)
{
	return (int)syscall(SYS_pidfd_open, child->pid, 0);
}

static bool child_has_ended(const struct child *child)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == child->pid;
}

static int child_patience(int end, long long left_ms)
{
	long long most = end >= 0 ? LONGEST_MS : LOOK_MS;

	return (int)(left_ms < most ? left_ms : most);
}

/*
 * Waits until there is output or the program has ended: a process that it leaves behind may hold
 * our pipe open for ever.
 */
static bool child_wait_output(const struct child *child, long long left_ms, bool *ended)
{
	int end = child_end_fd(child);
	struct pollfd fds[2] = {{.fd = child->from, .events = POLLIN},
				{.fd = end, .events = POLLIN}};

	(void)poll(fds, 2, child_patience(end, left_ms));
	*ended = end >= 0 ? fds[1].revents != 0 : child_has_ended(child);
	/* Its last output may have come between the poll and the end. */
	if (*ended && fds[0].revents == 0)
		(void)poll(fds, 1, 0);
	if (end >= 0)
		(void)close(end);
	return fds[0].revents != 0;
}

bool child_read(const struct child *child, long long deadline_ms, struct buf *out, bool *end,
		struct error *err)
{
	*end = false;
	for (;;) {
		long long left = deadline_ms - clock_boot_ms(&clock_system);
		ssize_t n;

		if (left <= 0)
			return error_set(err, ERROR_FAILED, "it did not answer in time");
		if (!child_wait_output(child, left, end)) {
			if (*end)
				return true;
			continue;
		}
		if (!buf_reserve(out, 1, err))
			return error_set(err, ERROR_FAILED, "its answer is too long");
		/* cap counts a byte for the NUL, and limit is the ceiling. */
		n = (ssize_t)(out->cap - out->len - 1);
		if ((size_t)n > out->limit - out->len)
			n = (ssize_t)(out->limit - out->len);
		n = read(child->from, out->data + out->len, (size_t)n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set_errno(err, ERROR_FAILED, errno, "cannot read its answer");
		*end = n == 0;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		return true;
	}
}

bool child_wait(const struct child *child, long long deadline_ms, struct error *err)
{
	struct pollfd end = {.fd = child_end_fd(child), .events = POLLIN};
	long long left;
	bool ended;

	while (!(ended = end.fd >= 0 ? end.revents != 0 : child_has_ended(child)) &&
	       (left = deadline_ms - clock_boot_ms(&clock_system)) > 0)
		(void)poll(&end, 1, child_patience(end.fd, left));
	if (end.fd >= 0)
		(void)close(end.fd);
	return ended || error_set(err, ERROR_FAILED, "it did not end in time");
}

int child_end(struct child *child, bool kill_it)
{
	int status = 0;
	pid_t reaped;

	if (child->to >= 0)
		(void)close(child->to);
	if (child->from >= 0)
		(void)close(child->from);
	if (child->pid <= 0)
		return -1;
	if (kill_it)
		(void)kill(child->pid, SIGKILL);
	do
		reaped = waitpid(child->pid, &status, 0);
	while (reaped < 0 && errno == EINTR);
	*child = (struct child){.to = -1, .from = -1};
	return reaped > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool child_answer(char *const argv[], char *const envp[], int limit_s, struct buf *out, int *status,
		  struct error *err)
{
	long long deadline = clock_boot_ms(&clock_system) + limit_s * 1000LL;
	struct child child;
	bool ok, end = false;

	out->limit = CHILD_ANSWER_MAX;
	ok = child_start(argv[0], argv, envp, false, &child, err);
	while (ok && !end)
		ok = child_read(&child, deadline, out, &end, err);
	ok = ok && child_wait(&child, deadline, err);
	*status = child_end(&child, !ok);
	if (ok && out->len > 0 && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
	return ok;
}
