/* SPDX-License-Identifier: MIT */
#include "vault/aws/call.h"

#include "vault/aws/retry.h"
#include "vault/aws/answer_tree.h"
#include "vault/base/text.h"
#include "vault/format/sigv4.h"

#include <stdio.h>
#include <string.h>

enum {
	LABEL_BYTES = 16,
	ACTION_BYTES = 96,
	HEADERS_MAX = 7,
	URL_MAX = 1024,
	PROXY_SHOWN_BYTES = 300
};

/* The outcome of one attempt. */
struct attempt {
	bool ok;
	enum retry_kind kind;
	bool clock; /* refused, and by AWS's Date the local clock is the reason */
};

/* The local clock less the time since boot: only setting the clock changes this difference. */
static int64_t since_boot_s(const struct clock *clock)
{
	return clock_real_s(clock) - clock_boot_ms(clock) / 1000;
}

int64_t skew_now(const struct skew *skew, const struct clock *clock)
{
	int64_t ahead = skew ? skew->measured_s : 0, moved;

	if (ahead < 0) {
		moved = since_boot_s(clock) - skew->since_boot_s;
		if (ahead > -CALL_SKEW_THRESHOLD_S || moved > CALL_CLOCK_SET_S ||
		    moved < -CALL_CLOCK_SET_S)
			ahead = 0;
	}
	return clock_real_s(clock) + ahead;
}

int64_t call_now(const struct aws *aws)
{
	return clock_real_s(aws->clock) + aws->skew->measured_s;
}

void call_name_place(const struct endpoint *endpoint, struct error *err)
{
	error_detail(err,
		     "%s was asked, of the partition %s; it knows no key of another partition.",
		     endpoint->host, endpoint->partition);
}

bool call_nonsense(struct error *err, const char *action, const char *field)
{
	return error_set(err, ERROR_AWS_UNREACHABLE,
			 "AWS does not answer sensibly: %s without a valid %s", action, field);
}

/* "AKIA…9XK2": enough to tell one's own keys apart. */
static void label(const char *key_id, char out[static LABEL_BYTES])
{
	size_t n = strlen(key_id);

	if (n > 8)
		(void)snprintf(out, LABEL_BYTES, "%.4s…%s", key_id, key_id + n - 4);
	else
		(void)snprintf(out, LABEL_BYTES, "%.8s", key_id);
}

static bool is_code(const char *text)
{
	size_t n = 0;

	for (; text[n]; n++) {
		char c = text[n];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '.' || c == '_' || c == ':' || c == '-'))
			return false;
	}
	return n > 0 && n < CALL_CODE_BYTES;
}

/* AWS's codes for a wrong clock; a wrong secret gets one of them too. */
static bool is_signature_code(const char *code)
{
	static const char *const codes[] = {
	    "RequestExpired",	     "RequestTimeTooSkewed",	  "RequestInTheFuture",
	    "SignatureDoesNotMatch", "InvalidSignatureException", "AuthFailure"};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (strcmp(codes[i], code) == 0)
			return true;
	}
	return false;
}

/* The endpoint's own path and the call's below it. */
static bool call_place(const struct aws *aws, const struct call *call, struct buf *url,
		       const char **path, struct error *err)
{
	const char *base = aws->endpoint->url;
	size_t len = strlen(base), origin = len - strlen(aws->endpoint->path);

	if (call->json && base[len - 1] == '/')
		len--;
	if (!buf_append(url, base, len, err) ||
	    (call->json && !buf_text_append(url, call->json->path, err)))
		return false;
	*path = buf_text(url) + origin;
	return true;
}

static bool call_sign(const struct aws *aws, const struct call *call, const char *path,
		      struct http_request *request, struct sigv4_signed *made,
		      struct http_header *headers, struct error *err)
{
	const struct sigv4_header to_sign[] = {{"content-type", headers[0].value},
					       {"host", aws->endpoint->host}};
	const struct sigv4_request unsigned_request = {
	    .method = request->method,
	    .headers = to_sign,
	    .header_count = 2,
	    .path = path,
	    .query = request->query,
	    .body = request->body.data,
	    .body_len = request->body.len,
	    .service = call->service,
	    .region = aws->endpoint->region,
	    .time = clock_real_s(aws->clock) + aws->skew->signing_s,
	};
	const struct sigv4_key key = {
	    .access_key_id = aws->signer->access_key_id,
	    .secret = &aws->signer->secret_access_key,
	    .session_token = buf_text(&aws->signer->session_token),
	};

