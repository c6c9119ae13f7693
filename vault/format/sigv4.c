/* SPDX-License-Identifier: MIT */
#include "vault/format/sigv4.h"

#include "vault/base/text.h"
#include "vault/format/form.h"
#include "vault/format/time.h"

#include <stdio.h>
#include <string.h>

enum { SCOPE_BYTES = 192, HEADERS = SIGV4_HEADERS_MAX + 3 };

static const char algorithm[] = "AWS4-HMAC-SHA256";

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int compare_names(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return (unsigned char)lower(*a) - (unsigned char)lower(*b);
}

/* What goes between the commas and slashes of a credential: nothing that could end it early. */
static bool plain(const char *text, size_t max)
{
	size_t n = strspn(text,
			  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");

	return n > 0 && n <= max && text[n] == '\0';
}

/* Intermediaries change these on the way, or they cannot sign themselves. */
static bool signable(const char *name)
{
	static const char *const skipped[] = {"authorization", "connection", "expect", "user-agent",
					      "x-amzn-trace-id"};

	for (size_t i = 0; i < sizeof(skipped) / sizeof(skipped[0]); i++) {
		if (compare_names(name, skipped[i]) == 0)
			return false;
	}
	return true;
}

/* A line break in a value may only be a folded line (RFC 9110 §5.5), else it would be a header. */
static bool check_header(const struct sigv4_header *header)
{
	static const char token[] = "!#$%&'*+-.^_`|~ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t n = strspn(header->name, token);

	if (n == 0 || header->name[n] != '\0')
		return false;
	for (const char *p = header->value; *p; p++) {
		if (*p == '\n' && (p[1] == ' ' || p[1] == '\t'))
			continue;
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
			return false;
	}
	return true;
}

static bool has_token(const struct sigv4_key *key)
{
	return key->session_token && key->session_token[0] != '\0';
}

static bool check(const struct sigv4_request *request, const struct sigv4_key *key,
		  struct error *err)
{
	char date[SIGV4_DATE_BYTES];
	bool host = false;

	time_format_basic(request->time, date);
	if (date[0] == '\0' || !plain(request->method, 16) || !plain(request->service, 64) ||
	    !plain(request->region, 64) || !plain(key->access_key_id, 128))
		return error_set(err, ERROR_USAGE, "not a request that could be signed");
	for (const char *p = has_token(key) ? key->session_token : ""; *p; p++) {
		if (*p <= 0x20 || *p >= 0x7f)
			return error_set(err, ERROR_USAGE,
					 "a session token that could not be sent");
	}
	if (request->header_count > SIGV4_HEADERS_MAX)
		return error_set(err, ERROR_USAGE, "more than %d headers to sign",
				 SIGV4_HEADERS_MAX);
	for (size_t i = 0; i < request->header_count; i++) {
		if (!check_header(&request->headers[i]))
			return error_set(err, ERROR_USAGE, "a header that could not be sent");
		host = host || compare_names(request->headers[i].name, "host") == 0;
	}
	if (!host || key->secret->len == 0)
		return error_set(err, ERROR_USAGE, "nothing is signed without a host and a key");
	return true;
}

static void make_scope(const struct sigv4_request *request, char out[static SCOPE_BYTES])
{
	char day[TIME_DAY_BYTES];

	time_format_day(request->time, day);
	(void)snprintf(out, SCOPE_BYTES, "%s/%s/%s/aws4_request", day, request->region,
		       request->service);
}

/* The headers that are signed, by name; equal names keep their order. */
struct list {
	struct sigv4_header items[HEADERS];
	size_t count;
	char date[SIGV4_DATE_BYTES];
	char digest[DIGEST_HEX_BYTES];
};

static void insert(struct list *list, const char *name, const char *value)
{
	size_t at = list->count++;

	for (; at > 0 && compare_names(list->items[at - 1].name, name) > 0; at--)
		list->items[at] = list->items[at - 1];
	list->items[at] = (struct sigv4_header){.name = name, .value = value};
}

static void collect(const struct sigv4_request *request, const struct sigv4_key *key,
		    enum sigv4_form form, struct list *list)
{
	list->count = 0;
	digest_sha256_hex(request->body, request->body_len, list->digest);
	time_format_basic(request->time, list->date);
	for (size_t i = 0; i < request->header_count; i++) {
		if (signable(request->headers[i].name))
			insert(list, request->headers[i].name, request->headers[i].value);
	}
	if (form == SIGV4_QUERY)
		return;
	insert(list, "x-amz-date", list->date);
	if (request->sign_body)
		insert(list, "x-amz-content-sha256", list->digest);
	if (has_token(key) && !request->omit_session_token)
		insert(list, "x-amz-security-token", key->session_token);
}

static bool repeats(const struct list *list, size_t i)
{
	return i > 0 && compare_names(list->items[i - 1].name, list->items[i].name) == 0;
}

static bool append_lower(struct buf *out, const char *name, struct error *err)
{
	for (; *name; name++) {
		char c = lower(*name);

		if (!buf_append(out, &c, 1, err))
			return false;
	}
	return true;
}

/* Appends `host;x-amz-date`. */
static bool append_signed_names(const struct list *list, struct buf *out, struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		if (repeats(list, i))
			continue;
		if ((i > 0 && !buf_append(out, ";", 1, err)) ||
		    !append_lower(out, list->items[i].name, err))
			return false;
	}
	return true;
}

