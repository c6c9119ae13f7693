/* SPDX-License-Identifier: MIT */
#include "vault/format/credjson.h"

#include "vault/base/text.h"

#include <string.h>

/*
 * Written by hand rather than through jansson: a secret that never becomes a JSON value leaves no
 * copy outside secret memory and the buffer, and this function checks the characters of a value.
 */
static bool member(struct buf *out, const char *key, const void *value, size_t len,
		   struct error *err)
{
	const char *text = value;

	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] >= 0x7f)
			return error_set(err, ERROR_FAILED, "%s cannot be handed on", key);
	}
	/* The first member of an object has no comma before it. */
	if ((out->data[out->len - 1] != '{' && !buf_append(out, ",", 1, err)) ||
	    !buf_append(out, "\"", 1, err) || !buf_text_append(out, key, err) ||
	    !buf_append(out, "\":\"", 3, err))
		return false;
	while (len > 0) {
		size_t run = 1;

		if ((text[0] == '"' || text[0] == '\\') && !buf_append(out, "\\", 1, err))
			return false;
		while (run < len && text[run] != '"' && text[run] != '\\')
			run++;
		if (!buf_append(out, text, run, err))
			return false;
		text += run;
		len -= run;
	}
	return buf_append(out, "\"", 1, err);
}

static bool text_member(struct buf *out, const char *key, const char *value, struct error *err)
{
	return value[0] == '\0' || member(out, key, value, strlen(value), err);
}

/* Removes the output of a failed writer, so that no caller emits half of it. */
static bool undo(struct buf *out, size_t len)
{
	secret_wipe(out->data ? out->data + len : NULL, out->len - len);
	out->len = len;
	return false;
}

static bool is_whole(const struct credentials *credentials, struct error *err)
{
	return (credentials->access_key_id[0] && credentials->secret_access_key.len) ||
	       error_set(err, ERROR_FAILED, "no credentials to hand on");
}

static bool object(const struct credentials *credentials, bool with_region, struct buf *out,
		   struct error *err)
{
	const struct secret *secret = &credentials->secret_access_key;
	char expiry[TEXT_TIME_BYTES] = "";

	if (!is_whole(credentials, err))
		return false;
	if (credentials->expires_at != 0)
		text_format_time(credentials->expires_at, expiry);
	return buf_text_append(out, "{\"Version\":1", err) &&
	       text_member(out, "AccessKeyId", credentials->access_key_id, err) &&
	       member(out, "SecretAccessKey", secret->data, secret->len, err) &&
	       text_member(out, "SessionToken", buf_text(&credentials->session_token), err) &&
	       text_member(out, "Expiration", expiry, err) &&
	       (!with_region || text_member(out, "Region", credentials->region, err)) &&
	       text_member(out, "AccountId", credentials->account_id, err) &&
	       buf_append(out, "}", 1, err);
}

bool credjson_process(const struct credentials *credentials, struct buf *out, struct error *err)
{
	size_t len = out->len;

	return object(credentials, false, out, err) || undo(out, len);
}

bool credjson_json(const struct credentials *credentials, struct buf *out, struct error *err)
{
	size_t len = out->len;

	return object(credentials, true, out, err) || undo(out, len);
}

void credjson_drop_region(struct buf *json)
{
	/* This text cannot occur inside a value, where each quote has a backslash before it. */
	static const char head[] = ",\"Region\":\"";
	char *from = json->len ? strstr(json->data, head) : NULL, *to;
	size_t rest;

	if (!from)
		return;
	to = from + sizeof(head) - 1;
	while (*to != '"')
		to += *to == '\\' ? 2 : 1;
	to++;
	rest = json->len - (size_t)(to - json->data);
	memmove(from, to, rest);
	secret_wipe(from + rest, (size_t)(to - from));
	json->len -= (size_t)(to - from);
}

static bool sdk(const struct credentials *credentials, struct buf *out, struct error *err)
{
	const struct secret *secret = &credentials->secret_access_key;

	return buf_text_append(out, "{\"credentials\":{", err) &&
	       text_member(out, "accessKeyId", credentials->access_key_id, err) &&
	       member(out, "secretAccessKey", secret->data, secret->len, err) &&
	       text_member(out, "sessionToken", buf_text(&credentials->session_token), err) &&
	       buf_append(out, "}", 1, err) &&
	       text_member(out, "region", credentials->region, err) && buf_append(out, "}", 1, err);
}

bool credjson_sdk(const struct credentials *credentials, struct buf *out, struct error *err)
{
	size_t len = out->len;

	return is_whole(credentials, err) && (sdk(credentials, out, err) || undo(out, len));
}

static bool sts(const struct credentials *credentials, struct buf *out, struct error *err)
{
	const struct secret *secret = &credentials->secret_access_key;
	char expiry[TEXT_TIME_BYTES] = "";

	if (credentials->expires_at != 0)
		text_format_time(credentials->expires_at, expiry);
	return buf_text_append(out, "{\"Credentials\":{", err) &&
	       text_member(out, "AccessKeyId", credentials->access_key_id, err) &&
	       member(out, "SecretAccessKey", secret->data, secret->len, err) &&
	       text_member(out, "SessionToken", buf_text(&credentials->session_token), err) &&
	       text_member(out, "Expiration", expiry, err) && buf_append(out, "}}", 2, err);
}

bool credjson_sts(const struct credentials *credentials, struct buf *out, struct error *err)
{
	size_t len = out->len;

	return is_whole(credentials, err) && (sts(credentials, out, err) || undo(out, len));
}
