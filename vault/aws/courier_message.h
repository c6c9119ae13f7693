/* SPDX-License-Identifier: MIT */
#ifndef CV_AWS_COURIER_MESSAGE_H
#define CV_AWS_COURIER_MESSAGE_H

#include "vault/aws/http.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <jansson.h>
#include <stdint.h>

/**
 * The messages between agent and courier, for both ends: one JSON object of at most
 * COURIER_MESSAGE_MAX
 * bytes in each frame (vault/wire/frame.h). One request, one answer, in turn.
 *
 *	{"method","url","query","headers":[["name","value"],…],"body","connect_ms",
 *	 "total_ms","proxy","no_proxy","once","authorities"}
 *	{"status","date","aged","round_trip_ms","retry_after_ms","body","tree","error_type",
 *	 "request_id","sent"}
 *	{"error":"what went wrong","cause":"name","proxy":bool,"sent":bool}
 */

enum { COURIER_MESSAGE_MAX = 1048576 };

/**
 * Appends a request as JSON. The headers and body can hold secrets: wiping buffers only.
 * `authorities` is PEM text of those that the courier is to trust besides the system's, from this
 * request on; NULL or "" for none.
 */
MUST bool courier_message_encode_request(const struct http_request *request,
					 const char *authorities, struct buf *out,
					 struct error *err);

/** A request as it came out of JSON: `request` borrows from `json`. */
struct courier_message_request {
	struct http_request request;
	struct http_header headers[HTTP_HEADERS_MAX];
	const char *authorities; /**< as above; NULL: none */
	json_t *json;
};

/**
 * Decodes a request and checks every member. PROTOCOL when the text is no request. Empty on
 * failure.
 */
MUST bool courier_message_decode_request(const struct buf *text,
					 struct courier_message_request *out, struct error *err);

/** Frees. Accepts empty. */
void courier_message_request_clear(struct courier_message_request *request);

/** Appends an answer. The reply's tree stays the caller's. */
MUST bool courier_message_encode_reply(const struct http_reply *reply, struct buf *out,
				       struct error *err);

/** Appends "there was no answer": the reason in words, and what the reply says of a failure. */
MUST bool courier_message_encode_failure(const char *why, const struct http_reply *reply,
					 struct buf *out, struct error *err);

/**
 * Decodes an answer or a failure, with the results that http_send() would have had: false with
 * AWS_UNREACHABLE for a failure or for something that is neither.
 */
MUST bool courier_message_decode_reply(const struct buf *text, struct http_reply *reply,
				       struct error *err);

#endif
