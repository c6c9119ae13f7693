/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/broker.h"

#include "vault/agent/core/courier_http.h"
#include "vault/aws/sts.h"
#include "vault/base/process.h"
#include "vault/format/json.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/skip.h"

/* The real broker and the real courier, against a local server of the test or the stand-in. */

#define KEY_ID "AKIAEXAMPLEEXAMPLE22"
#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define WORLD                                                                              \
	"{\"accounts\":{\"111122223333\":{\"users\":{\"dev\":{\"keys\":[{\"id\":\"" KEY_ID \
	"\",\"secret\":\"" SECRET "\"}]}}}}}"
#define ANSWER                                                                      \
	"<GetCallerIdentityResponse><GetCallerIdentityResult>"                      \
	"<Arn>arn:aws:iam::111122223333:user/dev</Arn><UserId>AIDAEXAMPLE</UserId>" \
	"<Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"

enum { THREADS = 8, TRIES = 100000 };

static struct broker *start(void)
{
	struct broker *broker;
	struct error err;

	if (!broker_start(&broker, &err))
		fail_msg("%s", err.message);
	return broker;
}

/* --- one operation ------------------------------------------------------------------------- */

struct operation {
	struct courier_http courier;
	struct endpoint endpoint;
	struct credentials signer;
	struct skew skew;
	struct aws aws;
	struct sts_identity who;
	struct aws_failure failure;
	struct error err;
	bool ok;
};

static void operation_open(struct operation *op, struct broker *broker, const char *url)
{
	*op = (struct operation){.ok = false};
	credentials_init(&op->signer);
	courier_http_open(&op->courier, broker, NULL);
	assert_true(endpoint_make("sts", "eu-central-1", url, &op->endpoint, &op->err));
	assert_true(credentials_set(&op->signer,
				    &(struct credentials_text){.access_key_id = KEY_ID,
							       .secret = SECRET,
							       .secret_len = strlen(SECRET)},
				    1, &op->err));
	op->aws = (struct aws){.http = &op->courier.http,
			       .clock = &clock_system,
			       .endpoint = &op->endpoint,
			       .signer = &op->signer,
			       .skew = &op->skew};
}

static void operation_close(struct operation *op)
{
	courier_http_close(&op->courier);
	credentials_clear(&op->signer);
}

static void *ask(void *ctx)
{
	struct operation *op = ctx;

	op->ok = sts_get_caller_identity(&op->aws, &op->who, &op->failure, &op->err);
	return NULL;
}

/* One request without retries on top. */
static void *send_once(void *ctx)
{
	struct operation *op = ctx;
	struct http_request request = {.method = "POST",
				       .url = op->endpoint.url,
				       .body = BUF_INIT(16),
				       .connect_timeout_ms = 5000,
				       .total_timeout_ms = 60000};
	struct http_reply reply = HTTP_REPLY_INIT;

	op->ok = http_send(&op->courier.http, &request, &reply, &op->err);
	op->failure.maybe_sent = reply.maybe_sent;
	http_reply_clear(&reply);
	return NULL;
}

/* --- a server of ours ---------------------------------------------------------------------- */

static int listen_locally(char url[static 64])
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0);
	assert_true(listen(fd, 8) == 0 && getsockname(fd, (struct sockaddr *)&address, &len) == 0);
	(void)snprintf(url, 64, "http://127.0.0.1:%u/", (unsigned int)ntohs(address.sin_port));
	return fd;
}

/* Reads one request's head and what came with it. */
static void read_request(int fd)
{
	char text[8192];
	size_t n = 0;

	do {
		ssize_t m = recv(fd, text + n, sizeof(text) - 1 - n, 0);

		assert_true(m > 0);
		n += (size_t)m;
		text[n] = '\0';
	} while (!strstr(text, "\r\n\r\n"));
}

static void answer(int fd)
{
	char text[1024];
	int n = snprintf(
	    text, sizeof(text),
	    "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nContent-Type: text/xml\r\n\r\n%s",
	    strlen(ANSWER), ANSWER);

	assert_int_equal(send(fd, text, (size_t)n, MSG_NOSIGNAL), n);
}

/* Some child of a process, 0 when there is none. */
static pid_t child_of(pid_t parent)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	assert_non_null(proc);
	while (found == 0 && (entry = readdir(proc)) != NULL) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		struct process_look look;

		if (pid > 0 && process_look(pid, &look) && look.parent == parent)
			found = pid;
	}
	(void)closedir(proc);
	return found;
}

/* --- the tests ----------------------------------------------------------------------------- */

static void two_requests_of_an_operation_share_courier_and_connection(void **state)
{
	struct broker *broker = start();
	struct operation op;
	char url[64];
	int server = listen_locally(url), fd, courier;
	pthread_t thread;

	(void)state;
	operation_open(&op, broker, url);
	assert_int_equal(pthread_create(&thread, NULL, ask, &op), 0);
	fd = accept(server, NULL, NULL);
	read_request(fd);
	answer(fd);
	assert_int_equal(pthread_join(thread, NULL), 0);
	if (!op.ok)
		fail_msg("%s", op.err.message);
	assert_string_equal(op.who.arn, "arn:aws:iam::111122223333:user/dev");
	courier = op.courier.fd;
	assert_int_equal(pthread_create(&thread, NULL, ask, &op), 0);
	/* The same connection: nobody accepts a second one. */
	read_request(fd);
	answer(fd);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(op.ok);
	assert_int_equal(op.courier.fd, courier);
	operation_close(&op);
	(void)close(fd);
	(void)close(server);
	broker_free(broker);
}

