/* SPDX-License-Identifier: MIT */
#include "vault/aws/courier_message.h"

#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/format/pem.h"

#include <string.h>

enum {
	URL_MAX = 4096,
	WHY_MAX = 300,
	NAME_MAX_BYTES = 64,
	VALUE_MAX = 32768,
	TIMEOUT_MAX = 600000
};

static bool put_headers(json_t *object, const struct http_request *request, struct error *err)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < request->header_count; i++) {
		json_t *pair = json_pack("[ss]", request->headers[i].name,
					 request->headers[i].value);

		if (!pair || json_array_append_new(list, pair) != 0) {
			json_decref(list);
			list = NULL;
		}
	}
	return json_put(object, "headers", list, err);
}

bool courier_message_encode_request(const struct http_request *request, const char *authorities,
				    struct buf *out, struct error *err)
{
	json_t *object = json_object();
	bool ok;

	ok = json_put_text(object, "method", request->method, err) &&
	     json_put_text(object, "url", request->url, err) &&
	     json_put_text(object, "query", request->query, err) &&
	     put_headers(object, request, err) &&
	     json_put(object, "body", json_stringn(buf_text(&request->body), request->body.len),
		      err) &&
	     json_put(object, "connect_ms", json_integer(request->connect_timeout_ms), err) &&
	     json_put(object, "total_ms", json_integer(request->total_timeout_ms), err) &&
	     json_put_text(object, "proxy", request->proxy.url, err) &&
	     json_put_text(object, "no_proxy", request->proxy.except, err) &&
	     json_put(object, "once", json_boolean(request->once), err) &&
	     (!authorities || !*authorities ||
	      json_put_text(object, "authorities", authorities, err)) &&
	     json_append(object, out, err);
	json_decref(object);
	return ok;
}

/* A header that stays one line and is nothing but a header. */
static bool header_is_sound(const char *name, const char *value)
{
	size_t n = strlen(name);

	if (n == 0 || n > NAME_MAX_BYTES || strlen(value) > VALUE_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '-'))
			return false;
	}
	for (; *value; value++) {
		if ((unsigned char)*value < 0x20 || (unsigned char)*value >= 0x7f)
			return false;
	}
	return true;
}

/* Of a request line: no blank, no fragment. */
static bool query_is_sound(const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p <= ' ' || *p > '~' || *p == '#')
			return false;
	}
	return *text != '\0';
}

static bool get_headers(const json_t *object, struct courier_message_request *out,
			struct error *err)
{
	const json_t *list = json_object_get(object, "headers");
	size_t count = json_array_size(list);

	if (!json_is_array(list) || count > HTTP_HEADERS_MAX)
		return error_set(err, ERROR_PROTOCOL, "\"headers\" is not a list of a few");
	for (size_t i = 0; i < count; i++) {
		const json_t *pair = json_array_get(list, i);
		const char *name = json_string_value(json_array_get(pair, 0));
		const char *value = json_string_value(json_array_get(pair, 1));

		if (json_array_size(pair) != 2 || !name || !value || !header_is_sound(name, value))
			return error_set(err, ERROR_PROTOCOL, "a header is malformed");
		out->headers[i] = (struct http_header){.name = name, .value = value};
	}
	out->request.headers = out->headers;
	out->request.header_count = count;
	return true;
}

bool courier_message_decode_request(const struct buf *text, struct courier_message_request *out,
				    struct error *err)
{
	static const char *const keys[] = {"method",   "url",	     "query",	    "headers",
					   "body",     "connect_ms", "total_ms",    "proxy",
					   "no_proxy", "once",	     "authorities", NULL};
	struct http_request *request = &out->request;
	const char *body;

	*out = (struct courier_message_request){.json = NULL};
	if (!json_parse(buf_text(text), text->len, COURIER_MESSAGE_MAX, &out->json, err) ||
	    !json_only(out->json, keys, err) ||
	    !json_need_text(out->json, "method", 8, &request->method, err) ||
	    !json_need_text(out->json, "url", URL_MAX, &request->url, err) ||
	    !json_text(out->json, "query", URL_MAX, &request->query, err) ||
	    !json_text(out->json, "body", HTTP_BODY_MAX, &body, err) ||
	    !json_text(out->json, "proxy", URL_MAX, &request->proxy.url, err) ||
	    !json_text(out->json, "no_proxy", URL_MAX, &request->proxy.except, err) ||
	    !json_flag(out->json, "once", &request->once, err) ||
	    !json_text(out->json, "authorities", PEM_AUTHORITIES_MAX, &out->authorities, err) ||
	    !json_number(out->json, "connect_ms", 1, TIMEOUT_MAX, HTTP_CONNECT_MS,
			 &request->connect_timeout_ms, err) ||
	    !json_number(out->json, "total_ms", 1, TIMEOUT_MAX, HTTP_TOTAL_MS,
			 &request->total_timeout_ms, err) ||
	    !get_headers(out->json, out, err))
		goto fail;
	if (strcmp(request->method, "POST") != 0 && strcmp(request->method, "GET") != 0) {
		error_set(err, ERROR_PROTOCOL, "\"method\" is neither POST nor GET");
		goto fail;
	}
	if (request->query && !query_is_sound(request->query)) {
		error_set(err, ERROR_PROTOCOL, "\"query\" is malformed");
		goto fail;
	}
	request->body = BUF_INIT(HTTP_BODY_MAX);
	if (body && !buf_text_append(&request->body, body, err))
		goto fail;
	return true;
fail:
	courier_message_request_clear(out);
	return false;
}

void courier_message_request_clear(struct courier_message_request *request)
{
	buf_clear(&request->request.body);
	json_decref(request->json);
	*request = (struct courier_message_request){.json = NULL};
}

