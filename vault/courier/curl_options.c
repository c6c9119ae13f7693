/* SPDX-License-Identifier: MIT */
#include "vault/courier/curl_options.h"

#include "vault/base/buf.h"

#include <openssl/ssl.h>
#include <string.h>

enum {
	HEADER_LINE_MAX = 40000,
	EXCEPT_MAX = 8192,
	URL_MAX = 16384,
	SLOW_BYTES_PER_S = 16, /* a transfer slower than this for SLOW_SECONDS fails */
	SLOW_SECONDS = 12,
	CONNECTIONS = 4
};

/* OpenSSL wipes plaintext from its own buffers once curl has read it. */
static CURLcode on_ssl_context(CURL *easy, void *context, void *ctx)
{
	(void)easy;
	certificate_watch(context, ctx);
	SSL_CTX_set_options(context, SSL_OP_CLEANSE_PLAINTEXT);
	return CURLE_OK;
}

static bool set_headers(CURL *easy, const struct http_request *request, struct curl_slist **headers)
{
	struct buf line = BUF_INIT(HEADER_LINE_MAX);
	struct curl_slist *more;
	struct error err;
	bool ok = true;

	/*
	 * Only the request's own headers: no Accept, and no Expect, which would delay the body by a
	 * second.
	 */
	for (size_t i = 0; ok && i < request->header_count + 2; i++) {
		buf_reset(&line);
		if (i < request->header_count)
			ok = buf_text_append(&line, request->headers[i].name, &err) &&
			     buf_text_append(&line, ": ", &err) &&
			     buf_text_append(&line, request->headers[i].value, &err);
		else
			ok = buf_text_append(
			    &line, i == request->header_count ? "Accept:" : "Expect:", &err);
		more = ok ? curl_slist_append(*headers, buf_text(&line)) : NULL;
		ok = more != NULL;
		if (more)
			*headers = more;
	}
	buf_clear(&line);
	return ok && curl_easy_setopt(easy, CURLOPT_HTTPHEADER, *headers) == CURLE_OK;
}

static bool set_url(CURL *easy, const struct http_request *request)
{
	struct buf url = BUF_INIT(URL_MAX);
	struct error err;
	bool ok = buf_text_append(&url, request->url, &err) &&
		  (!request->query || (buf_text_append(&url, "?", &err) &&
				       buf_text_append(&url, request->query, &err))) &&
		  curl_easy_setopt(easy, CURLOPT_URL, buf_text(&url)) == CURLE_OK;

	buf_clear(&url);
	return ok;
}

static bool set_body(CURL *easy, const struct http_request *request)
{
	if (strcmp(request->method, "GET") == 0)
		return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) == CURLE_OK;
	return curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)request->body.len) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_POSTFIELDS, buf_text(&request->body)) == CURLE_OK;
}

/* Each option that is a number, with its value. */
static bool set_numbers(CURL *easy, const struct http_request *request)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
	    {CURLOPT_FOLLOWLOCATION, 0},
	    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
	    {CURLOPT_SSL_VERIFYPEER, 1},
	    {CURLOPT_SSL_VERIFYHOST, 2},
	    {CURLOPT_PROXY_SSL_VERIFYPEER, 1},
	    {CURLOPT_PROXY_SSL_VERIFYHOST, 2},
	    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
	    {CURLOPT_PROXY_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
	    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
	    {CURLOPT_HTTP09_ALLOWED, 0},
	    {CURLOPT_HTTPAUTH, (long)CURLAUTH_NONE},
	    {CURLOPT_PATH_AS_IS, 1},
	    {CURLOPT_NOSIGNAL, 1},
	    {CURLOPT_VERBOSE, 0},
	    {CURLOPT_NOPROGRESS, 1},
	    {CURLOPT_HTTP_CONTENT_DECODING, 0},
	    {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
	    {CURLOPT_HTTPPROXYTUNNEL, 1},
	    {CURLOPT_MAXCONNECTS, CONNECTIONS},
	    {CURLOPT_MAXFILESIZE, HTTP_BODY_MAX},
	    {CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES_PER_S},
	    {CURLOPT_LOW_SPEED_TIME, SLOW_SECONDS},
	    {CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_timeout_ms},
	    {CURLOPT_TIMEOUT_MS, (long)request->total_timeout_ms},
	    /* On a reused connection, curl would resend a request that got no answer. */
	    {CURLOPT_FRESH_CONNECT, request->once},
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (curl_easy_setopt(easy, numbers[i].option, numbers[i].value) != CURLE_OK)
			return false;
	}
	return true;
}

