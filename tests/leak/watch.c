/* SPDX-License-Identifier: MIT */
#include "tests/leak/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * leak_watch DIRECTORY PROGRAM ARGUMENT…: runs a program, and keeps in DIRECTORY what it and all it
 * started wrote (write.PID.PROGRAM.TARGET) and what each held in memory in its last moment
 * (exit.PID.PROGRAM.*). Ends as the program ended; who it left behind is watched on, in the
 * background.
 *
 * leak_watch -p PID DIRECTORY LABEL: what a running process holds.
 */

enum { PIECES_MAX = 64, BYTES_MAX = 1 << 24, NAME_BYTES = 32 };

static const char *directory;

static void program_of(pid_t pid, char out[static NAME_BYTES])
{
	char path[64];
	ssize_t n = -1;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, out, NAME_BYTES - 1);
		(void)close(fd);
	}
	out[n > 0 ? n - 1 : 0] = '\0';
	for (char *p = out; *p; p++) {
		if (*p == '/' || *p == '.' || *p == ' ')
			*p = '_';
	}
	if (!out[0])
		(void)snprintf(out, NAME_BYTES, "gone");
}

/* Which process a thread belongs to. */
static pid_t process_of(pid_t tid)
{
	char path[64], line[256];
	int tgid = tid;
	FILE *in;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line, "Tgid: %d", &tgid) == 1)
			break;
	}
	if (in)
		(void)fclose(in);
	return tgid;
}

/* "unix-PROGRAM" with who made the other end, or "inet". */
static void socket_target(pid_t pid, int fd, char *out, size_t size)
{
	int process = (int)syscall(SYS_pidfd_open, pid, 0), ours = -1, domain = 0;
	socklen_t len = sizeof(domain), peer_len = sizeof(struct ucred);
	char name[NAME_BYTES] = "unknown";
	struct ucred peer = {0};

	if (process >= 0)
		ours = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
	if (ours >= 0 && getsockopt(ours, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
	    domain == AF_UNIX && getsockopt(ours, SOL_SOCKET, SO_PEERCRED, &peer, &peer_len) == 0)
		program_of(peer.pid, name);
	if (domain == AF_UNIX)
		(void)snprintf(out, size, "unix-%s", peer.pid == pid ? "own" : name);
	else
		(void)snprintf(out, size, "%s", domain ? "inet" : "socket");
	if (ours >= 0)
		(void)close(ours);
	if (process >= 0)
		(void)close(process);
}

static void target_of(pid_t pid, int fd, char *out, size_t size)
{
	char path[64], link[PATH_MAX];
	const char *base;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	n = readlink(path, link, sizeof(link) - 1);
	link[n > 0 ? n : 0] = '\0';
	base = strrchr(link, '/');
	if (strncmp(link, "socket:", 7) == 0)
		socket_target(pid, fd, out, size);
	else if (strncmp(link, "pipe:", 5) == 0)
		(void)snprintf(out, size, "pipe-%d", fd);
	else if (strncmp(link, "/dev/", 5) == 0)
		(void)snprintf(out, size, "device-%s", base + 1);
	else
		(void)snprintf(out, size, "file-%.100s", base ? base + 1 : link);
}

static void keep(pid_t pid, const char *label_end, const struct iovec *pieces, size_t count)
{
	char label[PATH_MAX], name[NAME_BYTES];
	static char bytes[BYTES_MAX];
	int out;

	program_of(pid, name);
	(void)snprintf(label, sizeof(label), "write.%d.%s", (int)pid, name);
	out = dump_open(directory, label, label_end);
	for (size_t i = 0; out >= 0 && i < count; i++) {
		struct iovec local = {.iov_base = bytes, .iov_len = sizeof(bytes)};
		ssize_t n = process_vm_readv(pid, &local, 1, &pieces[i], 1, 0);

		if (n > 0 && write(out, bytes, (size_t)n) != n)
			break;
	}
	if (out >= 0)
		(void)close(out);
}

static size_t read_vector(pid_t pid, uint64_t at, uint64_t count, struct iovec pieces[])
{
	struct iovec remote = {.iov_base = (void *)(uintptr_t)at};
	struct iovec local = {.iov_base = pieces};
	ssize_t n;

	if (count > PIECES_MAX)
		count = PIECES_MAX;
	remote.iov_len = local.iov_len = count * sizeof(*pieces);
	n = process_vm_readv(pid, &local, 1, &remote, 1, 0);
	return n > 0 ? (size_t)n / sizeof(*pieces) : 0;
}

static void on_call(pid_t pid, const struct __ptrace_syscall_info *info)
{
	struct iovec pieces[PIECES_MAX] = {{.iov_base = NULL}};
	const __uint64_t *args = info->entry.args;
	struct msghdr message = {.msg_iov = NULL};
	char target[192];
	size_t count = 1;

	pieces[0].iov_base = (void *)(uintptr_t)args[1];
	pieces[0].iov_len = args[2];
	switch (info->entry.nr) {
	case SYS_write:
	case SYS_pwrite64:
	case SYS_sendto: break;
	case SYS_writev:
	case SYS_pwritev:
	case SYS_pwritev2: count = read_vector(pid, args[1], args[2], pieces); break;
	case SYS_sendmsg:
	case SYS_sendmmsg: {
		struct iovec remote = {(void *)(uintptr_t)args[1], sizeof(message)};
		struct iovec local = {&message, sizeof(message)};

		if (process_vm_readv(pid, &local, 1, &remote, 1, 0) != sizeof(message))
			return;
		count = read_vector(pid, (uintptr_t)message.msg_iov, message.msg_iovlen, pieces);
		break;
	}
	default: return;
	}
	target_of(pid, (int)args[0], target, sizeof(target));
	keep(pid, target, pieces, count);
}

/* A process in its last moment, its memory still there. */
static void on_exit_stop(pid_t tid)
{
	char label[PATH_MAX], name[NAME_BYTES];
	unsigned long status = 0;
	int out;

	if (process_of(tid) != tid)
		return;
	program_of(tid, name);
	(void)snprintf(label, sizeof(label), "exit.%d.%s", (int)tid, name);
	(void)dump_process(tid, directory, label);
	(void)ptrace(PTRACE_GETEVENTMSG, tid, NULL, &status);
	out = WCOREDUMP((int)status) ? dump_open(directory, label, "core") : -1;
	if (out >= 0)
		(void)close(out);
}

static void resume(pid_t tid, int status)
{
	int number = WSTOPSIG(status), event = status >> 16;
	struct __ptrace_syscall_info info;
	bool listen = false;

	if (number == (SIGTRAP | 0x80)) {
		if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) > 0 &&
		    info.op == PTRACE_SYSCALL_INFO_ENTRY)
			on_call(process_of(tid), &info);
		number = 0;
	} else if (event == PTRACE_EVENT_EXIT) {
		on_exit_stop(tid);
		number = 0;
	} else if (event == PTRACE_EVENT_STOP) {
		listen = number != SIGTRAP;
		number = 0;
	} else if (event) {
		number = 0;
	}
	(void)ptrace(listen ? PTRACE_LISTEN : PTRACE_SYSCALL, tid, NULL,
		     (void *)(uintptr_t)(listen ? 0 : number));
}