	if (!sigv4_sign(&unsigned_request, &key, made, err))
		return false;
	headers[request->header_count++] = (struct http_header){"X-Amz-Date", made->date};
	headers[request->header_count++] = (struct http_header){"Authorization",
								buf_text(&made->authorization)};
	if (made->session_token && *made->session_token)
		headers[request->header_count++] = (struct http_header){"X-Amz-Security-Token",
									made->session_token};
	return true;
}

/* Signed where there is a signer. */
static bool call_once(const struct aws *aws, const struct call *call, int64_t timeout_ms,
		      struct http_reply *reply, struct error *err)
{
	const struct call_json *json = call->json;
	struct http_header headers[HEADERS_MAX] = {
	    {"Content-Type",
	     json ? "application/json" : "application/x-www-form-urlencoded; charset=utf-8"},
	    {"Host", aws->endpoint->host},
	    {"User-Agent", "credvault/" CV_VERSION},
	};
	struct http_request request = {
	    .method = json ? json->method : "POST",
	    .query = json ? json->query : NULL,
	    .headers = headers,
	    .header_count = 3,
	    .body = call->body ? *call->body : BUF_INIT(0),
	    .connect_timeout_ms = timeout_ms < HTTP_CONNECT_MS ? timeout_ms : HTTP_CONNECT_MS,
	    .total_timeout_ms = timeout_ms < HTTP_TOTAL_MS ? timeout_ms : HTTP_TOTAL_MS,
	    .proxy = aws->proxy,
	    .once = call->once,
	};
	struct sigv4_signed made = SIGV4_SIGNED_INIT;
	struct buf url = BUF_INIT(URL_MAX);
	const char *path;
	bool ok;

	if (json && json->header.name)
		headers[request.header_count++] = json->header;
	ok = call_place(aws, call, &url, &path, err);
	request.url = buf_text(&url);
	ok = ok && (!aws->signer || call_sign(aws, call, path, &request, &made, headers, err)) &&
	     http_send(aws->http, &request, reply, err);
	buf_clear(&url);
	sigv4_signed_clear(&made);
	return ok;
}

/* Measures AWS's time, if the answer tells it. *error_s is how far the signature's time was off. */
static bool measure(const struct aws *aws, const struct http_reply *reply, int64_t *error_s)
{
	int64_t ahead = reply->date - clock_real_s(aws->clock);

	if (reply->date == 0 || reply->aged || reply->round_trip_ms > CALL_SKEW_ROUND_TRIP_MS ||
	    !(aws->endpoint->tls || aws->endpoint->kind == ENDPOINT_LOOPBACK))
		return false;
	aws->skew->measured_s = ahead;
	aws->skew->since_boot_s = since_boot_s(aws->clock);
	*error_s = ahead - aws->skew->signing_s;
	return true;
}

/* AWS's own words, fit for a terminal, unless they hold a secret of the request. */
static void keep_message(const struct aws *aws, const struct call *call, const char *message,
			 struct aws_failure *failure)
{
	const char *token = aws->signer ? buf_text(&aws->signer->session_token) : "";
	const char *bearer = call->json ? call->json->header.value : NULL;

	if (!message || !*message || (*token && strstr(message, token)) ||
	    (bearer && strstr(message, bearer)))
		return;
	text_escape_into(message, failure->said, sizeof(failure->said));
}

void aws_failure_quote(const struct aws_failure *failure, struct error *err)
{
	if (failure->said[0])
		error_detail(err, ERROR_QUOTE "%s", failure->said);
}

/* The error that an answer reports; texts are borrowed from the reply, NULL where absent. */
struct complaint {
	char code[CALL_CODE_BYTES];
	const char *message, *id;
};

static void call_refused(const struct aws *aws, const struct call *call,
			 const struct complaint *said, bool clock, struct aws_failure *failure,
			 struct error *err)
{
	bool long_term = aws->signer && aws->signer->session_token.len == 0;
	char key[LABEL_BYTES];

