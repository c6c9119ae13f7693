/* SPDX-License-Identifier: MIT */
#include "vault/base/process.h"

#include "vault/base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { FDS_MAX = 8, FD_PARKED = 16 };

bool process_open_standard_fds(struct error *err)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY) != fd)
			return error_set_errno(err, ERROR_IO, errno, "cannot open /dev/null");
	}
	return true;
}

static bool process_forbid_dumps(struct error *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return error_set_errno(err, ERROR_FAILED, errno, "cannot forbid memory dumps");
	return true;
}

bool process_harden_helper(struct error *err)
{
	static const char *const allowed[] = {"HOME=", "PATH=", "LANG=", "LC_", "TZ=", "XDG_"};
	const struct rlimit none = {0};
	size_t kept = 0;

	for (size_t i = 0; environ && environ[i]; i++) {
		for (size_t j = 0; j < sizeof(allowed) / sizeof(allowed[0]); j++) {
			if (strncmp(environ[i], allowed[j], strlen(allowed[j])) == 0) {
				environ[kept++] = environ[i];
				break;
			}
		}
	}
	if (environ)
		environ[kept] = NULL;
	(void)umask(077);
	if (!process_open_standard_fds(err) || !process_forbid_dumps(err))
		return false;
	if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_set_errno(err, ERROR_FAILED, errno, "cannot give up privileges");
	return true;
}

void process_raise_limits(void)
{
	static const __rlimit_resource_t raised[] = {RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_AS,
						     RLIMIT_DATA, RLIMIT_NOFILE};

	for (size_t i = 0; i < sizeof(raised) / sizeof(raised[0]); i++) {
		struct rlimit limit;

		if (getrlimit(raised[i], &limit) != 0)
			continue;
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(raised[i], &limit);
	}
}

bool process_is_dumpable(void)
{
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1;
}

pid_t process_tracer(void)
{
	static const char name[] = "\nTracerPid:";
	char text[4096];
	const char *at;
	ssize_t n;
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, name);
	return at ? (pid_t)strtol(at + sizeof(name) - 1, NULL, 10) : 0;
}

bool process_harden_cli(struct error *err)
{
	struct rlimit core;

	if (!process_open_standard_fds(err) || !process_forbid_dumps(err))
		return false;
	if (getrlimit(RLIMIT_CORE, &core) != 0)
		return error_set_errno(err, ERROR_FAILED, errno, "cannot read the core limit");
	core.rlim_cur = 0;
	if (setrlimit(RLIMIT_CORE, &core) != 0)
		return error_set_errno(err, ERROR_FAILED, errno, "cannot forbid core files");
	return true;
}

static bool process_names_fd(const struct process_child *child, int fd)
{
	for (size_t i = 0; i < child->fds_count; i++) {
		if (child->fds[i].to == fd)
			return true;
	}
	return false;
}

