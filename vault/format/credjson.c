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
	if (!buf_append(out, ",\"", 2, err) || !buf_text_append(out, key, err) ||
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

static bool object(const struct credentials *credentials, bool with_region, struct buf *out,
		   struct error *err)
{
	const struct secret *secret = &credentials->secret_access_key;
	char expiry[TEXT_TIME_BYTES] = "";

	if (credentials->access_key_id[0] == '\0' || secret->len == 0)
		return error_set(err, ERROR_FAILED, "no credentials to hand on");
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

/* Appends text in single quotes for a POSIX shell; a quote in it becomes '\''. */
static bool append_quoted(const char *text, size_t len, struct buf *out, struct error *err)
{
	if (!buf_append(out, "'", 1, err))
		return false;
	while (len > 0) {
		const char *quote = memchr(text, '\'', len);
		size_t run = quote ? (size_t)(quote - text) : len;

		if (!buf_append(out, text, run, err) ||
		    (quote && !buf_text_append(out, "'\\''", err)))
			return false;
		run += quote ? 1 : 0;
		text += run;
		len -= run;
	}
	return buf_append(out, "'", 1, err);
}

static bool line(struct buf *out, const char *name, const void *value, size_t len,
		 struct error *err)
{
	if (len == 0)
		return true;
	/* A NUL would end the shell's word, and a line that looks whole would be short. */
	if (memchr(value, '\0', len))
		return error_set(err, ERROR_FAILED, "%s cannot be handed on", name);
	return buf_text_append(out, "export ", err) && buf_text_append(out, name, err) &&
	       buf_append(out, "=", 1, err) && append_quoted(value, len, out, err) &&
	       buf_append(out, "\n", 1, err);
}

static bool text_line(struct buf *out, const char *name, const char *value, struct error *err)
{
	return line(out, name, value, strlen(value), err);
}

static bool lines(const struct credentials *credentials, const char *mark, struct buf *out,
		  struct error *err)
{
	const struct secret *secret = &credentials->secret_access_key;
	char expiry[TEXT_TIME_BYTES] = "";

	if (credentials->access_key_id[0] == '\0' || secret->len == 0)
		return error_set(err, ERROR_FAILED, "no credentials to hand on");
	if (credentials->expires_at != 0)
		text_format_time(credentials->expires_at, expiry);
	return text_line(out, "AWS_ACCESS_KEY_ID", credentials->access_key_id, err) &&
	       line(out, "AWS_SECRET_ACCESS_KEY", secret->data, secret->len, err) &&
	       text_line(out, "AWS_SESSION_TOKEN", buf_text(&credentials->session_token), err) &&
	       text_line(out, "AWS_CREDENTIAL_EXPIRATION", expiry, err) &&
	       text_line(out, "AWS_REGION", credentials->region, err) &&
	       text_line(out, "AWS_DEFAULT_REGION", credentials->region, err) &&
	       text_line(out, "AWS_ACCOUNT_ID", credentials->account_id, err) &&
	       (!mark ||
		(buf_text_append(out, "export CREDVAULT_PROFILE=", err) &&
		 append_quoted(mark, strlen(mark), out, err) && buf_append(out, "\n", 1, err)));
}

bool credjson_env(const struct credentials *credentials, const char *mark, struct buf *out,
		  struct error *err)
{
	size_t len = out->len;

	return lines(credentials, mark, out, err) || undo(out, len);
}
