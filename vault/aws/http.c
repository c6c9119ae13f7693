/* SPDX-License-Identifier: MIT */
#include "vault/aws/http.h"

#include <string.h>

const char *http_proxy_host(const char *url, size_t *len)
{
	const char *at = strstr(url, "://"), *end;

	at = at ? at + 3 : url;
	end = at + strcspn(at, "/");
	for (const char *p = at; p < end; p++) {
		if (*p == '@')
			at = p + 1;
	}
	*len = (size_t)(end - at);
	return at;
}

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
