/* SPDX-License-Identifier: MIT */
#ifndef CV_AWS_CALL_H
#define CV_AWS_CALL_H

#include "vault/aws/endpoint.h"
#include "vault/aws/http.h"
#include "vault/aws/pace.h"
#include "vault/base/buf.h"
#include "vault/base/clock.h"
#include "vault/base/error.h"
#include "vault/format/credentials.h"

#include <jansson.h>
#include <stdint.h>

/**
 * One call of AWS: sign where there is a signer, send, understand the answer, and ask again where
 * that is safe (vault/aws/retry.h) until the deadline. STS and IAM speak the Query protocol, a form
 * answered in XML; others take and answer JSON.
 */

enum {
	CALL_DEADLINE_MS = 60000,	 /**< for a whole call, where the caller states none */
	CALL_SKEW_THRESHOLD_S = 240,	 /**< a smaller difference is no reason to try again */
	CALL_CLOCK_SET_S = 60,		 /**< a clock that moved by more was set meanwhile */
	CALL_SKEW_ROUND_TRIP_MS = 15000, /**< an answer that took longer tells no time */
	CALL_CODE_BYTES = 64,
	CALL_SAID_BYTES = 600
};

/**
 * How far AWS's clock is ahead of the local clock, in seconds, at one endpoint. The caller keeps
 * one per endpoint and may share it between threads. Starts as zeros.
 */
struct skew {
	_Atomic int64_t measured_s;   /**< by the last answer that told the time */
	_Atomic int64_t since_boot_s; /**< local clock less time since boot, at that answer */
	_Atomic int64_t signing_s;    /**< for signatures: 0 until AWS complained about the time */
};

/** One try of a call, after it was made. Borrowed. */
struct call_try {
	const char *service, *action, *host;
	int number; /**< from 1 */
	int64_t took_ms;
	int status;		/**< HTTP status; 0: there was no answer */
	const char *aws_code;	/**< AWS's code; "" for success, or where AWS gave none */
	const char *request_id; /**< as AWS names the request; "" where it does not */
	const char *why;	/**< of a try that failed, in words; "" for success */
};

/** Who is told of each try; told may be NULL. */
struct call_listener {
	void (*told)(void *ctx, const struct call_try *attempt);
	void *ctx;
};

/** The endpoint to ask and the credentials to sign with. Everything is borrowed for the call. */
struct aws {
	const struct http *http;
	const struct clock *clock;
	const struct endpoint *endpoint;
	const struct credentials *signer; /**< long-term or a session; NULL: unsigned */
	struct skew *skew;
	struct http_proxy proxy;
	int64_t deadline_ms; /**< on clock_boot_ms(); 0: CALL_DEADLINE_MS from the call's turn on */
	struct pace *pace;   /**< shared by all callers of the endpoint; NULL: none */
	const struct pace_watch *watch; /**< told of the waits for this call's turn; may be NULL */
	struct call_listener listener;
	int64_t turn_ms; /**< when this call's first turn came (pace_wait()); 0: not yet */
};

/** The details of a failure beyond the error itself. */
struct aws_failure {
	char aws_code[CALL_CODE_BYTES]; /**< AWS's code: "AccessDenied"; "" when AWS gave none */
	int status;			/**< HTTP status, 0 when nothing was answered */
	char request_id[HTTP_REQUEST_ID_BYTES];
	/**
	 * AWS's own message, escaped; "" where AWS gave none, or where it quotes the signed
	 * request.
	 */
	char said[CALL_SAID_BYTES];
	bool maybe_sent;    /**< the request may have been carried out all the same */
	bool clock_was_off; /**< refused for its time alone; the skew is known now */
};

#define AWS_FAILURE_INIT ((struct aws_failure){.status = 0})

/** Adds AWS's own words to the error's detail, where it gave any. */
void aws_failure_quote(const struct aws_failure *failure, struct error *err);

/** A call in JSON: what the Query protocol has in its form. Borrowed. */
struct call_json {
	const char *method;	   /**< "POST" or "GET" */
	const char *path;	   /**< below the endpoint: "/token" */
	const char *query;	   /**< without '?'; NULL for none */
	struct http_header header; /**< one more, such as a bearer token; name NULL: none */
};

/** One call. */
struct call {
	const char *service; /**< a name of vault/aws/endpoint.h */
	const char *action;  /**< "GetCallerIdentity": the root of XML is this + "Response" */
	/** The whole form (Action and Version included), or JSON or NULL; wiped by its owner. */
	const struct buf *body;
	const struct call_json *json; /**< NULL: the Query protocol */
	bool once; /**< never sent again after it may have reached AWS (an MFA code, a new key) */
};

/**
 * Sends. *tree is the whole answer (vault/aws/answer_tree.h), the caller's to json_decref; NULL on
 * failure, and where the answer to a JSON call has no body. Errors: MFA_REFUSED, DEAD_KEY (a
 * long-term key AWS does not know), AWS_REFUSED (with AWS's code and escaped message),
 * AWS_UNREACHABLE (no answer, server errors to the last attempt, garbage). `failure` may be NULL.
 *
 * A signature refused for its time is made again, once, by AWS's clock (Date, over TLS or
 * loopback). A call marked `once` is not: it fails with failure->clock_was_off, and the next call
 * signs with the right time.
 *
 * With a pace every attempt waits for its turn; the default deadline does not count that wait. A
 * throttled call that may be repeated is sent up to PACE_TRIES times. INTERRUPTED where the watch
 * says that the caller has gone.
 */
MUST bool call_send(const struct aws *aws, const struct call *call, json_t **tree,
		    struct aws_failure *failure, struct error *err);

/**
 * The time by which the expiry of a credential is judged: AWS's clock as last measured, because AWS
 * refuses by its own clock. The local clock is taken where it is ahead by less than
 * CALL_SKEW_THRESHOLD_S, or was set since the measurement and may be right by now: an expired
 * credential is never handed out. `skew` may be NULL.
 */
int64_t skew_now(const struct skew *skew, const struct clock *clock);

/** Adds the endpoint to the error's detail when AWS does not know a key. */
void call_name_place(const struct endpoint *endpoint, struct error *err);

/** AWS's time, according to its last answer. Seconds since the epoch. */
int64_t call_now(const struct aws *aws);

/**
 * AWS_UNREACHABLE "AWS does not answer sensibly", naming the field that is missing or malformed.
 */
bool call_nonsense(struct error *err, const char *action, const char *field);

#endif
