/* SPDX-License-Identifier: MIT */
#include "vault/wire/frame.h"

#include "vault/base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { HEADER = 4 };

/* A moment on the clock that counts while the machine is awake; negative: never. */
struct deadline {
	int64_t at_ms;
};

static int64_t now_ms(void)
{
	return clock_system.now_ns(clock_system.ctx, CLOCK_KIND_MONO) / 1000000;
}

static struct deadline deadline_in(int limit_ms)
{
	return (struct deadline){.at_ms = limit_ms < 0 ? -1 : now_ms() + limit_ms};
}

/* Waits until fd has one of the events; 0 when the deadline has passed, -1 with errno. */
static int wait_for(int fd, short events, const struct deadline *until)
{
	for (;;) {
		struct pollfd p = {.fd = fd, .events = events};
		int64_t left = until->at_ms < 0 ? -1 : until->at_ms - now_ms();
		int n;

		if (until->at_ms >= 0 && left < 0)
			left = 0;
		n = poll(&p, 1, (int)left);
		if (n >= 0 || errno != EINTR)
			return n;
	}
}

enum got { GOT_ALL, GOT_END, GOT_NOTHING_YET, GOT_FAILURE };

/*
 * Reads until *done, which counts the bytes, is at least `enough`, and never more than `most`.
 * GOT_NOTHING_YET: the deadline has passed. Without a deadline recv() itself waits, which saves
 * system calls.
 */
static enum got receive(int fd, void *to, size_t enough, size_t most, size_t *done,
			const struct deadline *until)
{
	while (*done < enough) {
		ssize_t got = recv(fd, (char *)to + *done, most - *done,
				   until->at_ms < 0 ? 0 : MSG_DONTWAIT);
		int ready;

		if (got > 0) {
			*done += (size_t)got;
			continue;
		}
		if (got == 0)
			return GOT_END;
		if (errno == EINTR)
			continue;
		/*
		 * The other end closed with unread bytes: treated like any other end of the
		 * connection.
		 */
		if (errno == ECONNRESET)
			return GOT_END;
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			return GOT_FAILURE;
		ready = wait_for(fd, POLLIN, until);
		if (ready < 0)
			return GOT_FAILURE;
		if (ready == 0)
			return GOT_NOTHING_YET;
	}
	return GOT_ALL;
}

static bool explain(enum got got, struct error *err)
{
	switch (got) {
	case GOT_END:
		return error_set(err, ERROR_PROTOCOL,
				 "the connection ended in the middle of a frame");
	case GOT_NOTHING_YET: return error_set(err, ERROR_PROTOCOL, "a frame did not come in time");
	case GOT_ALL:
	case GOT_FAILURE: break;
	}
	return error_set_errno(err, ERROR_IO, errno, "cannot read from the socket");
}

bool frame_read(int fd, int first_ms, int complete_ms, struct buf *body, bool *end,
		struct error *err)
{
	unsigned char header[HEADER];
	struct deadline until = deadline_in(first_ms);
	uint32_t len;
	size_t n = 0;
	enum got got;

	*end = false;
	buf_reset(body);
	got = receive(fd, header, 1, HEADER, &n, &until);
	if (got == GOT_END) {
		*end = true;
		return true;
	}
	if (got != GOT_ALL)
		return explain(got, err);
	until = deadline_in(complete_ms);
	got = receive(fd, header, HEADER, HEADER, &n, &until);
	if (got != GOT_ALL)
		return explain(got, err);
	len = (uint32_t)header[0] << 24 | (uint32_t)header[1] << 16 | (uint32_t)header[2] << 8 |
	      header[3];
	if (len == 0 || len > FRAME_BODY_MAX || len > body->limit)
		return error_set(err, ERROR_PROTOCOL, "a frame of %u bytes", len);
	if (!buf_reserve(body, len, err))
		return false;
	n = 0;
	got = receive(fd, body->data, len, len, &n, &until);
	if (got != GOT_ALL) {
		body->len = n;
		buf_reset(body);
		return explain(got, err);
	}
	body->len = len;
	body->data[len] = '\0';
	return true;
}

static void put_length(size_t len, unsigned char header[static HEADER])
{
	header[0] = (unsigned char)(len >> 24);
	header[1] = (unsigned char)(len >> 16);
	header[2] = (unsigned char)(len >> 8);
	header[3] = (unsigned char)len;
}

/* Sends all pieces as one body; the bytes sent are taken off the pieces. */
static bool send_all(int fd, struct iovec *parts, size_t count, bool *gone, struct error *err)
{
	struct deadline until = deadline_in(FRAME_COMPLETE_MS);

	if (gone)
		*gone = false;
	for (;;) {
		struct msghdr message = {0};
		ssize_t n;
		int ready;

		while (count > 0 && parts->iov_len == 0) {
			parts++;
			count--;
		}
		if (count == 0)
			return true;
		message.msg_iov = parts;
		message.msg_iovlen = count;
		n = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0) {
			for (size_t sent = (size_t)n, i = 0; sent > 0; i++) {
				size_t taken = sent < parts[i].iov_len ? sent : parts[i].iov_len;

				parts[i].iov_base = (char *)parts[i].iov_base + taken;
				parts[i].iov_len -= taken;
				sent -= taken;
			}
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK) {
			if (gone)
				*gone = errno == EPIPE || errno == ECONNRESET;
			return error_set_errno(err, ERROR_IO, errno, "cannot write to the socket");
		}
		ready = wait_for(fd, POLLOUT, &until);
		if (ready < 0)
			return error_set_errno(err, ERROR_IO, errno, "cannot write to the socket");
		if (ready == 0)
			return error_set(err, ERROR_IO, "the other end does not read");
	}
}

static bool check_length(size_t len, struct error *err)
{
	return (len > 0 && len <= FRAME_BODY_MAX) ||
	       error_set(err, ERROR_PROTOCOL, "a frame of %zu bytes", len);
}

static struct iovec part(const void *data, size_t len)
{
	return (struct iovec){.iov_base = (void *)(uintptr_t)data, .iov_len = len};
}

bool frame_write(int fd, const void *body, size_t len, bool *gone, struct error *err)
{
	return frame_write_between(fd, "", body, len, "", gone, err);
}

bool frame_write_between(int fd, const char *before, const void *body, size_t len,
			 const char *behind, bool *gone, struct error *err)
{
	unsigned char header[HEADER] = {0};
	size_t around = strlen(before) + strlen(behind);
	struct iovec parts[] = {part(header, sizeof(header)), part(before, strlen(before)),
				part(body, len), part(behind, strlen(behind))};

	if (gone)
		*gone = false;
	if (!check_length(around + len, err))
		return false;
	put_length(around + len, header);
	return send_all(fd, parts, sizeof(parts) / sizeof(parts[0]), gone, err);
}

bool frames_append(struct buf *frames, const char *const texts[], struct error *err)
{
	unsigned char header[HEADER];
	size_t len = 0;

	for (size_t i = 0; texts[i]; i++)
		len += strlen(texts[i]);
	if (!check_length(len, err))
		return false;
	put_length(len, header);
	if (!buf_reserve(frames, sizeof(header) + len, err) ||
	    !buf_append(frames, header, sizeof(header), err))
		return false;
	for (size_t i = 0; texts[i]; i++) {
		if (!buf_text_append(frames, texts[i], err))
			return false;
	}
	return true;
}

bool frames_send(int fd, struct buf *frames, bool *gone, struct error *err)
{
	struct iovec all = part(frames->data, frames->len);
	bool ok = send_all(fd, &all, 1, gone, err);

	buf_reset(frames);
	return ok;
}