	label(aws->signer ? aws->signer->access_key_id : "", key);
	if (strcmp(said->code, "AccessDenied") == 0 && said->message &&
	    strstr(said->message, "MultiFactorAuthentication failed")) {
		error_set(err, ERROR_MFA_REFUSED, "AWS refused the MFA code");
		aws_failure_quote(failure, err);
		error_hint(err, "wait for the next code; a code is never sent twice");
		return;
	}
	if (strcmp(said->code, "InvalidClientTokenId") == 0 && long_term) {
		error_set(err, ERROR_DEAD_KEY, "AWS does not know key %s any more", key);
		call_name_place(aws->endpoint, err);
		return;
	}
	error_set(err, ERROR_AWS_REFUSED, "AWS refused %s:%s: %s", call->service, call->action,
		  said->code);
	if (clock) {
		error_detail(err, "This machine's clock is %lld s away from AWS's.",
			     (long long)aws->skew->measured_s);
		error_hint(err, "set the clock, or try again with the next code");
	} else if (said->message && strstr(said->message, "scoped to a valid region")) {
		error_detail(err, "AWS knows no region %s here.", aws->endpoint->region);
	} else if (is_signature_code(said->code)) {
		/* AWS's message quotes the whole canonical request, session token included. */
		error_detail(err, "The secret does not belong to key %s, or it was mistyped.", key);
	} else {
		aws_failure_quote(failure, err);
	}
}

/*
 * "aws.portal#UnauthorizedException" and "InvalidGrantException:http://…" are codes with additions:
 * the code is "UnauthorizedException" or "InvalidGrantException".
 */
static bool take_code(const char *text, char out[static CALL_CODE_BYTES])
{
	const char *hash = text ? strchr(text, '#') : NULL;

	if (!text)
		return false;
	text = hash ? hash + 1 : text;
	(void)snprintf(out, CALL_CODE_BYTES, "%.*s", (int)strcspn(text, ":"), text);
	return is_code(out) || (out[0] = '\0');
}

static struct complaint complaint_of(const struct http_reply *reply)
{
	struct complaint said = {.code = ""};

	if (reply->body == HTTP_BODY_XML) {
		(void)take_code(answer_tree_text(reply->tree, "ErrorResponse/Error/Code"),
				said.code);
		said.message = answer_tree_text(reply->tree, "ErrorResponse/Error/Message");
		said.id = answer_tree_text(reply->tree, "ErrorResponse/RequestId");
	} else if (reply->body == HTTP_BODY_JSON) {
		(void)(take_code(reply->error_type[0] ? reply->error_type : NULL, said.code) ||
		       take_code(answer_tree_text(reply->tree, "__type"), said.code) ||
		       take_code(answer_tree_text(reply->tree, "error"), said.code));
		said.message = answer_tree_text(reply->tree, "message");
		if (!said.message)
			said.message = answer_tree_text(reply->tree, "error_description");
	}
	return said;
}

static const char *body_name(enum http_body body, bool json)
{
	switch (body) {
	case HTTP_BODY_XML:
	case HTTP_BODY_JSON: return "an unknown document";
	case HTTP_BODY_NONE: return "nothing else";
	case HTTP_BODY_TOO_LARGE: return "far too much text";
	case HTTP_BODY_OTHER: break;
	}
	return json ? "no JSON" : "no XML";
}

static struct attempt understand_error(const struct aws *aws, const struct call *call,
				       const struct http_reply *reply, struct aws_failure *failure,
				       struct error *err)
{
	struct attempt attempt = {.kind = RETRY_NEVER};
	const struct complaint said = complaint_of(reply);
	int64_t off;

	if (!said.code[0]) {
		attempt.kind = retry_classify(reply->status, "");
		failure->maybe_sent = true;
		if (reply->status >= 300 && reply->status < 400)
			error_set(err, ERROR_AWS_UNREACHABLE,
				  "AWS does not answer sensibly: a redirect (HTTP %d)",
				  reply->status);
		else
			error_set(err, ERROR_AWS_UNREACHABLE,
				  "AWS does not answer sensibly: HTTP %d and %s", reply->status,
				  body_name(reply->body, call->json != NULL));
		return attempt;
	}
	(void)snprintf(failure->aws_code, sizeof(failure->aws_code), "%s", said.code);
	if (said.id && is_code(said.id) && failure->request_id[0] == '\0')
		(void)snprintf(failure->request_id, sizeof(failure->request_id), "%s", said.id);
	attempt.kind = retry_classify(reply->status, said.code);
	failure->maybe_sent = reply->status >= 500;
	attempt.clock = is_signature_code(said.code) && measure(aws, reply, &off) &&
			(off >= CALL_SKEW_THRESHOLD_S || off <= -CALL_SKEW_THRESHOLD_S);
	if (!is_signature_code(said.code))
		keep_message(aws, call, said.message, failure);
	call_refused(aws, call, &said, attempt.clock, failure, err);
	if (attempt.kind == RETRY_TRANSIENT) {
		error_set(err, ERROR_AWS_UNREACHABLE, "AWS failed at %s:%s: %s", call->service,
			  call->action, said.code);
		aws_failure_quote(failure, err);
	}
	return attempt;
}

