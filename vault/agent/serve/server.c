/* SPDX-License-Identifier: MIT */
#include "vault/agent/serve/server.h"

#include "vault/agent/serve/connection.h"
#include "vault/agent/core/agent_record.h"
#include "vault/agent/core/idle_connections.h"
#include "vault/base/file.h"
#include "vault/format/digest.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

struct server {
	pthread_mutex_t lock; /* guards what follows */
	int fd;
	unsigned int threads;
	unsigned int waiting;
};

static bool server_check_directory(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char directory[sizeof(((struct sockaddr_un *)NULL)->sun_path)];

	if (path[0] != '/' || strlen(path) >= sizeof(directory))
		return error_set(err, ERROR_USAGE, "the socket's path is too long or relative");
	(void)snprintf(directory, sizeof(directory), "%.*s",
		       slash == path ? 1 : (int)(slash - path), path);
	if (file_is_private_directory(directory))
		return true;
	if (errno != EPERM)
		return error_set_errno(err, ERROR_UNSAFE_FILE, errno,
				       "cannot use the socket's directory");
	error_set(err, ERROR_UNSAFE_FILE, "the socket's directory is not ours alone");
	return error_hint(err, "chmod 700 on it, or another CREDVAULT_SOCKET");
}

/*
 * The vault's file is held by now, so that a socket of this name is one that a killed agent has
 * left; anything else is left alone.
 */
static bool server_may_replace(const char *path, struct error *err)
{
	struct stat st;

	if (lstat(path, &st) != 0 || (S_ISSOCK(st.st_mode) && st.st_uid == getuid()))
		return true;
	return error_set(err, ERROR_UNSAFE_FILE, "something else has the socket's name");
}

bool server_listen(const char *path, int *fd, struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char *last;
	mode_t mask;
	int bound;

	*fd = -1;
	if (!server_check_directory(path, err) || !server_may_replace(path, err))
		return false;
	/* A name of the same length, as the path may be as long as an address can hold. */
	memcpy(address.sun_path, path, strlen(path) + 1);
	last = address.sun_path + strlen(path) - 1;
	*last = *last == '~' ? '_' : '~';
	if (!server_may_replace(address.sun_path, err))
		return false;
	(void)unlink(address.sun_path);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return error_set_errno(err, ERROR_FAILED, errno, "cannot make a socket");
	mask = umask(0177);
	bound = bind(*fd, (const struct sockaddr *)&address, sizeof(address));
	(void)umask(mask);
	/* Whoever finds the name finds a socket that listens already. */
	if (bound == 0 && listen(*fd, SERVER_BACKLOG) == 0 && rename(address.sun_path, path) == 0)
		return true;
	error_set_errno(err, ERROR_FAILED, errno, "cannot listen on the agent's socket");
	if (bound == 0)
		(void)unlink(address.sun_path);
	(void)close(*fd);
	*fd = -1;
	return false;
}

static bool server_start_thread(void *(*run)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;
	int failed;

	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, SERVER_STACK_BYTES);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	failed = pthread_create(&thread, &attr, run, arg);
	(void)pthread_attr_destroy(&attr);
	return failed == 0;
}

static void *server_work(void *arg);

/* Starts a thread where none waits for the next connection. The lock is held. */
static void server_keep_waiting(struct agent *agent)
{
	struct server *server = agent->server;

	if (server->waiting > 0)
		return;
	if (server->threads >= SERVER_THREADS_MAX) {
		idle_connections_make_room(&agent->idlers);
		return;
	}
	server->threads++;
	server->waiting++;
	if (!server_start_thread(server_work, agent)) {
		server->threads--;
		server->waiting--;
	}
}

static void *server_work(void *arg)
{
	struct agent *agent = arg;
	struct server *server = agent->server;

	(void)pthread_mutex_lock(&server->lock);
	for (;;) {
		int listening = server->fd, fd, why;

		(void)pthread_mutex_unlock(&server->lock);
		fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
		why = errno;
		(void)pthread_mutex_lock(&server->lock);
		server->waiting--;
		if (fd >= 0) {
			server_keep_waiting(agent);
			(void)pthread_mutex_unlock(&server->lock);
			connection_serve(agent, fd, false);
			(void)pthread_mutex_lock(&server->lock);
		} else if (why == EAGAIN && server->waiting >= SERVER_THREADS_IDLE) {
			break;
		} else if (why == EMFILE || why == ENFILE || why == ENOBUFS || why == ENOMEM) {
			clock_sleep_ms(agent->clock, 20);
		} else if (server->fd == listening && (why == EINVAL || why == EBADF)) {
			break;
		}
		server->waiting++;
		idle_connections_enough(&agent->idlers);
	}
	server->threads--;
	(void)pthread_mutex_unlock(&server->lock);
	return NULL;
}

