/* SPDX-License-Identifier: MIT */
#include "vault/courier/transfer.h"

#include "vault/aws/endpoint.h"
#include "vault/aws/courier_message.h"
#include "vault/base/alloc.h"
#include "vault/base/clock.h"
#include "vault/base/secret.h"
#include "vault/base/text.h"
#include "vault/courier/certificate.h"
#include "vault/courier/curl_options.h"
#include "vault/courier/json_answer.h"
#include "vault/courier/xml.h"
#include "vault/format/time.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum { POLL_MS = 1000, RETRY_AFTER_MAX_MS = 600000, RETRY_AFTER_DIGITS = 6, TYPE_LINE_BYTES = 160 };

struct transfer {
	CURLM *multi;
	CURL *easy;
	int control;
	const struct buf *authorities;
	/* The reply of the current request. */
	struct http_reply *reply;
	size_t body_len;
	bool too_large;
	struct certificate seen;
	char trouble[CURL_ERROR_SIZE]; /* curl's words about a failure */
	char body[HTTP_BODY_MAX];
};

static void transfer_free(struct transfer *transfer)
{
	if (!transfer)
		return;
	curl_easy_cleanup(transfer->easy);
	(void)curl_multi_cleanup(transfer->multi);
	alloc_wiping_free(transfer);
}

bool transfer_new(int control, const struct buf *authorities, struct transfer **out,
		  struct error *err)
{
	struct transfer *transfer = alloc_wiping_calloc(1, sizeof(*transfer));

	*out = NULL;
	if (!transfer)
		return error_set(err, ERROR_MEMORY, "no memory for a transfer");
	transfer->control = control;
	transfer->authorities = authorities;
	transfer->multi = curl_multi_init();
	transfer->easy = curl_easy_init();
	/* If the mlock limit is too low, the body may be swapped; it lives for seconds. */
	(void)mlock(transfer->body, sizeof(transfer->body));
	if (!transfer->multi || !transfer->easy) {
		transfer_free(transfer);
		return error_set(err, ERROR_MEMORY, "no memory for a transfer");
	}
	*out = transfer;
	return true;
}

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
	struct transfer *transfer = ctx;
	size_t n = size * count;

	if (n > sizeof(transfer->body) - transfer->body_len) {
		transfer->too_large = true;
		return 0;
	}
	memcpy(transfer->body + transfer->body_len, data, n);
	transfer->body_len += n;
	return n;
}

/* The value of a header line, trimmed, if it is the header `name` and fits. */
static bool header_is(const char *line, size_t len, const char *name, char *value, size_t size)
{
	size_t n = strlen(name);

	if (len <= n || line[n] != ':' || strncasecmp(line, name, n) != 0)
		return false;
	for (n++; n < len && (line[n] == ' ' || line[n] == '\t'); n++)
		;
	while (len > n && (line[len - 1] == '\n' || line[len - 1] == '\r' || line[len - 1] == ' ' ||
			   line[len - 1] == '\t'))
		len--;
	if (len - n >= size || memchr(line + n, '\0', len - n))
		return false;
	memcpy(value, line + n, len - n);
	value[len - n] = '\0';
	return true;
}

static size_t on_header(char *data, size_t size, size_t count, void *ctx)
{
	struct http_reply *reply = ((struct transfer *)ctx)->reply;
	size_t n = size * count;
	char value[HTTP_REQUEST_ID_BYTES], type[TYPE_LINE_BYTES];

	if (n >= 5 && strncmp(data, "HTTP/", 5) == 0) {
		/*
		 * Each status line (1xx too) starts a new header block; only the last block counts.
		 */
		reply->date = 0;
		reply->aged = false;
		reply->retry_after_ms = -1;
		reply->request_id[0] = '\0';
		reply->error_type[0] = '\0';
	} else if (header_is(data, n, "date", value, sizeof(value))) {
		if (!time_parse_http(value, &reply->date))
			reply->date = 0;
	} else if (header_is(data, n, "age", value, sizeof(value))) {
		reply->aged = true;
	} else if (header_is(data, n, "x-amz-retry-after", value, sizeof(value))) {
		size_t digits = strspn(value, "0123456789");

		if (digits > 0 && digits <= RETRY_AFTER_DIGITS && value[digits] == '\0')
			reply->retry_after_ms = strtol(value, NULL, 10);
		if (reply->retry_after_ms > RETRY_AFTER_MAX_MS)
			reply->retry_after_ms = RETRY_AFTER_MAX_MS;
	} else if (header_is(data, n, "x-amzn-requestid", value, sizeof(value))) {
		size_t good = strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					    "0123456789-_=+/.:");

		if (value[good] == '\0')
			memcpy(reply->request_id, value, good + 1);
	} else if (header_is(data, n, "x-amzn-errortype", type, sizeof(type))) {
		size_t good = strspn(type, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					   "0123456789_.-");

		if (good < sizeof(reply->error_type) && (type[good] == '\0' || type[good] == ':')) {
			memcpy(reply->error_type, type, good);
			reply->error_type[good] = '\0';
		}
	}
	return n;
}

