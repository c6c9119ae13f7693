/* SPDX-License-Identifier: MIT */
#include "vault/format/sigv4.h"

#include "vault/base/text.h"
#include "vault/format/canonical.h"
#include "vault/format/form.h"
#include "vault/format/time.h"

#include <stdio.h>
#include <string.h>

enum { SCOPE_BYTES = 192 };

_Static_assert(SIGV4_HEADERS_MAX + 3 <= CANONICAL_HEADERS_MAX, "the signer adds three headers");

static const char algorithm[] = "AWS4-HMAC-SHA256";

/* Whether text may stand between the commas and slashes of a credential without ending it early. */
static bool plain(const char *text, size_t max)
{
	size_t n = strspn(text,
			  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");

	return n > 0 && n <= max && text[n] == '\0';
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
		host = host || canonical_compare_names(request->headers[i].name, "host") == 0;
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

/* The signed headers, and the texts that two of them point to. */
struct list {
	struct canonical_headers headers;
	char date[SIGV4_DATE_BYTES];
	char digest[DIGEST_HEX_BYTES];
};

static void collect(const struct sigv4_request *request, const struct sigv4_key *key,
		    struct list *list)
{
	list->headers.count = 0;
	digest_sha256_hex(request->body, request->body_len, list->digest);
	time_format_basic(request->time, list->date);
	for (size_t i = 0; i < request->header_count; i++) {
		if (canonical_is_signed(request->headers[i].name))
			canonical_headers_add(&list->headers, request->headers[i].name,
					      request->headers[i].value);
	}
	canonical_headers_add(&list->headers, "x-amz-date", list->date);
	if (request->sign_body)
		canonical_headers_add(&list->headers, "x-amz-content-sha256", list->digest);
	if (has_token(key) && !request->omit_session_token)
		canonical_headers_add(&list->headers, "x-amz-security-token", key->session_token);
}

bool sigv4_canonical_request(const struct sigv4_request *request, const struct sigv4_key *key,
			     struct buf *out, struct error *err)
{
	const char *path = request->path && request->path[0] ? request->path : "/";
	const char *query = request->query ? request->query : "";
	struct list list;

	if (!check(request, key, err))
		return false;
	collect(request, key, &list);
	return buf_text_append(out, request->method, err) && buf_append(out, "\n", 1, err) &&
	       canonical_path(path, request->unnormalized_path, out, err) &&
	       buf_append(out, "\n", 1, err) && canonical_query(query, out, err) &&
	       buf_append(out, "\n", 1, err) && canonical_headers(&list.headers, out, err) &&
	       buf_append(out, "\n", 1, err) && canonical_names(&list.headers, out, err) &&
	       buf_append(out, "\n", 1, err) && buf_text_append(out, list.digest, err);
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

bool sigv4_sign(const struct sigv4_request *request, const struct sigv4_key *key,
		struct sigv4_signed *out, struct error *err)
{
	struct buf canonical = BUF_INIT(CANONICAL_LIMIT), text = BUF_INIT(1024);
	char signature[DIGEST_HEX_BYTES], scope[SCOPE_BYTES];
	struct list list;
	bool ok;

	sigv4_signed_clear(out);
	ok = sigv4_canonical_request(request, key, &canonical, err) &&
	     sigv4_string_to_sign(request, &canonical, &text, err) &&
	     sigv4_signature(request, key, &text, signature, err);
	buf_clear(&canonical);
	buf_clear(&text);
	if (!ok)
		return false;
	collect(request, key, &list);
	make_scope(request, scope);
	if (!buf_printf(&out->authorization, err, "%s Credential=%s/%s, SignedHeaders=", algorithm,
			key->access_key_id, scope) ||
	    !canonical_names(&list.headers, &out->authorization, err) ||
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
