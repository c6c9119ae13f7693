/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_LINE_H
#define CV_WIRE_LINE_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/channel.h"
#include "vault/wire/frame.h"

#include <stdbool.h>

/**
 * One end of a connection as messages use it: plain frames (frame.h) until a channel lies under
 * them. From then on each frame holds one record of the channel (vault/seal/channel.h), behind one
 * frame with what its stream begins with, and no plain frame is sent or taken any more.
 */
struct line {
	int fd;
	struct channel *channel; /**< borrowed; NULL: frames are plain */
};

#define LINE_PLAIN(fd_) ((struct line){.fd = (fd_)})

/** What is sent: three pieces, which need not be joined first. */
struct line_frame {
	const char *before;
	const void *body;
	size_t len;
	const char *behind;
	bool last; /**< in a channel: nothing follows from this end */
};

/**
 * Reads one frame into body as frame_read() does, and opens it in a channel; channel->received_last
 * tells whether it is the other end's last one. PROTOCOL also for what is no record of the channel.
 */
MUST bool line_read(const struct line *line, int first_ms, int complete_ms, struct buf *body,
		    bool *end, struct error *err);

/** Writes one frame as frame_write() does, sealed in a channel. */
MUST bool line_write(const struct line *line, const struct line_frame *frame, bool *gone,
		     struct error *err);

#endif