static pid_t start(char **argv)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT;
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		(void)raise(SIGSTOP);
		(void)execv(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, WUNTRACED) != pid ||
	    ptrace(PTRACE_SEIZE, pid, NULL, (void *)options) != 0)
		return -1;
	(void)kill(pid, SIGCONT);
	return pid;
}

static void watch(char **argv, int done)
{
	pid_t root = start(argv), tid;
	int status, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (root < 0 || null < 0)
		_exit(1);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGTSTP, SIG_IGN);
	/* Whoever reads the program's output to its end must not wait for us. */
	for (int fd = 0; fd <= 2; fd++)
		(void)dup2(null, fd);
	if (done > 3)
		(void)close_range(3, (unsigned int)done - 1, 0);
	(void)close_range((unsigned int)done + 1, ~0U, 0);
	while ((tid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (tid > 0 && WIFSTOPPED(status))
			resume(tid, status);
		else if (tid == root && write(done, &status, sizeof(status)) > 0)
			(void)close(done);
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	int ends[2], status;

	if (argc == 5 && strcmp(argv[1], "-p") == 0)
		return dump_process((pid_t)strtol(argv[2], NULL, 10), argv[3], argv[4]) ? 0 : 1;
	if (argc < 3)
		return 2;
	directory = argv[1];
	/* Where nothing that the command closes or passes on is in the way. */
	if (pipe2(ends, O_CLOEXEC) != 0)
		return 1;
	if (fork() == 0)
		watch(argv + 2, ends[1]);
	(void)close(ends[1]);
	if (read(ends[0], &status, sizeof(status)) != sizeof(status))
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