/* Appends a value without white space at its ends, runs of it inside being one space. */
static bool append_value(struct buf *out, const char *value, struct error *err)
{
	static const char white[] = " \t\n";
	bool first = true;

	for (value += strspn(value, white); *value; value += strspn(value, white)) {
		size_t word = strcspn(value, white);

		if ((!first && !buf_append(out, " ", 1, err)) || !buf_append(out, value, word, err))
			return false;
		value += word;
		first = false;
	}
	return true;
}

static bool append_headers(const struct list *list, struct buf *out, struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		bool more = i + 1 < list->count && repeats(list, i + 1);

		if (repeats(list, i) ? !buf_append(out, ",", 1, err)
				     : !append_lower(out, list->items[i].name, err) ||
					   !buf_append(out, ":", 1, err))
			return false;
		if (!append_value(out, list->items[i].value, err) ||
		    (!more && !buf_append(out, "\n", 1, err)))
			return false;
	}
	return true;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'		    ? c - '0'
	       : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10
						    : -1;
}

static bool is_escape(const char *text, size_t len)
{
	return len >= 3 && text[0] == '%' && hex_digit(text[1]) >= 0 && hex_digit(text[2]) >= 0;
}

/* Encodes a piece of a raw query or path; what is escaped there already stays escaped once. */
static bool append_recoded(struct buf *out, const char *text, size_t len, struct error *err)
{
	for (size_t i = 0; i < len;) {
		bool escaped = is_escape(text + i, len - i);
		unsigned char c = escaped ? (unsigned char)(hex_digit(text[i + 1]) * 16 +
							    hex_digit(text[i + 2]))
					  : (unsigned char)text[i];

		if (!form_encode(out, &c, 1, err))
			return false;
		i += escaped ? 3 : 1;
	}
	return true;
}

/* S3 takes the path as it is, with every byte that needs it escaped once. */
static bool append_verbatim_path(struct buf *out, const char *path, struct error *err)
{
	while (*path) {
		size_t n = strcspn(path, "/");

		if (!append_recoded(out, path, n, err) ||
		    (path[n] == '/' && !buf_append(out, "/", 1, err)))
			return false;
		path += path[n] == '/' ? n + 1 : n;
	}
	return true;
}

/* All others resolve dots and empty segments, then escape the wire's own form once more. */
static bool append_normal_path(struct buf *out, const char *path, struct error *err)
{
	size_t start = out->len, len = strlen(path);

	for (const char *p = path; *p;) {
		size_t n = strcspn(p, "/");

		if (n == 2 && memcmp(p, "..", 2) == 0) {
			while (out->len > start && out->data[--out->len] != '/')
				continue;
		} else if (n > 0 && !(n == 1 && *p == '.')) {
			if (!buf_append(out, "/", 1, err) || !form_encode(out, p, n, err))
				return false;
		}
		p += p[n] == '/' ? n + 1 : n;
	}
	if (out->len == start || path[len - 1] == '/')
		return buf_append(out, "/", 1, err);
	return true;
}

/* A parameter as it stands encoded in a buffer: its name at `at`, its value behind the '='. */
struct parameter {
	size_t at, name_len, value_len;
};