/* Whether the process that asked has closed its end of control. */
static bool is_abandoned(int control)
{
	char byte;

	return recv(control, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static CURLcode perform(struct transfer *transfer, bool *abandoned)
{
	CURLcode result = CURLE_OUT_OF_MEMORY;
	const CURLMsg *message;
	int running = 1, left;

	if (curl_multi_add_handle(transfer->multi, transfer->easy) != CURLM_OK)
		return result;
	while (running) {
		struct curl_waitfd control = {.fd = transfer->control, .events = CURL_WAIT_POLLIN};

		if (curl_multi_perform(transfer->multi, &running) != CURLM_OK)
			break;
		if (running &&
		    curl_multi_poll(transfer->multi, &control, 1, POLL_MS, NULL) != CURLM_OK)
			break;
		if (control.revents && is_abandoned(transfer->control)) {
			*abandoned = true;
			break;
		}
	}
	while ((message = curl_multi_info_read(transfer->multi, &left)) != NULL) {
		if (message->msg == CURLMSG_DONE)
			result = message->data.result;
	}
	return result;
}

/* Why there is no connection, by the error of connect(). */
static const char *connect_reason(CURL *easy)
{
	long error = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
	switch (error) {
	case ECONNREFUSED: return "the connection is refused";
	case ENETUNREACH:
	case EADDRNOTAVAIL: return "this machine has no network that leads there";
	case EHOSTUNREACH: return "no route leads there";
	case ETIMEDOUT: return "no connection in time";
	case EACCES:
	case EPERM: return "this machine does not allow the connection";
	default: return "no connection";
	}
}

static bool is_connected(CURL *easy)
{
	curl_off_t connected_us = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected_us);
	return connected_us > 0;
}

static const char *reason(CURL *easy, CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY: return "no such name";
	case CURLE_COULDNT_CONNECT: return connect_reason(easy);
	case CURLE_OPERATION_TIMEDOUT:
		return is_connected(easy) ? "no whole answer in time" : "no connection in time";
	case CURLE_SSL_CACERT_BADFILE: return "the system's certificate bundle holds no authority";
	case CURLE_SSL_CONNECT_ERROR: return "no TLS connection";
	case CURLE_GOT_NOTHING: return "it closed the connection without an answer";
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR: return "it closed the connection in the middle of an answer";
	case CURLE_SEND_ERROR: return "it closed the connection while being asked";
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY: return "it does not speak HTTP";
	/* libcurl reports headers beyond its limits with this code too. */
	case CURLE_OUT_OF_MEMORY: return "there is no room for its answer";
	default: return curl_easy_strerror(code);
	}
}

/* The proxy's status for CONNECT if it refused; 0 otherwise. */
static long proxy_refusal(CURL *easy)
{
	long status = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status >= 200 && status < 300 ? 0 : status;
}

/*
 * Whether it was the proxy that could not be connected to. Only curl's words tell: it alone knows
 * whether the request takes the proxy.
 */
static bool is_proxy_named(const struct transfer *transfer, const struct http_request *request)
{
	static const char words[] = "Failed to connect to ";
	const char *said = transfer->trouble + sizeof(words) - 1, *host;
	size_t len;

	if (!request->proxy.url || strncmp(transfer->trouble, words, sizeof(words) - 1) != 0)
		return false;
	host = http_proxy_host(request->proxy.url, &len);
	len = *host == '[' ? len : strcspn(host, ":/");
	return strncasecmp(said, host, len) == 0 && said[len] == ' ';
}

/* Fills in what the reply says of a failure, and returns it in words. */
static const char *explain(struct transfer *transfer, const struct http_request *request,
			   CURLcode code, struct http_reply *reply)
{
	CURL *easy = transfer->easy;
	char why[CERTIFICATE_WHY_BYTES];
	long at_proxy = X509_V_OK;

	if (proxy_refusal(easy)) {
		reply->at_proxy = true;
		(void)snprintf(transfer->trouble, sizeof(transfer->trouble),
			       "it refuses (HTTP %ld)", proxy_refusal(easy));
		return transfer->trouble;
	}
	if (code == CURLE_PEER_FAILED_VERIFICATION) {
		(void)curl_easy_getinfo(easy, CURLINFO_PROXY_SSL_VERIFYRESULT, &at_proxy);
		reply->at_proxy = at_proxy != X509_V_OK;
		reply->cause = certificate_explain(&transfer->seen, why);
		text_escape_into(why, transfer->trouble, sizeof(transfer->trouble));
		return transfer->trouble;
	}
	if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY)
		reply->cause = HTTP_CAUSE_NO_NAME;
	else if (code == CURLE_COULDNT_CONNECT ||
		 (code == CURLE_OPERATION_TIMEDOUT && !is_connected(easy)))
		reply->cause = HTTP_CAUSE_NO_CONNECT;
	reply->at_proxy = code == CURLE_COULDNT_RESOLVE_PROXY || is_proxy_named(transfer, request);
	return reason(easy, code);
}

