/* SPDX-License-Identifier: MIT */
/*
 * Many clients that each connect, send one request, read its answer, hang up, and begin again.
 * Prints "answered failed nanoseconds", and on stderr the first failure's words.
 */
#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/file.h"
#include "vault/wire/client.h"
#include "vault/wire/frame.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CLIENTS_MAX = 256, SECONDS_MAX = 600, ANSWER_WAIT_MS = 30000 };

struct load {
	const char *socket;
	struct buf request;
	pthread_barrier_t ready;
	atomic_bool over;
	atomic_ullong answered, failed;
	pthread_mutex_t lock;
	char first[512]; /* failure; guarded by lock */
};

static long long now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void note(struct load *load, const char *what)
{
	atomic_fetch_add(&load->failed, 1);
	(void)pthread_mutex_lock(&load->lock);
	if (!load->first[0])
		(void)snprintf(load->first, sizeof(load->first), "%.*s", 500, what);
	(void)pthread_mutex_unlock(&load->lock);
}

static void once(struct load *load, struct buf *body)
{
	static const char ok[] = "{\"ok\":";
	struct client client = CLIENT_EMPTY;
	struct error err = ERROR_INIT;
	bool absent = false, end = false;

	if (!client_connect(load->socket, &client, &absent, &err))
		note(load, err.message);
	else if (absent)
		note(load, "no agent listens");
	else if (!frame_write(client.fd, load->request.data, load->request.len, NULL, &err) ||
		 !frame_read(client.fd, ANSWER_WAIT_MS, FRAME_COMPLETE_MS, body, &end, &err))
		note(load, err.message);
	else if (end)
		note(load, "the agent hung up");
	else if (body->len <= sizeof(ok) || memcmp(body->data, ok, sizeof(ok) - 1) != 0)
		note(load, buf_text(body));
	else
		atomic_fetch_add(&load->answered, 1);
	client_close(&client);
}

static void *work(void *argument)
{
	struct load *load = argument;
	struct buf body = FRAME_BODY_INIT;

	(void)pthread_barrier_wait(&load->ready);
	while (!atomic_load(&load->over))
		once(load, &body);
	buf_clear(&body);
	return NULL;
}

static int run(struct load *load, unsigned int clients, long milliseconds)
{
	pthread_t threads[CLIENTS_MAX];
	struct timespec span = {.tv_sec = milliseconds / 1000,
				.tv_nsec = milliseconds % 1000 * 1000000};
	long long began;

	if (pthread_barrier_init(&load->ready, NULL, clients + 1) != 0)
		return 1;
	for (unsigned int i = 0; i < clients; i++) {
		if (pthread_create(&threads[i], NULL, work, load) != 0) {
			perror("pthread_create");
			exit(1);
		}
	}
	(void)pthread_barrier_wait(&load->ready);
	began = now_ns();
	(void)nanosleep(&span, NULL);
	atomic_store(&load->over, true);
	for (unsigned int i = 0; i < clients; i++)
		(void)pthread_join(threads[i], NULL);
	printf("%llu %llu %lld\n", atomic_load(&load->answered), atomic_load(&load->failed),
	       now_ns() - began);
	if (load->first[0])
		fprintf(stderr, "%s\n", load->first);
	return 0;
}

int main(int argc, char **argv)
{
	static struct load load = {.request = BUF_INIT(FRAME_LIMIT),
				   .lock = PTHREAD_MUTEX_INITIALIZER};
	struct error err = ERROR_INIT;
	unsigned long clients = argc == 5 ? strtoul(argv[2], NULL, 10) : 0;
	double seconds = argc == 5 ? strtod(argv[3], NULL) : 0;

	if (clients < 1 || clients > CLIENTS_MAX || !(seconds > 0 && seconds <= SECONDS_MAX)) {
		fprintf(stderr, "usage: load_emit SOCKET CLIENTS SECONDS REQUEST-FILE\n");
		return 2;
	}
	load.socket = argv[1];
	if (!file_read(argv[4], FRAME_LIMIT, &load.request, &err)) {
		fprintf(stderr, "%s\n", err.message);
		return 1;
	}
	return run(&load, (unsigned int)clients, (long)(seconds * 1000));
}