/* In the child, between fork and exec: async-signal-safe calls only. Never returns. */
static void process_become(const struct process_child *child, pid_t parent, int report)
{
	int parked[FDS_MAX], saved;
	sigset_t none;

	(void)sigemptyset(&none);
	for (int s = 1; s < NSIG; s++)
		(void)signal(s, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (child->new_session)
		(void)setsid();
	/* A parent that ended before this call sends no signal any more. */
	if (child->dies_with_parent &&
	    (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent))
		_exit(126);
	/*
	 * Park all descriptors at high numbers first: the source of one may be the target of
	 * another.
	 */
	report = fcntl(report, F_DUPFD_CLOEXEC, FD_PARKED);
	for (size_t i = 0; i < child->fds_count; i++)
		parked[i] = fcntl(child->fds[i].from, F_DUPFD_CLOEXEC, FD_PARKED);
	for (size_t i = 0; i < child->fds_count; i++) {
		if (parked[i] < 0 || dup2(parked[i], child->fds[i].to) < 0)
			goto fail;
	}
	for (int fd = 0; fd <= 2; fd++) {
		int null;

		if (process_names_fd(child, fd))
			continue;
		null = open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
		if (null < 0)
			goto fail;
		if (null != fd) {
			(void)dup2(null, fd);
			(void)close(null);
		}
	}
	for (int fd = 3; fd < FD_PARKED; fd++) {
		if (!process_names_fd(child, fd))
			(void)close(fd);
	}
	/* The parked descriptors close at exec; report must stay open in case exec fails. */
	(void)close_range(FD_PARKED, ~0U, CLOSE_RANGE_CLOEXEC);
	if (child->program > 0)
		(void)execveat(child->program, "", child->argv, child->envp, AT_EMPTY_PATH);
	else
		(void)execve(child->path, child->argv, child->envp);
fail:
	saved = errno;
	if (write(report, &saved, sizeof(saved)) < 0)
		_exit(126);
	_exit(127);
}

int process_open_program(const char *path)
{
	return open(path, O_PATH | O_CLOEXEC);
}

bool process_spawn(const struct process_child *child, pid_t *pid, struct error *err)
{
	int report[2], why = 0;
	pid_t parent = getpid(), started;
	ssize_t n;

	if (child->fds_count > FDS_MAX)
		return error_set(err, ERROR_FAILED, "too many descriptors for a child");
	if (pipe2(report, O_CLOEXEC) != 0)
		return error_set_errno(err, ERROR_FAILED, errno, "cannot make a pipe");
	started = fork();
	if (started == 0)
		process_become(child, parent, report[1]);
	(void)close(report[1]);
	if (started < 0) {
		(void)close(report[0]);
		return error_set_errno(err, ERROR_FAILED, errno, "cannot start %s", child->path);
	}
	do
		n = read(report[0], &why, sizeof(why));
	while (n < 0 && errno == EINTR);
	(void)close(report[0]);
	if (n != 0) {
		while (waitpid(started, NULL, 0) < 0 && errno == EINTR)
			continue;
		return error_set_errno(err, ERROR_FAILED, why, "cannot run %s", child->path);
	}
	*pid = started;
	return true;
}

bool process_peer(int socket, struct process_peer *peer, struct error *err)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return error_set_errno(err, ERROR_FAILED, errno, "cannot tell who is connected");
	*peer = (struct process_peer){.pid = cred.pid, .uid = cred.uid};
	return true;
}

bool process_look(pid_t pid, struct process_look *out)
{
	char path[64], text[1024];
	char *from, *to;
	unsigned long long start = 0;
	long parent = 0;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	from = strchr(text, '(');
	/* The name may hold any character, even parentheses; the last ')' ends it. */
	to = strrchr(text, ')');
	/* proc(5): state and parent, 17 more fields, then the start. */
	if (!from || !to || to < from ||
	    sscanf(to + 1,
		   " %c %ld %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
		   " %llu",
		   &out->state, &parent, &start) != 3)
		return false;
	*to = '\0';
	text_escape_into(from + 1, out->name, sizeof(out->name));
	out->parent = (pid_t)parent;
	out->start = start;
	return true;
}

bool process_is_runnable(pid_t pid)
{
	char path[64], text[512];
	bool runnable = false;
	struct dirent *task;
	DIR *tasks;

	(void)snprintf(path, sizeof(path), "/proc/%ld/task", (long)pid);
	tasks = opendir(path);
	while (tasks && !runnable && (task = readdir(tasks)) != NULL) {
		ssize_t n = -1;
		char *to;
		int fd;

		(void)snprintf(path, sizeof(path), "/proc/%ld/task/%.16s/stat", (long)pid,
			       task->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			n = read(fd, text, sizeof(text) - 1);
			(void)close(fd);
		}
		text[n > 0 ? n : 0] = '\0';
		to = strrchr(text, ')');
		runnable = to && strncmp(to, ") R", 3) == 0;
	}
	if (tasks)
		(void)closedir(tasks);
	return runnable;
}

bool process_boot_id(char out[static PROCESS_BOOT_ID_BYTES])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	out[0] = '\0';
	if (fd < 0)
		return false;
	n = read(fd, out, PROCESS_BOOT_ID_BYTES - 1);
	(void)close(fd);
	out[n > 0 ? n : 0] = '\0';
	return n == PROCESS_BOOT_ID_BYTES - 1;
}