static int compare_text(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

static bool comes_after(const char *text, const struct parameter *a, const struct parameter *b)
{
	int order = compare_text(text + a->at, a->name_len, text + b->at, b->name_len);

	if (order == 0)
		order = compare_text(text + a->at + a->name_len + 1, a->value_len,
				     text + b->at + b->name_len + 1, b->value_len);
	return order > 0;
}

static bool append_query(struct buf *out, const char *query, struct error *err)
{
	struct parameter list[SIGV4_PARAMS_MAX], fresh;
	struct buf text = BUF_INIT(SIGV4_LIMIT);
	size_t count = 0, at;
	bool ok = false;

	for (const char *p = query; *p; p += *p == '&') {
		size_t len = strcspn(p, "&"), name = strcspn(p, "=&");
		size_t value = name < len ? len - name - 1 : 0;

		if (len > 0 && count == SIGV4_PARAMS_MAX) {
			error_set(err, ERROR_USAGE, "more than %d parameters to sign",
				  SIGV4_PARAMS_MAX);
			goto out;
		}
		if (len > 0) {
			fresh.at = text.len;
			if (!append_recoded(&text, p, name, err))
				goto out;
			fresh.name_len = text.len - fresh.at;
			if (!buf_append(&text, "=", 1, err) ||
			    !append_recoded(&text, p + len - value, value, err))
				goto out;
			fresh.value_len = text.len - fresh.at - fresh.name_len - 1;
			for (at = count++; at > 0 && comes_after(text.data, &list[at - 1], &fresh);
			     at--)
				list[at] = list[at - 1];
			list[at] = fresh;
		}
		p += len;
	}
	for (at = 0; at < count; at++) {
		if ((at > 0 && !buf_append(out, "&", 1, err)) ||
		    !buf_append(out, text.data + list[at].at,
				list[at].name_len + 1 + list[at].value_len, err))
			goto out;
	}
	ok = true;
out:
	buf_clear(&text);
	return ok;
}

/* The raw query of the presigned URL, up to what is signed (or, with `all`, to what travels unsigned). */
static bool presigned_query(const struct sigv4_request *request, const struct sigv4_key *key,
			    const struct list *list, bool all, struct buf *out, struct error *err)
{
	char scope[SCOPE_BYTES], credential[SCOPE_BYTES + 132];
	struct buf names = BUF_INIT(8192);
	bool ok = false;

	if (request->expires < 1 || request->expires > 604800)
		return error_set(err, ERROR_USAGE, "a signed URL lives 1 second to 7 days");
	make_scope(request, scope);
	(void)snprintf(credential, sizeof(credential), "%s/%s", key->access_key_id, scope);
	if (request->query && !buf_text_append(out, request->query, err))
		goto out;
	if (!append_signed_names(list, &names, err) ||
	    !form_add(out, "X-Amz-Algorithm", algorithm, err) ||
	    !form_add(out, "X-Amz-Credential", credential, err) ||
	    !form_add(out, "X-Amz-Date", list->date, err) ||
	    !form_add(out, "X-Amz-SignedHeaders", buf_text(&names), err) ||
	    !form_add_number(out, "X-Amz-Expires", request->expires, err))
		goto out;
	ok = !has_token(key) || (request->omit_session_token && !all) ||
	     form_add(out, "X-Amz-Security-Token", key->session_token, err);
out:
	buf_clear(&names);
	return ok;
}

bool sigv4_canonical_request(const struct sigv4_request *request, const struct sigv4_key *key,
			     enum sigv4_form form, struct buf *out, struct error *err)
{
	const char *path = request->path && request->path[0] ? request->path : "/";
	struct buf query = BUF_INIT(SIGV4_LIMIT);
	struct list list;
	bool ok = false;

	if (!check(request, key, err))
		return false;
	collect(request, key, form, &list);
	if (form == SIGV4_QUERY
		? !presigned_query(request, key, &list, false, &query, err)
		: !buf_text_append(&query, request->query ? request->query : "", err))
		goto out;
	if (!buf_text_append(out, request->method, err) || !buf_append(out, "\n", 1, err) ||
	    !(request->unnormalized_path ? append_verbatim_path(out, path, err)
					 : append_normal_path(out, path, err)) ||
	    !buf_append(out, "\n", 1, err) || !append_query(out, buf_text(&query), err) ||
	    !buf_append(out, "\n", 1, err) || !append_headers(&list, out, err) ||
	    !buf_append(out, "\n", 1, err) || !append_signed_names(&list, out, err) ||
	    !buf_append(out, "\n", 1, err) || !buf_text_append(out, list.digest, err))
		goto out;
	ok = true;
out:
	buf_clear(&query);
	return ok;
}

bool sigv4_string_to_sign(const struct sigv4_request *request, const struct buf *canonical,
			  struct buf *out, struct error *err)
{
	char date[SIGV4_DATE_BYTES], scope[SCOPE_BYTES], digest[DIGEST_HEX_BYTES];

	time_format_basic(request->time, date);
	make_scope(request, scope);
	digest_sha256_hex(canonical->data, canonical->len, digest);
	return buf_printf(out, err, "%s\n%s\n%s\n%s", algorithm, date, scope, digest);
}

bool sigv4_signature(const struct sigv4_request *request, const struct sigv4_key *key,
		     const struct buf *string_to_sign, char out[static DIGEST_HEX_BYTES],
		     struct error *err)
{
	char day[TIME_DAY_BYTES];
	const char *const steps[] = {day, request->region, request->service, "aws4_request"};
	struct secret derived = SECRET_EMPTY, next = SECRET_EMPTY;
	unsigned char tag[DIGEST_BYTES];
	bool ok = false;

	time_format_day(request->time, day);
	if (!secret_alloc(&derived, 4 + key->secret->len, err))
		goto out;
	memcpy(derived.data, "AWS4", 4);
	memcpy(derived.data + 4, key->secret->data, key->secret->len);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (!digest_hmac_derive(&derived, steps[i], strlen(steps[i]), &next, err))
			goto out;
		secret_move(&derived, &next);
	}
	if (!digest_hmac_sha256(&derived, string_to_sign->data, string_to_sign->len, tag, err))
		goto out;
	text_hex(tag, sizeof(tag), out);
	ok = true;
out:
	secret_clear(&derived);
	secret_clear(&next);
	return ok;
}

