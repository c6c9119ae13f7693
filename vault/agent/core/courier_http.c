/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/courier_http.h"

#include "vault/aws/courier_message.h"
#include "vault/wire/frame.h"

#include <unistd.h>

enum { GRACE_MS = 5000 /* beyond the request's own limit, which the courier keeps */ };

static bool courier_http_send(void *ctx, const struct http_request *request,
			      struct http_reply *reply, struct error *err)
{
	struct courier_http *courier = ctx;
	struct buf text = BUF_INIT(COURIER_MESSAGE_MAX), pem = BUF_INIT(PEM_AUTHORITIES_MAX);
	bool starts = courier->fd < 0, end = false, ok = false;
	struct error why;

	/* A courier sends nothing to AWS before it has the whole frame. */
	reply->maybe_sent = false;
	if (starts && (!broker_courier(courier->broker, &courier->fd, err) ||
		       !sealed_authorities_copy(courier->authorities, &pem, err)))
		goto out;
	if (!courier_message_encode_request(request, buf_text(&pem), &text, err))
		goto out;
	if (!frame_write(courier->fd, text.data, text.len, NULL, &why)) {
		courier_http_close(courier);
		error_set(err, ERROR_AWS_UNREACHABLE,
			  "the courier ended before it took the request");
		goto out;
	}
	reply->maybe_sent = true;
	if (!frame_read(courier->fd, (int)request->total_timeout_ms + GRACE_MS, FRAME_COMPLETE_MS,
			&text, &end, &why) ||
	    end) {
		courier_http_close(courier);
		error_set(err, ERROR_AWS_UNREACHABLE, "the courier ended before AWS answered");
		error_detail(err, "The request may have reached AWS.");
		goto out;
	}
	ok = courier_message_decode_reply(&text, reply, err);
out:
	buf_clear(&pem);
	buf_clear(&text);
	return ok;
}

void courier_http_open(struct courier_http *courier, struct broker *broker,
		       struct sealed_authorities *authorities)
{
	*courier = (struct courier_http){.http = {.send = courier_http_send, .ctx = courier},
					 .broker = broker,
					 .authorities = authorities,
					 .fd = -1};
}

void courier_http_close(struct courier_http *courier)
{
	if (courier->fd >= 0)
		(void)close(courier->fd);
	courier->fd = -1;
}