bool courier_message_encode_reply(const struct http_reply *reply, struct buf *out,
				  struct error *err)
{
	json_t *object = json_object();
	bool ok;

	ok = json_put(object, "status", json_integer(reply->status), err) &&
	     json_put(object, "date", json_integer(reply->date), err) &&
	     json_put(object, "aged", json_boolean(reply->aged), err) &&
	     json_put(object, "round_trip_ms", json_integer(reply->round_trip_ms), err) &&
	     json_put(object, "retry_after_ms", json_integer(reply->retry_after_ms), err) &&
	     json_put(object, "body", json_integer((json_int_t)reply->body), err) &&
	     json_put_text(object, "request_id", reply->request_id, err) &&
	     json_put_text(object, "error_type", reply->error_type, err) &&
	     json_put(object, "sent", json_boolean(reply->maybe_sent), err) &&
	     (!reply->tree || json_put(object, "tree", json_incref(reply->tree), err)) &&
	     json_append(object, out, err);
	json_decref(object);
	return ok;
}

static const char *const cause_words[] = {[HTTP_CAUSE_OTHER] = NULL,
					  [HTTP_CAUSE_NO_NAME] = "name",
					  [HTTP_CAUSE_NO_CONNECT] = "connect",
					  [HTTP_CAUSE_WRONG_NAME] = "wrong-name",
					  [HTTP_CAUSE_EXPIRED] = "expired",
					  [HTTP_CAUSE_SELF_SIGNED] = "self-signed",
					  [HTTP_CAUSE_UNKNOWN_AUTHORITY] = "authority",
					  [HTTP_CAUSE_CERTIFICATE] = "certificate"};

bool courier_message_encode_failure(const char *why, const struct http_reply *reply,
				    struct buf *out, struct error *err)
{
	json_t *object = json_object();
	bool ok;

	ok = json_put_text(object, "error", why, err) &&
	     (!cause_words[reply->cause] ||
	      json_put_text(object, "cause", cause_words[reply->cause], err)) &&
	     (!reply->at_proxy || json_put(object, "proxy", json_true(), err)) &&
	     json_put(object, "sent", json_boolean(reply->maybe_sent), err) &&
	     json_append(object, out, err);
	json_decref(object);
	return ok;
}

static bool is_request_id(const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      strchr("-_=+/.:", c)))
			return false;
	}
	return n < HTTP_REQUEST_ID_BYTES;
}

/* A cause of no known word is HTTP_CAUSE_OTHER. */
static bool take_cause(const json_t *json, struct http_reply *reply, struct error *err)
{
	const char *word;

	if (!json_text(json, "cause", NAME_MAX_BYTES, &word, err) ||
	    !json_flag(json, "proxy", &reply->at_proxy, err))
		return false;
	for (size_t i = 0; word && i < sizeof(cause_words) / sizeof(cause_words[0]); i++) {
		if (cause_words[i] && strcmp(cause_words[i], word) == 0)
			reply->cause = (enum http_cause)i;
	}
	return true;
}

static bool take_reply(const json_t *json, struct http_reply *reply, struct error *err)
{
	int64_t status, body;
	const char *id, *type;

	if (!json_number(json, "status", 100, 599, 0, &status, err) ||
	    !json_number(json, "date", 0, INT64_C(253402300799), 0, &reply->date, err) ||
	    !json_flag(json, "aged", &reply->aged, err) ||
	    !json_number(json, "round_trip_ms", 0, TIMEOUT_MAX * 2, 0, &reply->round_trip_ms,
			 err) ||
	    !json_number(json, "retry_after_ms", -1, TIMEOUT_MAX, -1, &reply->retry_after_ms,
			 err) ||
	    !json_number(json, "body", HTTP_BODY_NONE, HTTP_BODY_JSON, HTTP_BODY_OTHER, &body,
			 err) ||
	    !json_text(json, "request_id", HTTP_REQUEST_ID_BYTES - 1, &id, err) ||
	    !json_text(json, "error_type", HTTP_ERROR_TYPE_BYTES - 1, &type, err))
		return false;
	if (status == 0)
		return error_set(err, ERROR_PROTOCOL, "an answer without a status");
	reply->status = (int)status;
	reply->body = (enum http_body)body;
	reply->tree = json_incref(json_object_get(json, "tree"));
	if ((reply->body == HTTP_BODY_XML || reply->body == HTTP_BODY_JSON) !=
	    json_is_object(reply->tree))
		return error_set(err, ERROR_PROTOCOL, "an answer that contradicts itself");
	if (id && is_request_id(id))
		memcpy(reply->request_id, id, strlen(id) + 1);
	if (type && is_request_id(type))
		memcpy(reply->error_type, type, strlen(type) + 1);
	return true;
}

bool courier_message_decode_reply(const struct buf *text, struct http_reply *reply,
				  struct error *err)
{
	json_t *json = NULL;
	const char *why = NULL;
	char shown[WHY_MAX];
	bool ok = false;

	http_reply_clear(reply);
	reply->maybe_sent = true;
	if (!json_parse(buf_text(text), text->len, COURIER_MESSAGE_MAX, &json, err) ||
	    !json_text(json, "error", WHY_MAX, &why, err) ||
	    !json_flag(json, "sent", &reply->maybe_sent, err) ||
	    (why ? !take_cause(json, reply, err) : !take_reply(json, reply, err))) {
		http_reply_clear(reply);
		reply->maybe_sent = true;
		error_set(err, ERROR_AWS_UNREACHABLE, "the courier's answer makes no sense");
		goto out;
	}
	if (why) {
		text_escape_into(why, shown, sizeof(shown));
		error_set(err, ERROR_AWS_UNREACHABLE, "%s", shown);
		goto out;
	}
	ok = true;
out:
	json_decref(json);
	return ok;
}