static bool sign(const struct sigv4_request *request, const struct sigv4_key *key,
		 enum sigv4_form form, char signature[static DIGEST_HEX_BYTES], struct error *err)
{
	struct buf canonical = BUF_INIT(SIGV4_LIMIT), text = BUF_INIT(1024);
	bool ok = sigv4_canonical_request(request, key, form, &canonical, err) &&
		  sigv4_string_to_sign(request, &canonical, &text, err) &&
		  sigv4_signature(request, key, &text, signature, err);

	buf_clear(&canonical);
	buf_clear(&text);
	return ok;
}

bool sigv4_sign(const struct sigv4_request *request, const struct sigv4_key *key,
		struct sigv4_signed *out, struct error *err)
{
	char signature[DIGEST_HEX_BYTES], scope[SCOPE_BYTES];
	struct list list;

	sigv4_signed_clear(out);
	if (!sign(request, key, SIGV4_HEADER, signature, err))
		return false;
	collect(request, key, SIGV4_HEADER, &list);
	make_scope(request, scope);
	if (!buf_printf(&out->authorization, err, "%s Credential=%s/%s, SignedHeaders=", algorithm,
			key->access_key_id, scope) ||
	    !append_signed_names(&list, &out->authorization, err) ||
	    !buf_printf(&out->authorization, err, ", Signature=%s", signature)) {
		sigv4_signed_clear(out);
		return false;
	}
	memcpy(out->date, list.date, sizeof(out->date));
	if (request->sign_body)
		memcpy(out->content_sha256, list.digest, sizeof(out->content_sha256));
	out->session_token = has_token(key) ? key->session_token : NULL;
	return true;
}

void sigv4_signed_clear(struct sigv4_signed *out)
{
	buf_clear(&out->authorization);
	out->date[0] = '\0';
	out->content_sha256[0] = '\0';
	out->session_token = NULL;
}

bool sigv4_presign(const struct sigv4_request *request, const struct sigv4_key *key,
		   struct buf *query, struct error *err)
{
	char signature[DIGEST_HEX_BYTES];
	struct list list;

	if (!sign(request, key, SIGV4_QUERY, signature, err))
		return false;
	collect(request, key, SIGV4_QUERY, &list);
	return presigned_query(request, key, &list, true, query, err) &&
	       form_add(query, "X-Amz-Signature", signature, err);
}