/*
 * $NO_PROXY in the form that curl takes: "*.example.com" means ".example.com", a port after a name
 * is ignored, and a "*" in the list makes the whole list "*".
 */
static bool except_for_curl(const char *except, struct buf *out, struct error *err)
{
	static const char separators[] = ", \t";

	for (const char *at = except; *at;) {
		size_t len = strcspn(at, separators), used = len;
		const char *colon = memchr(at, ':', len);

		if (len == 1 && *at == '*') {
			buf_reset(out);
			return buf_text_append(out, "*", err);
		}
		/* A name with more than one colon is an IPv6 address. */
		if (colon && !memchr(colon + 1, ':', len - (size_t)(colon - at) - 1))
			used = (size_t)(colon - at);
		if (used > 2 && at[0] == '*' && at[1] == '.') {
			at++;
			used--;
			len--;
		}
		if (used && (!buf_append(out, at, used, err) || !buf_text_append(out, ",", err)))
			return false;
		at += len;
		at += strspn(at, separators);
	}
	return true;
}

/* Sets the proxy for the request; a request to loopback never uses a proxy. */
static bool set_proxy(CURL *easy, const struct http_request *request, bool direct)
{
	const char *url = request->proxy.url;
	struct buf except = BUF_INIT(EXCEPT_MAX);
	struct error err;
	bool ok;

	/* "" and not NULL: NULL would let curl look into the environment. */
	if (!url || direct)
		return curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
		       curl_easy_setopt(easy, CURLOPT_NOPROXY, "") == CURLE_OK;
	ok = (!request->proxy.except || except_for_curl(request->proxy.except, &except, &err)) &&
	     curl_easy_setopt(easy, CURLOPT_PROXY, url) == CURLE_OK &&
	     /* The SDKs' default ports, if the proxy variable names no port. */
	     curl_easy_setopt(easy, CURLOPT_PROXYPORT,
			      strncmp(url, "https://", 8) == 0 ? 443L : 80L) == CURLE_OK &&
	     curl_easy_setopt(easy, CURLOPT_NOPROXY, buf_text(&except)) == CURLE_OK;
	buf_clear(&except);
	return ok;
}

/* The bytes that are given are the only authorities: no file and no folder of them. */
static bool set_authorities(CURL *easy, const struct buf *authorities)
{
	struct curl_blob pem = {
	    .data = authorities->data, .len = authorities->len, .flags = CURL_BLOB_NOCOPY};

	return curl_easy_setopt(easy, CURLOPT_CAINFO, NULL) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, NULL) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL) == CURLE_OK &&
	       (authorities->len == 0 ||
		(curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &pem) == CURLE_OK &&
		 curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO_BLOB, &pem) == CURLE_OK));
}

bool curl_options_apply(CURL *easy, const struct http_request *request,
			const struct buf *authorities, bool loopback, struct certificate *seen,
			struct curl_slist **headers)
{
	bool tls = strncmp(request->url, "https://", 8) == 0;

	return set_numbers(easy, request) && set_headers(easy, request, headers) &&
	       set_body(easy, request) &&
	       curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, tls ? "https" : "http") == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https") == CURLE_OK &&
	       set_url(easy, request) && set_proxy(easy, request, !tls || loopback) &&
	       set_authorities(easy, authorities) &&
	       curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, (void *)seen) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_context) == CURLE_OK;
}
