/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_FRAME_H
#define CV_WIRE_FRAME_H

#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <stdbool.h>

/**
 * Frames of the agent's protocol (docs/protocol.md): a 4-byte big-endian length, then that many
 * bytes. On a blocking UNIX stream socket; never raises SIGPIPE. What the bytes mean is message.h.
 */

enum {
	FRAME_LIMIT = 1024 * 1024, /**< the longest message, in bytes; the shortest is 1 */
	FRAME_BODY_MAX = FRAME_LIMIT + 1024, /**< the longest body: a message that is sealed */
	FRAME_REQUEST_LIMIT = 128 * 1024,    /**< of what a client sends */
	FRAME_COMPLETE_MS = 10000, /**< a frame must be complete this long after its first byte */
	FRAME_FOR_EVER = -1
};

/** Where a body goes; its ceiling is the longest that is taken. */
#define FRAME_BODY_INIT	   BUF_INIT(FRAME_LIMIT)
#define FRAME_REQUEST_INIT BUF_INIT(FRAME_REQUEST_LIMIT)

/**
 * Reads one frame into body, which is reset first. Waits first_ms milliseconds (FRAME_FOR_EVER: no
 * limit) for the first byte and complete_ms from then on for the rest. *end is true, with true
 * returned and an empty body, when the other end closed the connection between two frames.
 * PROTOCOL: a length that is 0 or more than body's ceiling (checked before anything is allocated),
 * an end in the middle of a frame, a deadline that passed. IO: the socket failed. After an error
 * the connection is unusable.
 */
MUST bool frame_read(int fd, int first_ms, int complete_ms, struct buf *body, bool *end,
		     struct error *err);

/**
 * Writes one frame, within FRAME_COMPLETE_MS. *gone (may be NULL) tells that the other end has
 * left, which is an IO error like the others. PROTOCOL when the body is empty or too long: nothing
 * was sent then.
 */
MUST bool frame_write(int fd, const void *body, size_t len, bool *gone, struct error *err);

/** Like frame_write(), with a body of three pieces, which need not be joined first. */
MUST bool frame_write_between(int fd, const char *before, const void *body, size_t len,
			      const char *behind, bool *gone, struct error *err);

/**
 * Where frames are gathered: for very many short ones, so that each does not cost a system call.
 */
enum { FRAMES_SEND_AT = 64 * 1024, FRAMES_LIMIT = FRAMES_SEND_AT + 4 + FRAME_LIMIT };
#define FRAMES_INIT BUF_INIT(FRAMES_LIMIT)

/** Appends a frame of which the body is these texts, one after the other (NULL-terminated). */
MUST bool frames_append(struct buf *frames, const char *const texts[], struct error *err);

/** Writes the gathered frames as frame_write() does and empties *frames. *frames may be empty. */
MUST bool frames_send(int fd, struct buf *frames, bool *gone, struct error *err);

#endif