/*
 * False only when curl never came to the point of writing the request. CURLINFO_REQUEST_SIZE cannot
 * tell: with a proxy it counts curl's own CONNECT too.
 */
static bool may_be_sent(CURL *easy)
{
	curl_off_t ready_us = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
	return ready_us > 0;
}

static void take_body(struct transfer *transfer, struct http_reply *reply)
{
	if (transfer->too_large)
		reply->body = HTTP_BODY_TOO_LARGE;
	else if (transfer->body_len == 0)
		reply->body = HTTP_BODY_NONE;
	else if (xml_parse(transfer->body, transfer->body_len, &reply->tree))
		reply->body = HTTP_BODY_XML;
	else if (json_answer_parse(transfer->body, transfer->body_len, &reply->tree))
		reply->body = HTTP_BODY_JSON;
	else
		reply->body = HTTP_BODY_OTHER;
}

/* False when the request may not be sent at all. */
static bool check(const struct http_request *request, enum endpoint_class *kind, struct error *err)
{
	const char *proxy = request->proxy.url;
	char host[ENDPOINT_HOST_BYTES];

	if (!endpoint_classify(request->url, kind, host, err))
		return false;
	/* The name "localhost" bypasses the proxy too. */
	if (strcmp(host, "localhost") == 0 || strncmp(host, "localhost:", 10) == 0)
		*kind = ENDPOINT_LOOPBACK;
	if (!proxy || !strstr(proxy, "://") || strncmp(proxy, "http://", 7) == 0 ||
	    strncmp(proxy, "https://", 8) == 0)
		return true;
	return error_set(err, ERROR_USAGE, "a proxy must be an http or https URL");
}

bool transfer_run(struct transfer *transfer, const struct http_request *request,
		  struct http_reply *reply, bool *abandoned, struct error *err)
{
	struct curl_slist *headers = NULL;
	enum endpoint_class kind;
	CURLcode code;
	int64_t started;
	long status = 0;
	bool ok = false;

	http_reply_clear(reply);
	*abandoned = false;
	transfer->reply = reply;
	transfer->body_len = 0;
	transfer->too_large = false;
	transfer->trouble[0] = '\0';
	transfer->seen = (struct certificate){.error = X509_V_OK};
	curl_easy_reset(transfer->easy);
	if (!check(request, &kind, err))
		goto out;
	if (strncmp(request->url, "https://", 8) == 0 && transfer->authorities->len == 0) {
		error_set(err, ERROR_AWS_UNREACHABLE,
			  "the system's certificate bundle cannot be read");
		goto out;
	}
	if (!curl_options_apply(transfer->easy, request, transfer->authorities,
				kind == ENDPOINT_LOOPBACK, &transfer->seen, &headers) ||
	    curl_easy_setopt(transfer->easy, CURLOPT_ERRORBUFFER, transfer->trouble) ||
	    curl_easy_setopt(transfer->easy, CURLOPT_WRITEFUNCTION, on_body) ||
	    curl_easy_setopt(transfer->easy, CURLOPT_WRITEDATA, (void *)transfer) ||
	    curl_easy_setopt(transfer->easy, CURLOPT_HEADERFUNCTION, on_header) ||
	    curl_easy_setopt(transfer->easy, CURLOPT_HEADERDATA, (void *)transfer)) {
		error_set(err, ERROR_FAILED, "curl does not take its settings");
		goto out;
	}
	started = clock_boot_ms(&clock_system);
	code = perform(transfer, abandoned);
	reply->round_trip_ms = clock_boot_ms(&clock_system) - started;
	reply->maybe_sent = code == CURLE_OK || may_be_sent(transfer->easy);
	(void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_multi_remove_handle(transfer->multi, transfer->easy);
	if (code == CURLE_FILESIZE_EXCEEDED)
		transfer->too_large = true;
	if (code != CURLE_OK && !(transfer->too_large && status >= 100)) {
		error_set(err, ERROR_AWS_UNREACHABLE, "%s",
			  explain(transfer, request, code, reply));
		goto out;
	}
	reply->status = (int)status;
	take_body(transfer, reply);
	ok = true;
out:
	curl_slist_free_all(headers);
	secret_wipe(transfer->body, transfer->body_len);
	transfer->reply = NULL;
	return ok;
}
