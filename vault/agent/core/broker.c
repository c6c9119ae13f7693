/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/broker.h"

#include "vault/agent/core/broker_sandbox.h"
#include "vault/base/alloc.h"
#include "vault/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char courier_path[] = CV_HELPER_DIR "/credvault-courier";

/* The descriptors of the broker's own process; the courier's is the one it reads. */
enum { BROKER_SOCKET = 3, BROKER_ALIVE = 4, BROKER_SIGNALS = 5, COURIER_CONTROL = 3 };

/* The broker's answer: one byte, with a descriptor where it is STARTED. */
enum answer { STARTED = 's', BUSY = 'b', NOT_STARTED = 'n' };

struct broker {
	pid_t pid;
	int socket;
	int alive; /* read end of a pipe whose write end only the broker has */
	pthread_mutex_t mutex;
};

/* --- the broker's process ------------------------------------------------------------------- */

struct couriers {
	pid_t pids[BROKER_COURIERS_MAX];
	size_t count;
};

static void broker_reap(struct couriers *couriers)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
		for (size_t i = 0; i < couriers->count; i++) {
			if (couriers->pids[i] == pid) {
				couriers->pids[i] = couriers->pids[--couriers->count];
				break;
			}
		}
	}
}

static enum answer broker_start_courier(struct couriers *couriers, int *end)
{
	static char name[] = "credvault-courier", path[] = "PATH=/usr/bin:/bin", lang[] = "LANG=C";
	char *const argv[] = {name, NULL}, *const envp[] = {path, lang, NULL};
	/* The first three are /dev/null here. */
	struct process_fd fds[] = {{0, 0}, {1, 1}, {2, 2}, {.to = COURIER_CONTROL}};
	enum answer answer = NOT_STARTED;
	struct error err;
	int pair[2];

	*end = -1;
	if (couriers->count == BROKER_COURIERS_MAX)
		return BUSY;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return NOT_STARTED;
	fds[3].from = pair[1];
	if (process_spawn(&(struct process_child){.path = courier_path,
						  .program = BROKER_COURIER,
						  .argv = argv,
						  .envp = envp,
						  .fds = fds,
						  .fds_count = sizeof(fds) / sizeof(fds[0]),
						  .dies_with_parent = true},
			  &couriers->pids[couriers->count], &err)) {
		couriers->count++;
		*end = pair[0];
		answer = STARTED;
	} else {
		(void)close(pair[0]);
	}
	(void)close(pair[1]);
	return answer;
}

static bool broker_send_answer(enum answer answer, int fd)
{
	char byte = (char)answer;
	struct iovec io = {.iov_base = &byte, .iov_len = 1};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.space = {0}};
	struct msghdr message = {.msg_iov = &io, .msg_iovlen = 1};
	struct cmsghdr *header;

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control.space);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	return sendmsg(BROKER_SOCKET, &message, MSG_NOSIGNAL) == 1;
}

/* Serves one request of the agent; false when the agent is gone. */
static bool broker_answer_agent(struct couriers *couriers)
{
	char request;
	ssize_t n = recv(BROKER_SOCKET, &request, 1, 0);
	enum answer answer;
	bool sent;
	int end;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n <= 0)
		return false;
	broker_reap(couriers);
	answer = broker_start_courier(couriers, &end);
	sent = broker_send_answer(answer, end);
	if (end >= 0)
		(void)close(end);
	return sent;
}

static void broker_serve(void)
{
	struct couriers couriers = {.count = 0};
	bool going = true;

	while (going) {
		struct pollfd polled[] = {{.fd = BROKER_SOCKET, .events = POLLIN},
					  {.fd = BROKER_SIGNALS, .events = POLLIN}};
		struct signalfd_siginfo info;

		if (poll(polled, 2, -1) < 0 && errno != EINTR)
			break;
		if (polled[1].revents && read(BROKER_SIGNALS, &info, sizeof(info)) > 0)
			broker_reap(&couriers);
		if (polled[0].revents)
			going = broker_answer_agent(&couriers);
	}
	/* Couriers that are still at work have no agent to answer: they end with the broker. */
}

/* Puts a descriptor where the broker looks for it, above what is being moved. */
static bool broker_park(int *fd)
{
	*fd = fcntl(*fd, F_DUPFD_CLOEXEC, 16);
	return *fd >= 0;
}

