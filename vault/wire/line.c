/* SPDX-License-Identifier: MIT */
#include "vault/wire/line.h"

/* What the other end's stream begins with, if it has not come yet. */
static bool line_begun(const struct line *line, int first_ms, int complete_ms, bool *end,
		       struct error *err)
{
	struct buf header = BUF_INIT(CHANNEL_STREAM_BYTES);
	bool ok;

	if (line->channel->receiving)
		return true;
	ok = frame_read(line->fd, first_ms, complete_ms, &header, end, err) &&
	     (*end || channel_begun(line->channel, &header, err));
	buf_clear(&header);
	return ok;
}

bool line_read(const struct line *line, int first_ms, int complete_ms, struct buf *body, bool *end,
	       struct error *err)
{
	struct buf sealed = BUF_INIT(CHANNEL_SEALED_MAX);
	bool ok;

	if (!line->channel)
		return frame_read(line->fd, first_ms, complete_ms, body, end, err);
	*end = false;
	buf_reset(body);
	ok = line_begun(line, first_ms, complete_ms, end, err) &&
	     (*end || frame_read(line->fd, first_ms, complete_ms, &sealed, end, err)) &&
	     (*end || channel_unseal(line->channel, &sealed, body, err));
	buf_clear(&sealed);
	return ok;
}

/* Sends what this end's stream begins with, if that was not done yet. */
static bool line_begin(const struct line *line, bool *gone, struct error *err)
{
	unsigned char header[CHANNEL_STREAM_BYTES];

	return line->channel->sending || (channel_begin(line->channel, header, err) &&
					  frame_write(line->fd, header, sizeof(header), gone, err));
}

bool line_write(const struct line *line, const struct line_frame *frame, bool *gone,
		struct error *err)
{
	const struct channel_record record = {frame->before, frame->body, frame->len, frame->behind,
					      frame->last};
	struct buf sealed = BUF_INIT(CHANNEL_SEALED_MAX);
	bool ok;

	if (frame->len > FRAME_LIMIT)
		return error_set(err, ERROR_PROTOCOL, "a message of %zu bytes", frame->len);
	if (!line->channel)
		return frame_write_between(line->fd, frame->before, frame->body, frame->len,
					   frame->behind, gone, err);
	if (gone)
		*gone = false;
	ok = line_begin(line, gone, err) && channel_seal(line->channel, &record, &sealed, err) &&
	     frame_write(line->fd, sealed.data, sealed.len, gone, err);
	buf_clear(&sealed);
	return ok;
}
