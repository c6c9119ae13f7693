/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/wire/client.h"
#include "vault/wire/frame.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool take(void *ctx, const json_t *value, struct error *err)
{
	(void)ctx;
	(void)value;
	(void)err;
	return true;
}

static bool take_text(void *ctx, const char *text, size_t len, struct error *err)
{
	(void)ctx;
	(void)err;
	FUZZ_HOLDS(len >= 2 && text[0] == '{' && text[len - 1] == '}');
	for (size_t i = 0; i < len; i++)
		FUZZ_HOLDS((unsigned char)text[i] >= 0x20);
	return true;
}

static bool answer(void *ctx, const json_t *ask, json_t **out, struct error *err)
{
	(void)ctx;
	(void)err;
	FUZZ_HOLDS(ask);
	*out = json_string("123456");
	return *out != NULL;
}

/* Each line is the body of a frame; in odd inputs the bytes are sent as they are. */
static void send_all(int fd, bool raw, const uint8_t *data, size_t size)
{
	struct error err;
	bool gone;

	if (raw) {
		FUZZ_HOLDS(size == 0 || write(fd, data, size) == (ssize_t)size);
		return;
	}
	while (size > 0) {
		char *line = fuzz_line(&data, &size);
		size_t len = strlen(line);

		FUZZ_HOLDS(len == 0 || frame_write(fd, line, len, &gone, &err));
		free(line);
	}
}

/* A hostile agent at the other end of a call, plain or sealed: the call ends, and says how. */
void fuzz_client(const uint8_t *data, size_t size)
{
	const uint8_t how = size > 0 ? data[0] : 0;
	const struct client_handler handler = {.event = take,
					       .row = take,
					       .row_text = how & 2 ? take_text : NULL,
					       .ok_text = how & 4 ? take_text : NULL,
					       .ask = how & 8 ? answer : NULL};
	struct client client = CLIENT_EMPTY;
	struct error err = ERROR_INIT;
	enum client_result result;
	json_t *ok = NULL;
	int fds[2];

	FUZZ_HOLDS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
	if (size > 0)
		send_all(fds[1], how & 1, data + 1, size - 1);
	FUZZ_HOLDS(shutdown(fds[1], SHUT_WR) == 0);
	client = (struct client){.fd = fds[0], .known = how & 16};
	if (how & 32)
		result = client_call_sealed(&client, &fuzz_keys.at[KEY_PROOF], "list", NULL,
					    &handler, &ok, &err);
	else
		result = client_call(&client, "list", NULL, &handler, &ok, &err);
	/* Only who holds the vault's keys answers a sealed call, and the input does not. */
	FUZZ_HOLDS(!(how & 32) || client.known || result != CLIENT_OK);
	FUZZ_HOLDS(result == CLIENT_OK || err.code != ERROR_NONE);
	FUZZ_HOLDS(result != CLIENT_OK || ok || (how & 4));
	json_decref(ok);
	client_close(&client);
	(void)close(fds[1]);
}