static bool is_answer(const struct call *call, const struct http_reply *reply)
{
	char root[ACTION_BYTES];

	if (call->json)
		return reply->status >= 200 && reply->status < 300 &&
		       (reply->body == HTTP_BODY_JSON || reply->body == HTTP_BODY_NONE);
	(void)snprintf(root, sizeof(root), "%sResponse", call->action);
	return reply->status == 200 && reply->body == HTTP_BODY_XML &&
	       answer_tree_is(reply->tree, root);
}

static struct attempt understand(const struct aws *aws, const struct call *call,
				 const struct http_reply *reply, struct aws_failure *failure,
				 struct error *err)
{
	int64_t off;

	failure->status = reply->status;
	memcpy(failure->request_id, reply->request_id, sizeof(failure->request_id));
	if (!is_answer(call, reply))
		return understand_error(aws, call, reply, failure, err);
	(void)measure(aws, reply, &off);
	return (struct attempt){.ok = true, .kind = RETRY_NEVER};
}

/* The courier's report of a network failure, with host, port, cause and a next command. */
static void name_unreached(const struct aws *aws, const struct http_reply *reply, struct error *err)
{
	const struct endpoint *to = aws->endpoint;
	bool loopback = to->kind == ENDPOINT_LOOPBACK;
	const char *bracket = strchr(to->host, ']'), *lost = to->host, *why_region = "";
	bool has_port = strchr(bracket ? bracket : to->host, ':') != NULL;
	size_t lost_len = strlen(to->host), proxy_len = 0;
	const char *proxy = aws->proxy.url ? http_proxy_host(aws->proxy.url, &proxy_len) : "";
	char through[PROXY_SHOWN_BYTES] = "";
	struct error why = *err;

	if (strncmp(why.message, "the courier", 11) == 0)
		return;
	if (reply->at_proxy) {
		(void)snprintf(through, sizeof(through), " through the proxy %.*s", (int)proxy_len,
			       proxy);
		lost = proxy;
		lost_len = proxy_len;
	} else if (reply->cause == HTTP_CAUSE_NO_NAME && to->kind == ENDPOINT_AWS) {
		why_region = "; is the region right?";
	}
	error_set(err, ERROR_AWS_UNREACHABLE, "cannot reach %s%s%s: %s%s", to->host,
		  has_port  ? ""
		  : to->tls ? ":443"
			    : ":80",
		  through, why.message, why_region);
	if (aws->proxy.url && !loopback && !reply->at_proxy)
		error_detail(err, "The environment names the proxy %.*s.", (int)proxy_len, proxy);
	if (reply->cause == HTTP_CAUSE_UNKNOWN_AUTHORITY || reply->cause == HTTP_CAUSE_SELF_SIGNED)
		error_hint(err, ERROR_HINT_AUTHORITY);
	else if (reply->cause == HTTP_CAUSE_EXPIRED)
		error_hint(err, "look whether this machine's clock is right");
	else if (reply->cause == HTTP_CAUSE_NO_NAME)
		error_hint(err, "getent hosts %.*s",
			   (int)(memchr(lost, ':', lost_len) ? strcspn(lost, ":") : lost_len),
			   lost);
	else
		error_hint(err, "curl -sS -o /dev/null %s", to->url);
}

static struct attempt attempt_once(const struct aws *aws, const struct call *call, int64_t left_ms,
				   struct http_reply *reply, struct aws_failure *failure,
				   struct error *err)
{
	struct attempt attempt = {.kind = RETRY_NEVER};

	*failure = AWS_FAILURE_INIT;
	*reply = HTTP_REPLY_INIT;
	if (call_once(aws, call, left_ms, reply, err))
		return understand(aws, call, reply, failure, err);
	/* A request that could not be signed is no network failure. */
	if (err->code != ERROR_AWS_UNREACHABLE)
		return attempt;
	name_unreached(aws, reply, err);
	failure->maybe_sent = reply->maybe_sent;
	if (reply->cause < HTTP_CAUSE_WRONG_NAME)
		attempt.kind = reply->maybe_sent ? RETRY_TRANSIENT : RETRY_UNSENT;
	return attempt;
}