/* In the child, which has one thread and never returns. */
static void broker_become_broker(int socket, int alive)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), signals, courier;
	sigset_t none, child;
	struct error err;

	for (int s = 1; s < NSIG; s++)
		(void)signal(s, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_SETMASK, &child, NULL);
	signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (null < 0 || signals < 0 || !broker_park(&null) || !broker_park(&signals) ||
	    !broker_park(&socket) || !broker_park(&alive))
		_exit(1);
	for (int fd = 0; fd <= 2; fd++) {
		if (dup2(null, fd) < 0)
			_exit(1);
	}
	if (dup3(socket, BROKER_SOCKET, O_CLOEXEC) < 0 ||
	    dup3(alive, BROKER_ALIVE, O_CLOEXEC) < 0 ||
	    dup3(signals, BROKER_SIGNALS, O_CLOEXEC) < 0)
		_exit(1);
	/* Each other descriptor of the agent would stay open for as long as the broker lives. */
	(void)close_range(BROKER_SIGNALS + 1, ~0U, 0);
	/* Where there is no courier, each request for one is answered so. */
	courier = process_open_program(courier_path);
	if (courier >= 0 && dup3(courier, BROKER_COURIER, O_CLOEXEC) < 0)
		_exit(1);
	(void)prctl(PR_SET_NAME, "credvault-brokr", 0, 0, 0);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (!broker_sandbox_enter(&err))
		_exit(1);
	broker_serve();
	_exit(0);
}

/* --- the agent's side ----------------------------------------------------------------------- */

bool broker_start(struct broker **out, struct error *err)
{
	struct broker *broker = alloc_wiping_calloc(1, sizeof(*broker));
	int pair[2] = {-1, -1}, alive[2] = {-1, -1};
	bool ok = false;

	*out = NULL;
	if (!broker)
		return error_set(err, ERROR_MEMORY, "no memory for the broker");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0 ||
	    pipe2(alive, O_CLOEXEC) != 0) {
		error_set_errno(err, ERROR_FAILED, errno, "cannot reach a broker");
		goto out;
	}
	broker->pid = fork();
	if (broker->pid < 0) {
		error_set_errno(err, ERROR_FAILED, errno, "cannot start the broker");
		goto out;
	}
	if (broker->pid == 0)
		broker_become_broker(pair[1], alive[1]);
	(void)pthread_mutex_init(&broker->mutex, NULL);
	broker->socket = pair[0];
	broker->alive = alive[0];
	pair[0] = alive[0] = -1;
	*out = broker;
	broker = NULL;
	ok = true;
out:
	for (int i = 0; i < 2; i++) {
		if (pair[i] >= 0)
			(void)close(pair[i]);
		if (alive[i] >= 0)
			(void)close(alive[i]);
	}
	alloc_wiping_free(broker);
	return ok;
}

/* Reads the answer; *fd is -1 where none came with it. 0 when the broker is gone. */
static char broker_read_answer(int socket, int *fd)
{
	char byte = 0;
	struct iovec io = {.iov_base = &byte, .iov_len = 1};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.space = {0}};
	struct msghdr message = {.msg_iov = &io,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control.space)};
	struct cmsghdr *header;
	ssize_t n;

	*fd = -1;
	do
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		return 0;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(header), sizeof(*fd));
	return byte;
}

bool broker_courier(struct broker *broker, int *fd, struct error *err)
{
	char answer = 0;
	ssize_t sent;

	*fd = -1;
	(void)pthread_mutex_lock(&broker->mutex);
	do
		sent = send(broker->socket, "c", 1, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent == 1)
		answer = broker_read_answer(broker->socket, fd);
	(void)pthread_mutex_unlock(&broker->mutex);
	if (answer == STARTED && *fd >= 0)
		return true;
	if (answer == BUSY)
		return error_set(err, ERROR_AWS_UNREACHABLE,
				 "%d requests to AWS are under way already", BROKER_COURIERS_MAX);
	if (answer == NOT_STARTED)
		return error_set(err, ERROR_AWS_UNREACHABLE, "credvault-courier cannot be started");
	return error_set(err, ERROR_FAILED, "the broker is gone");
}

int broker_fd(const struct broker *broker)
{
	return broker->alive;
}

void broker_free(struct broker *broker)
{
	if (!broker)
		return;
	(void)close(broker->socket);
	(void)close(broker->alive);
	while (waitpid(broker->pid, NULL, 0) < 0 && errno == EINTR)
		;
	(void)pthread_mutex_destroy(&broker->mutex);
	alloc_wiping_free(broker);
}
