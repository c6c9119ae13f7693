/* SPDX-License-Identifier: MIT */
#include "vault/aws/http.h"

void http_reply_clear(struct http_reply *reply)
{
	json_decref(reply->tree);
	*reply = HTTP_REPLY_INIT;
}

bool http_send(const struct http *http, const struct http_request *request,
	       struct http_reply *reply, struct error *err)
{
	http_reply_clear(reply);
	return http->send(http->ctx, request, reply, err);
}
