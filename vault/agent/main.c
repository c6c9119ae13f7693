/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/agent.h"
#include "vault/agent/core/ops.h"
#include "vault/agent/serve/sandbox.h"
#include "vault/agent/serve/server.h"
#include "vault/base/file.h"
#include "vault/base/process.h"
#include "vault/base/secret.h"
#include "vault/format/json.h"
#include "vault/wire/frame.h"
#include "vault/wire/message.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LAUNCH_FD = 3, TICK_MS = 1000, TRIM_TICKS = 16, ARENAS = 1, MMAP_THRESHOLD = 131072 };

struct options {
	const char *vault;
	const char *socket;
	const char *state;
	bool insecure_memory;
};

static bool read_options(int argc, char **argv, struct options *options)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--vault") == 0 && i + 1 < argc)
			options->vault = argv[++i];
		else if (strcmp(argv[i], "--socket") == 0 && i + 1 < argc)
			options->socket = argv[++i];
		else if (strcmp(argv[i], "--state") == 0 && i + 1 < argc)
			options->state = argv[++i];
		else if (strcmp(argv[i], "--insecure-memory") == 0)
			options->insecure_memory = true;
		else
			return false;
	}
	return options->vault && options->vault[0] == '/' && options->socket &&
	       options->socket[0] == '/' && options->state && options->state[0] == '/';
}

/* Leaves the terminal: the process gets a session of its own, and is not its leader. */
static void go_background(void)
{
	pid_t between = fork();

	if (between != 0) {
		/*
		 * The child is reaped here, because the first process of a container may not do it.
		 */
		(void)waitpid(between, NULL, 0);
		_exit(0);
	}
	(void)setsid();
	if (fork() != 0)
		_exit(0);
	if (chdir("/") != 0)
		_exit(1);
}

static void detach_standard_fds(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd < 3; fd++)
		(void)dup2(null, fd);
	if (null > 2)
		(void)close(null);
}

/*
 * A descriptor for the signals that lock the vault. All other signals are blocked, but for faults
 * and SIGALRM.
 */
static int catch_signals(void)
{
	sigset_t set, wanted;

	(void)sigfillset(&set);
	(void)sigdelset(&set, SIGALRM);
	(void)sigdelset(&set, SIGSEGV);
	(void)sigdelset(&set, SIGBUS);
	(void)sigdelset(&set, SIGFPE);
	(void)sigdelset(&set, SIGILL);
	(void)sigdelset(&set, SIGABRT);
	(void)sigdelset(&set, SIGSYS);
	(void)sigprocmask(SIG_SETMASK, &set, NULL);
	(void)sigemptyset(&wanted);
	(void)sigaddset(&wanted, SIGTERM);
	(void)sigaddset(&wanted, SIGINT);
	(void)sigaddset(&wanted, SIGHUP);
	(void)sigaddset(&wanted, SIGQUIT);
	return signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Answers the first request with the reason why there is no agent. */
static void refuse(const struct error *why)
{
	struct error err = ERROR_INIT;
	struct buf body = FRAME_REQUEST_INIT;
	json_t *message = NULL;
	bool end;

	if (frame_read(LAUNCH_FD, FRAME_COMPLETE_MS, FRAME_COMPLETE_MS, &body, &end, &err) &&
	    !end && message_error(why, &message, &err))
		(void)!message_send_last(&LINE_PLAIN(LAUNCH_FD), message, &err);
	json_decref(message);
	buf_clear(&body);
}

static bool prepare(struct agent *agent, const struct options *options, int *signals,
		    struct error *err)
{
	struct broker *broker = NULL;
	char run[PATH_MAX];

	/* The broker is forked first, so that it inherits no secret. */
	if (!file_resolve(options->vault, agent->vault, err) || !broker_start(&broker, err))
		return false;
	/* The directories are made here, because the sandbox forbids mkdir(). */
	if (snprintf(run, sizeof(run), "%s/run", options->state) >= (int)sizeof(run))
		return error_set(err, ERROR_USAGE, "the state directory's path is too long");
	if (!file_make_directory(run, err))
		return false;
	if (!secret_open(options->insecure_memory, err))
		return false;
	agent->broker = broker;
	*signals = catch_signals();
	if (*signals < 0)
		return error_set_errno(err, ERROR_FAILED, errno, "cannot wait for signals");
	return sandbox_enter(agent->vault, agent->socket, agent->witness, err);
}

static _Noreturn void watch(struct agent *agent, int signals)
{
	struct pollfd fds[2] = {{.fd = signals, .events = POLLIN},
				{.fd = broker_fd(agent->broker), .events = POLLIN}};

	for (unsigned int ticks = 0;; ticks++) {
		if (poll(fds, 2, TICK_MS) < 0 && errno != EINTR)
			break;
		if (fds[0].revents) {
			agent_end(agent, "terminated");
			agent_exit();
		}
		if (fds[1].revents) {
			agent_end(agent, "its broker ended");
			agent_exit();
		}
		agent_tick(agent);
		server_watch(agent);
		/*
		 * Memory that a burst of requests has left in the heap is given back to the system.
		 */
		if (ticks % TRIM_TICKS == 0)
			(void)malloc_trim(0);
	}
	agent_end(agent, "failed");
	agent_exit();
}

int main(int argc, char **argv)
{
	static struct agent agent;
	struct options options = {.vault = NULL};
	struct error err = ERROR_INIT;
	struct stat st;
	int signals = -1;

	if (!process_open_standard_fds(&err) || !process_harden_helper(&err))
		return 1;
	if (!read_options(argc, argv, &options) || fstat(LAUNCH_FD, &st) != 0 ||
	    !S_ISSOCK(st.st_mode)) {
		fprintf(stderr, "credvault-agent: started by credvault, not by hand\n");
		return 2;
	}
	process_raise_limits();
	/* One heap for all threads: each further one would keep pages of its own. */
	(void)mallopt(M_ARENA_MAX, ARENAS);
	(void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
	(void)mallopt(M_TRIM_THRESHOLD, MMAP_THRESHOLD);
	(void)closefrom(LAUNCH_FD + 1);
	json_open();
	/*
	 * The first object makes jansson read its seed, from a file that the sandbox hides later.
	 */
	json_decref(json_object());
	if (!agent_init(&agent, &clock_system, &err)) {
		agent_clear(&agent);
		return 1;
	}
	agent.operations = operations;
	go_background();
	detach_standard_fds();
	(void)snprintf(agent.socket, sizeof(agent.socket), "%s", options.socket);
	(void)snprintf(agent.witness, sizeof(agent.witness), "%s", options.state);
	if (!prepare(&agent, &options, &signals, &err) || !server_adopt(&agent, LAUNCH_FD, &err)) {
		refuse(&err);
		agent_clear(&agent);
		return 1;
	}
	watch(&agent, signals);
}