/* From now on the server accepts on fd, which has its name at `path`. */
static bool server_take(struct agent *agent, struct server *server, const char *path, int fd)
{
	const struct timeval idle = {.tv_sec = SERVER_IDLE_S};
	struct stat st;

	if (lstat(path, &st) != 0)
		return false;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof(idle));
	agent->socket_device = st.st_dev;
	agent->socket_inode = st.st_ino;
	server->fd = fd;
	return true;
}

bool server_start(struct agent *agent, int fd, struct error *err)
{
	struct server *server = calloc(1, sizeof(*server));
	bool ok;

	if (!server)
		return error_set(err, ERROR_MEMORY, "out of memory");
	if (!server_take(agent, server, agent->socket, fd)) {
		free(server);
		return error_set_errno(err, ERROR_FAILED, errno, "the agent's socket is gone");
	}
	(void)pthread_mutex_init(&server->lock, NULL);
	agent->server = server;
	(void)pthread_mutex_lock(&server->lock);
	server_keep_waiting(agent);
	ok = server->threads > 0;
	(void)pthread_mutex_unlock(&server->lock);
	if (ok)
		return true;
	agent->server = NULL;
	(void)pthread_mutex_destroy(&server->lock);
	free(server);
	return error_set(err, ERROR_MEMORY, "cannot start a thread");
}

struct adopted {
	struct agent *agent;
	int fd;
};

static void *server_serve_adopted(void *arg)
{
	struct adopted adopted = *(struct adopted *)arg;

	free(arg);
	connection_serve(adopted.agent, adopted.fd, true);
	return NULL;
}

bool server_adopt(struct agent *agent, int fd, struct error *err)
{
	struct adopted *adopted = malloc(sizeof(*adopted));

	if (!adopted)
		return error_set(err, ERROR_MEMORY, "out of memory");
	*adopted = (struct adopted){agent, fd};
	if (server_start_thread(server_serve_adopted, adopted))
		return true;
	free(adopted);
	return error_set(err, ERROR_MEMORY, "cannot start a thread");
}

/* Where an agent listens whose socket has vanished: the place that outlives a login session. */
static bool server_refuge(const struct agent *agent, char path[static PATH_MAX])
{
	char id[DIGEST_HEX_BYTES];

	digest_sha256_hex(agent->vault, strlen(agent->vault), id);
	return agent->witness[0] && snprintf(path, PATH_MAX, "%s/run/%.*s.sock", agent->witness,
					     SERVER_ID_DIGITS, id) < PATH_MAX;
}

static bool server_move(struct agent *agent)
{
	struct server *server = agent->server;
	struct error err = ERROR_INIT;
	char path[PATH_MAX];
	int fd = -1, old;
	bool ok = server_refuge(agent, path) && server_listen(path, &fd, &err);

	if (!ok)
		return false;
	(void)pthread_mutex_lock(&agent->lock);
	(void)pthread_mutex_lock(&server->lock);
	old = server->fd;
	ok = !agent->closing && server_take(agent, server, path, fd);
	if (ok)
		(void)snprintf(agent->socket, sizeof(agent->socket), "%s", path);
	(void)pthread_mutex_unlock(&server->lock);
	(void)pthread_mutex_unlock(&agent->lock);
	if (!ok) {
		(void)unlink(path);
		(void)close(fd);
		return false;
	}
	/* Threads that wait at the old socket wake, and wait at the new one. */
	(void)shutdown(old, SHUT_RDWR);
	(void)close(old);
	return agent_record_write(agent->vault, path, &err);
}

void server_watch(struct agent *agent)
{
	struct stat st;

	if (!agent->listens || !agent_is_unlocked(agent) || agent_has_socket(agent))
		return;
	if (lstat(agent->socket, &st) == 0) {
		agent_end(agent, "another took its socket's name");
		agent_exit();
	}
	if ((errno == ENOENT || errno == ENOTDIR) && !server_move(agent)) {
		agent_end(agent, "its socket vanished");
		agent_exit();
	}
}