/* Adds to the error how often the call was tried and whether it may have been carried out. */
static void finish(const struct call *call, int attempts, const struct aws_failure *failure,
		   struct error *err)
{
	if (failure->request_id[0])
		error_detail(err, "%s on %s:%s, request %s",
			     failure->aws_code[0] ? failure->aws_code : "No code", call->service,
			     call->action, failure->request_id);
	if (attempts > 1)
		error_detail(err, "Asked %d times.", attempts);
	if (call->once && failure->maybe_sent)
		error_detail(err, "The request may have been carried out all the same; "
				  "it is not sent again.");
}

/* A throttled call was not carried out, so it may wait for another turn at the slower pace. */
static bool ask_again(const struct aws *aws, const struct call *call, enum retry_kind kind,
		      int attempts)
{
	if (aws->pace && kind == RETRY_THROTTLED && !call->once)
		return attempts < PACE_TRIES;
	return retry_again(kind, attempts, call->once);
}

/* Waits for the call's turn. False: the caller no longer wants the call. */
static bool take_turn(const struct aws *aws, bool first, int64_t *deadline, int64_t *sent_ms,
		      struct error *err)
{
	*sent_ms = first ? aws->turn_ms : 0;
	if (!*sent_ms && !pace_wait(aws->pace, aws->clock, aws->watch, sent_ms, err))
		return false;
	if (aws->deadline_ms == 0 && (first || aws->pace))
		*deadline = *sent_ms + CALL_DEADLINE_MS;
	return true;
}

static void tell_pace(const struct aws *aws, const struct attempt *attempt,
		      const struct aws_failure *failure, int64_t sent_ms, int64_t retry_after_ms)
{
	if (attempt->kind == RETRY_THROTTLED)
		pace_throttled(aws->pace, aws->clock, sent_ms, retry_after_ms);
	else if (failure->status)
		pace_answered(aws->pace, aws->clock);
}

static void tell_try(const struct aws *aws, const struct call *call, int number, int64_t since_ms,
		     const struct aws_failure *failure, const struct error *err)
{
	const struct call_try attempt = {.service = call->service,
					 .action = call->action,
					 .host = aws->endpoint->host,
					 .number = number,
					 .took_ms = clock_boot_ms(aws->clock) - since_ms,
					 .status = failure->status,
					 .aws_code = failure->aws_code,
					 .request_id = failure->request_id,
					 .why = err ? err->message : ""};

	if (aws->listener.told)
		aws->listener.told(aws->listener.ctx, &attempt);
}

bool call_send(const struct aws *aws, const struct call *call, json_t **tree,
	       struct aws_failure *failure, struct error *err)
{
	int64_t deadline = aws->deadline_ms, sent_ms;
	struct aws_failure unwanted;
	bool clock_corrected = false;
	int attempts = 0;

	*tree = NULL;
	if (!failure)
		failure = &unwanted;
	*failure = AWS_FAILURE_INIT;
	for (;;) {
		int64_t left, delay, began_ms;
		struct http_reply reply;
		struct attempt attempt;

		if (!take_turn(aws, attempts == 0, &deadline, &sent_ms, err))
			break;
		began_ms = clock_boot_ms(aws->clock);
		left = deadline - began_ms;
		if (left <= 0) {
			if (attempts == 0)
				error_set(err, ERROR_AWS_UNREACHABLE,
					  "there was no time left to ask AWS");
			break;
		}
		attempt = attempt_once(aws, call, left, &reply, failure, err);
		attempts++;
		tell_try(aws, call, attempts, began_ms, failure, attempt.ok ? NULL : err);
		tell_pace(aws, &attempt, failure, sent_ms, reply.retry_after_ms);
		if (attempt.ok) {
			*tree = json_incref(reply.tree);
			http_reply_clear(&reply);
			return true;
		}
		delay = retry_delay_ms(attempt.kind, attempts, reply.retry_after_ms);
		/* The pace determines the delay. */
		if (aws->pace && attempt.kind == RETRY_THROTTLED)
			delay = 0;
		http_reply_clear(&reply);
		if (attempt.clock) {
			aws->skew->signing_s = aws->skew->measured_s;
			failure->clock_was_off = true;
			if (!clock_corrected && !call->once) {
				clock_corrected = true;
				continue;
			}
			break;
		}
		if (!ask_again(aws, call, attempt.kind, attempts) ||
		    clock_boot_ms(aws->clock) + delay >= deadline)
			break;
		clock_sleep_ms(aws->clock, delay);
	}
	finish(call, attempts, failure, err);
	return false;
}
