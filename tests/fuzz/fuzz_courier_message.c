/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/aws/courier_message.h"

/* What crosses between agent and courier, read by either end. */
void fuzz_courier_message(const uint8_t *data, size_t size)
{
	struct buf text = BUF_INIT(COURIER_MESSAGE_MAX), again = BUF_INIT(COURIER_MESSAGE_MAX);
	struct courier_message_request request = {0}, second = {0};
	struct http_reply reply = HTTP_REPLY_INIT;
	struct error err = ERROR_INIT;

	FUZZ_HOLDS(buf_append(&text, data, size, &err));
	if (courier_message_decode_request(&text, &request, &err)) {
		FUZZ_HOLDS(request.request.header_count <= HTTP_HEADERS_MAX);
		FUZZ_HOLDS(courier_message_encode_request(&request.request, request.authorities,
							  &again, &err));
		FUZZ_HOLDS(courier_message_decode_request(&again, &second, &err));
		FUZZ_HOLDS(second.request.header_count == request.request.header_count);
	}
	buf_reset(&again);
	if (courier_message_decode_reply(&text, &reply, &err)) {
		FUZZ_HOLDS(courier_message_encode_reply(&reply, &again, &err));
		FUZZ_HOLDS(courier_message_decode_reply(&again, &reply, &err));
	}
	courier_message_request_clear(&request);
	courier_message_request_clear(&second);
	http_reply_clear(&reply);
	buf_clear(&text);
	buf_clear(&again);
}
