/* SPDX-License-Identifier: MIT */
#ifndef CV_AWS_HTTP_H
#define CV_AWS_HTTP_H

#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <jansson.h>
#include <stdint.h>

/**
 * The interface to the network: send one signed request, get one answer. The agent uses
 * courier_http (a separate process opens the connections); tests use scripted implementations. No
 * certificate bundle is named here: the courier has its own and accepts no other.
 */

enum {
	HTTP_HEADERS_MAX = 16,
	HTTP_BODY_MAX = 262144, /**< bytes of an answer that are read; STS and IAM send far less */
	HTTP_CONNECT_MS = 5000, /**< default time to connect */
	HTTP_TOTAL_MS = 15000,	/**< default time for one request and its answer */
	HTTP_REQUEST_ID_BYTES = 81,
	HTTP_ERROR_TYPE_BYTES = 64,
};

/** A header to send; both borrowed. Without CR, LF and NUL. */
struct http_header {
	const char *name;
	const char *value;
};

/** Which proxy a request takes, as the environment says it; borrowed. */
struct http_proxy {
	const char *url;    /**< as $HTTPS_PROXY: a scheme and a port may be missing; NULL: none */
	const char *except; /**< as $NO_PROXY: names, suffixes, networks; NULL: nothing */
};

/**
 * The host of a proxy's URL, with its port if it names one, and without the name and password that
 * may stand before it. Borrowed from url; *len are its bytes.
 */
const char *http_proxy_host(const char *url, size_t *len);

/** One request. Everything is borrowed for the call. */
struct http_request {
	const char *method; /**< "POST" or "GET" */
	const char *url;    /**< https, or http to a literal loopback address; without a query */
	const char *query;  /**< as on the request line, without '?'; NULL for none */
	const struct http_header *headers;
	size_t header_count; /**< at most HTTP_HEADERS_MAX */
	struct buf body;     /**< owned by the caller too */
	int64_t connect_timeout_ms;
	int64_t total_timeout_ms;
	struct http_proxy proxy; /**< never used for loopback */
	bool once; /**< on a connection of its own, so that nothing below sends it again */
};

/** The kind of an answer's body. The raw body itself is never passed on. */
enum http_body {
	HTTP_BODY_NONE,	     /**< empty */
	HTTP_BODY_XML,	     /**< well-formed, within the limits: see tree */
	HTTP_BODY_OTHER,     /**< neither (HTML, garbage, compressed, truncated) or refused */
	HTTP_BODY_TOO_LARGE, /**< more than HTTP_BODY_MAX; the rest was not read */
	HTTP_BODY_JSON	     /**< one JSON object within the limits: see tree */
};

/** Why there was no answer, as far as it decides what to try next. */
enum http_cause {
	HTTP_CAUSE_OTHER,
	HTTP_CAUSE_NO_NAME,    /**< the name of the host, or of the proxy, has no address */
	HTTP_CAUSE_NO_CONNECT, /**< refused, or no route to its address, or no time */
	/* The host's certificate, or the proxy's, is refused; asking again changes nothing. */
	HTTP_CAUSE_WRONG_NAME,
	HTTP_CAUSE_EXPIRED, /**< or not valid yet */
	HTTP_CAUSE_SELF_SIGNED,
	HTTP_CAUSE_UNKNOWN_AUTHORITY,
	HTTP_CAUSE_CERTIFICATE /**< for another reason */
};

/**
 * One answer. `maybe_sent` holds on failure too: false only when it is certain that nothing of the
 * request reached the other side (no address, connection refused, TLS failed).
 */
struct http_reply {
	bool maybe_sent;
	enum http_cause cause;	/**< of a failure; holds on failure, too */
	bool at_proxy;		/**< the proxy caused the failure; holds on failure, too */
	int status;		/**< HTTP status */
	int64_t date;		/**< the Date header, seconds since the epoch; 0 when absent */
	bool aged;		/**< an Age header is there: a cache answered, Date is not now */
	int64_t round_trip_ms;	/**< from the first byte out to the end of the answer */
	int64_t retry_after_ms; /**< x-amz-retry-after; -1 when absent */
	enum http_body body;
	json_t *tree; /**< as answer_tree.h shapes it; NULL unless XML or JSON. Owned. */
	char error_type[HTTP_ERROR_TYPE_BYTES]; /**< x-amzn-errortype up to its colon, else "" */
	char request_id
	    [HTTP_REQUEST_ID_BYTES]; /**< x-amzn-RequestId if it is a decent text, else "" */
};

#define HTTP_REPLY_INIT ((struct http_reply){.retry_after_ms = -1})

/** Frees the tree and resets the reply. Accepts empty. */
void http_reply_clear(struct http_reply *reply);

/**
 * Sends. True when the other side answered with an HTTP status, whatever it is. False with
 * AWS_UNREACHABLE when there was no whole answer; then reply holds maybe_sent, cause and at_proxy
 * alone. *reply is cleared first.
 */
struct http {
	bool (*send)(void *ctx, const struct http_request *request, struct http_reply *reply,
		     struct error *err);
	void *ctx;
};

/** Calls http->send. */
MUST bool http_send(const struct http *http, const struct http_request *request,
		    struct http_reply *reply, struct error *err);

#endif