static void a_courier_killed_midway_leaves_an_honest_error(void **state)
{
	struct broker *broker = start();
	struct operation op;
	char url[64];
	int server = listen_locally(url), fd;
	pthread_t thread;

	(void)state;
	operation_open(&op, broker, url);
	assert_int_equal(pthread_create(&thread, NULL, send_once, &op), 0);
	fd = accept(server, NULL, NULL);
	read_request(fd);
	assert_int_equal(kill(child_of(child_of(getpid())), SIGKILL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_false(op.ok);
	assert_int_equal(op.err.code, ERROR_AWS_UNREACHABLE);
	assert_string_equal(op.err.message, "the courier ended before AWS answered");
	assert_true(op.failure.maybe_sent);
	operation_close(&op);
	(void)close(fd);
	(void)close(server);
	broker_free(broker);
}

static void after_a_killed_courier_the_next_request_gets_another(void **state)
{
	struct broker *broker = start();
	struct operation op;
	char url[64];
	int server = listen_locally(url), fd;
	pthread_t thread;

	(void)state;
	operation_open(&op, broker, url);
	assert_int_equal(pthread_create(&thread, NULL, ask, &op), 0);
	fd = accept(server, NULL, NULL);
	read_request(fd);
	assert_int_equal(kill(child_of(child_of(getpid())), SIGKILL), 0);
	(void)close(fd);
	/* GetCallerIdentity may be asked again, and is. */
	fd = accept(server, NULL, NULL);
	read_request(fd);
	answer(fd);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(op.ok);
	operation_close(&op);
	(void)close(fd);
	(void)close(server);
	broker_free(broker);
}

static void where_nobody_listens_nothing_was_sent(void **state)
{
	struct broker *broker = start();
	struct operation op;
	char url[64];

	(void)state;
	(void)close(listen_locally(url));
	operation_open(&op, broker, url);
	(void)send_once(&op);
	assert_false(op.ok);
	assert_int_equal(op.err.code, ERROR_AWS_UNREACHABLE);
	assert_false(op.failure.maybe_sent);
	operation_close(&op);
	broker_free(broker);
}

static void a_courier_ends_when_its_agent_hangs_up_in_the_middle(void **state)
{
	struct broker *broker = start();
	struct operation op;
	char url[64], byte;
	int server = listen_locally(url), fd;
	struct pollfd closed = {.events = POLLIN};
	pthread_t thread;

	(void)state;
	operation_open(&op, broker, url);
	assert_int_equal(pthread_create(&thread, NULL, send_once, &op), 0);
	fd = accept(server, NULL, NULL);
	read_request(fd);
	closed.fd = fd;
	assert_int_equal(shutdown(op.courier.fd, SHUT_RDWR), 0);
	/* It would stay a minute for the answer, and twelve seconds for an answer so slow. */
	assert_int_equal(poll(&closed, 1, 8000), 1);
	assert_true(recv(fd, &byte, 1, 0) <= 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_false(op.ok);
	operation_close(&op);
	(void)close(fd);
	(void)close(server);
	broker_free(broker);
}

static void couriers_are_bounded_and_their_places_come_back(void **state)
{
	struct broker *broker = start();
	int fds[BROKER_COURIERS_MAX], more;
	struct error err;
	bool again = false;

	(void)state;
	for (int i = 0; i < BROKER_COURIERS_MAX; i++) {
		if (!broker_courier(broker, &fds[i], &err))
			fail_msg("%d: %s", i, err.message);
	}
	assert_false(broker_courier(broker, &more, &err));
	assert_int_equal(err.code, ERROR_AWS_UNREACHABLE);
	assert_int_equal(more, -1);
	(void)close(fds[0]);
	for (int i = 0; i < TRIES && !again; i++)
		again = broker_courier(broker, &fds[0], &err);
	assert_true(again);
	for (int i = 0; i < BROKER_COURIERS_MAX; i++)
		(void)close(fds[i]);
	broker_free(broker);
}

static void *take_and_close(void *ctx)
{
	struct error err;
	int fd;

	for (int i = 0; i < 3; i++) {
		if (!broker_courier(ctx, &fd, &err))
			return NULL;
		(void)close(fd);
	}
	return ctx;
}

static void many_threads_may_ask_at_once(void **state)
{
	struct broker *broker = start();
	pthread_t threads[THREADS];
	void *result;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_and_close, broker), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_ptr_equal(result, broker);
	}
	broker_free(broker);
}

static void a_dead_broker_is_noticed(void **state)
{
	struct broker *broker = start();
	struct pollfd p = {.fd = broker_fd(broker), .events = POLLIN};
	struct error err;
	int fd;

	(void)state;
	assert_true(broker_courier(broker, &fd, &err));
	assert_int_equal(poll(&p, 1, 0), 0);
	assert_int_equal(kill(child_of(getpid()), SIGKILL), 0);
	assert_int_equal(poll(&p, 1, 20000), 1);
	assert_false(broker_courier(broker, &fd, &err));
	assert_int_equal(err.code, ERROR_FAILED);
	broker_free(broker);
}

static void a_broker_that_ends_takes_its_couriers_along(void **state)
{
	struct broker *broker = start();
	struct error err;
	char byte;
	int fd;

	(void)state;
	assert_true(broker_courier(broker, &fd, &err));
	broker_free(broker);
	assert_true(recv(fd, &byte, 1, 0) <= 0);
	(void)close(fd);
}

static void the_broker_keeps_nothing_of_the_agents_open(void **state)
{
	int ends[2];
	struct broker *broker;
	char byte;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	broker = start();
	(void)close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	(void)close(ends[0]);
	broker_free(broker);
}

/* --- against the stand-in ------------------------------------------------------------------ */

/* Starts it with WORLD; its URL in url. Skips where the source tree is not known. */
static pid_t start_stand_in(char url[static 128])
{
	static const char prefix[] = "listening on ";
	const char *source = getenv("CREDVAULT_SOURCE");
	int in[2], out[2];
	char path[512], line[128];
	FILE *lines;
	pid_t pid;

	if (!source)
		skip_because("no stand-in: set CREDVAULT_SOURCE");
	(void)snprintf(path, sizeof(path), "%s/tests/standin/standin.py", source);
	assert_int_equal(pipe(in) | pipe(out), 0);
	pid = fork();
	if (pid == 0) {
		if (dup2(in[0], 0) < 0 || dup2(out[1], 1) < 0 || close(in[1]) != 0)
			_exit(1);
		(void)execl("/usr/bin/python3", "python3", path, "--config", "/dev/stdin", NULL);
		_exit(127);
	}
	(void)close(in[0]);
	(void)close(out[1]);
	assert_int_equal(write(in[1], WORLD, strlen(WORLD)), strlen(WORLD));
	(void)close(in[1]);
	lines = fdopen(out[0], "r");
	assert_non_null(lines);
	if (!fgets(line, sizeof(line), lines) || strncmp(line, prefix, strlen(prefix)) != 0)
		fail_msg("the stand-in did not start");
	(void)fclose(lines);
	line[strcspn(line, "\n")] = '\0';
	(void)snprintf(url, 128, "%s", line + strlen(prefix));
	return pid;
}

static void the_caller_is_named_all_the_way_and_back(void **state)
{
	struct broker *broker;
	struct operation op;
	char url[128];
	pid_t server;

	(void)state;
	server = start_stand_in(url);
	broker = start();
	operation_open(&op, broker, url);
	(void)ask(&op);
	if (!op.ok)
		fail_msg("%s\n%s", op.err.message, op.err.detail);
	assert_string_equal(op.who.arn, "arn:aws:iam::111122223333:user/dev");
	assert_string_equal(op.who.account_id, "111122223333");
	/* A wrong secret is AWS's refusal, in our words. */
	assert_true(credentials_set(
	    &op.signer,
	    &(struct credentials_text){.access_key_id = KEY_ID,
				       .secret = "xJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
				       .secret_len = strlen(SECRET)},
	    1, &op.err));
	(void)ask(&op);
	assert_false(op.ok);
	assert_int_equal(op.err.code, ERROR_AWS_REFUSED);
	assert_string_equal(op.failure.aws_code, "SignatureDoesNotMatch");
	operation_close(&op);
	(void)kill(server, SIGTERM);
	assert_int_equal(waitpid(server, NULL, 0), server);
	broker_free(broker);
}

static int open_group(void **state)
{
	struct error err;

	(void)state;
	json_open();
	return secret_open(true, &err) ? 0 : -1;
}

static int close_group(void **state)
{
	(void)state;
	secret_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(two_requests_of_an_operation_share_courier_and_connection),
	    cmocka_unit_test(a_courier_killed_midway_leaves_an_honest_error),
	    cmocka_unit_test(after_a_killed_courier_the_next_request_gets_another),
	    cmocka_unit_test(where_nobody_listens_nothing_was_sent),
	    cmocka_unit_test(a_courier_ends_when_its_agent_hangs_up_in_the_middle),
	    cmocka_unit_test(couriers_are_bounded_and_their_places_come_back),
	    cmocka_unit_test(many_threads_may_ask_at_once),
	    cmocka_unit_test(a_dead_broker_is_noticed),
	    cmocka_unit_test(a_broker_that_ends_takes_its_couriers_along),
	    cmocka_unit_test(the_broker_keeps_nothing_of_the_agents_open),
	    cmocka_unit_test(the_caller_is_named_all_the_way_and_back),
	};

	return cmocka_run_group_tests(tests, open_group, close_group);
}
