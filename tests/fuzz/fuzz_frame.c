/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/wire/frame.h"

#include <sys/socket.h>
#include <unistd.h>

/* What another program sends over the socket: whole frames within their bounds, then an end. */
void fuzz_frame(const uint8_t *data, size_t size)
{
	struct buf body = FRAME_REQUEST_INIT;
	struct error err = ERROR_INIT;
	size_t sum = 0;
	bool end = false;
	int fds[2];

	FUZZ_HOLDS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
	FUZZ_HOLDS(size == 0 || write(fds[1], data, size) == (ssize_t)size);
	FUZZ_HOLDS(shutdown(fds[1], SHUT_WR) == 0);
	while (!end && frame_read(fds[0], 1000, 1000, &body, &end, &err)) {
		FUZZ_HOLDS(end ? body.len == 0 : body.len > 0 && body.data[body.len] == '\0');
		sum += end ? 0 : 4 + body.len;
	}
	FUZZ_HOLDS(end ? sum == size : sum <= size);
	(void)close(fds[0]);
	(void)close(fds[1]);
	buf_clear(&body);
}
