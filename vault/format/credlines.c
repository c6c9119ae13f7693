/* SPDX-License-Identifier: MIT */
#include "vault/format/credlines.h"

#include "vault/base/text.h"

#include <string.h>

/* How a form writes a line. */
struct form {
	const char *before, *between, *after;
	const char *escape; /* stands before each character that is special */
	/* Whether the character at `at` (one of `left` bytes) bends the value; NULL: none does. */
	bool (*special)(const char *at, size_t left);
	/* Whether the form has no way to write this byte. */
	bool (*impossible)(char byte);
	const char *instead; /* a form that has one, for the hint */
};

static bool is_quote(const char *at, size_t left)
{
	(void)left;
	return *at == '\'';
}

static bool is_fish_special(const char *at, size_t left)
{
	(void)left;
	return *at == '\'' || *at == '\\';
}

/* PowerShell ends a text at a curly quote as well: U+2018 to U+201B. */
static bool is_powershell_quote(const char *at, size_t left)
{
	return *at == '\'' || (left >= 3 && memcmp(at, "\xe2\x80", 2) == 0 &&
			       (unsigned char)at[2] >= 0x98 && (unsigned char)at[2] <= 0x9b);
}

static bool is_control(char byte)
{
	return (unsigned char)byte < 0x20 || byte == 0x7f;
}

static bool is_nul(char byte)
{
	return byte == '\0';
}

static bool is_read_by_cmd(char byte)
{
	return is_control(byte) || byte == '"' || byte == '%' || byte == '!';
}

static const struct form forms[] = {
    [CREDLINES_ENV] = {.before = "export ",
		       .between = "='",
		       .after = "'",
		       .escape = "'\\'",
		       .special = is_quote,
		       .impossible = is_nul},
    [CREDLINES_ENV_NO_EXPORT] = {.before = "",
				 .between = "='",
				 .after = "'",
				 .escape = "'\\'",
				 .special = is_quote,
				 .impossible = is_nul},
    [CREDLINES_FISH] = {.before = "set -gx ",
			.between = " '",
			.after = "'",
			.escape = "\\",
			.special = is_fish_special,
			.impossible = is_nul},
    [CREDLINES_POWERSHELL] = {.before = "$Env:",
			      .between = "='",
			      .after = "'",
			      .escape = "'",
			      .special = is_powershell_quote,
			      .impossible = is_nul},
    [CREDLINES_WINDOWS_CMD] = {.before = "set \"",
			       .between = "=",
			       .after = "\"",
			       .impossible = is_read_by_cmd,
			       .instead = "powershell"},
    [CREDLINES_DOTENV] =
	{.before = "", .between = "=", .after = "", .impossible = is_control, .instead = "json"},
};

/* Of the characters that a loader of .env files may read, those that a value has. */
static const char *const dotenv_read = " #'\"`\\$";

/* The quotes that the form puts around this value; NULL: none will do. */
static const char *dotenv_quotes(const char *value, size_t len)
{
	bool single = false, active = false, any = false;

	for (size_t i = 0; i < len; i++) {
		any = any || strchr(dotenv_read, value[i]);
		single = single || value[i] == '\'';
		active = active || strchr("\"\\$`", value[i]);
	}
	if (!any)
		return "";
	if (!single)
		return "'";
	return active ? NULL : "\"";
}

/* Removes the output of a failed writer, so that no caller emits half of it. */
static bool undo(struct buf *out, size_t len)
{
	secret_wipe(out->data ? out->data + len : NULL, out->len - len);
	out->len = len;
	return false;
}

/* Appends a value with the form's escape before each special character. */
static bool append_escaped(const struct form *form, const char *value, size_t len, struct buf *out,
			   struct error *err)
{
	size_t from = 0;

	for (size_t i = 0; form->special && i < len; i++) {
		if (!form->special(value + i, len - i))
			continue;
		if (!buf_append(out, value + from, i - from, err) ||
		    !buf_text_append(out, form->escape, err))
			return false;
		from = i;
	}
	return buf_append(out, value + from, len - from, err);
}

static bool line(enum credlines_form number, const char *name, const void *data, size_t len,
		 struct buf *out, struct error *err)
{
	const struct form *form = &forms[number];
	const char *value = data, *quotes = "";

	for (size_t i = 0; i < len && quotes; i++) {
		if (form->impossible(value[i]))
			quotes = NULL;
	}
	if (quotes && number == CREDLINES_DOTENV)
		quotes = dotenv_quotes(value, len);
	if (!quotes) {
		error_set(err, ERROR_FAILED, "%s cannot be handed on in this form", name);
		return form->instead ? error_hint(err, "--format %s", form->instead) : false;
	}
	return buf_text_append(out, form->before, err) && buf_text_append(out, name, err) &&
	       buf_text_append(out, form->between, err) && buf_text_append(out, quotes, err) &&
	       append_escaped(form, value, len, out, err) && buf_text_append(out, quotes, err) &&
	       buf_text_append(out, form->after, err) && buf_append(out, "\n", 1, err);
}

static bool text_line(enum credlines_form form, const char *name, const char *value,
		      struct buf *out, struct error *err)
{
	return !*value || line(form, name, value, strlen(value), out, err);
}

static bool is_whole(const struct credentials *credentials, struct error *err)
{
	return (credentials->access_key_id[0] && credentials->secret_access_key.len) ||
	       error_set(err, ERROR_FAILED, "no credentials to hand on");
}

static bool variables(const struct credentials *credentials, enum credlines_form form,
		      const char *mark, struct buf *out, struct error *err)
{
	const struct secret *secret = &credentials->secret_access_key;
	char expiry[TEXT_TIME_BYTES] = "";

	if (credentials->expires_at != 0)
		text_format_time(credentials->expires_at, expiry);
	return text_line(form, "AWS_ACCESS_KEY_ID", credentials->access_key_id, out, err) &&
	       line(form, "AWS_SECRET_ACCESS_KEY", secret->data, secret->len, out, err) &&
	       text_line(form, "AWS_SESSION_TOKEN", buf_text(&credentials->session_token), out,
			 err) &&
	       text_line(form, "AWS_CREDENTIAL_EXPIRATION", expiry, out, err) &&
	       text_line(form, "AWS_REGION", credentials->region, out, err) &&
	       text_line(form, "AWS_DEFAULT_REGION", credentials->region, out, err) &&
	       text_line(form, "AWS_ACCOUNT_ID", credentials->account_id, out, err) &&
	       (!mark || line(form, "CREDVAULT_PROFILE", mark, strlen(mark), out, err));
}

bool credlines_variables(const struct credentials *credentials, enum credlines_form form,
			 const char *mark, struct buf *out, struct error *err)
{
	size_t len = out->len;

	return is_whole(credentials, err) &&
	       (variables(credentials, form, mark, out, err) || undo(out, len));
}

/* Without blanks around '=': the SDKs for JavaScript take " #" for the start of a comment. */
static bool setting(const char *key, const void *data, size_t len, struct buf *out,
		    struct error *err)
{
	const unsigned char *value = data;

	for (size_t i = 0; i < len; i++) {
		if (value[i] <= 0x20 || value[i] >= 0x7f)
			return error_set(err, ERROR_FAILED, "%s cannot be handed on in a file",
					 key);
	}
	return len == 0 || (buf_text_append(out, key, err) && buf_append(out, "=", 1, err) &&
			    buf_append(out, value, len, err) && buf_append(out, "\n", 1, err));
}

static bool section(const struct credentials *credentials, const char *profile, struct buf *out,
		    struct error *err)
{
	const struct secret *secret = &credentials->secret_access_key;
	const struct buf *token = &credentials->session_token;

	return buf_append(out, "[", 1, err) && buf_text_append(out, profile, err) &&
	       buf_append(out, "]\n", 2, err) &&
	       setting("aws_access_key_id", credentials->access_key_id,
		       strlen(credentials->access_key_id), out, err) &&
	       setting("aws_secret_access_key", secret->data, secret->len, out, err) &&
	       setting("aws_session_token", buf_text(token), token->len, out, err) &&
	       setting("region", credentials->region, strlen(credentials->region), out, err) &&
	       setting("aws_account_id", credentials->account_id, strlen(credentials->account_id),
		       out, err);
}

bool credlines_section(const struct credentials *credentials, const char *profile, struct buf *out,
		       struct error *err)
{
	static const char *const others[] = {"profile ", "sso-session ", "services "};
	bool taken = strcmp(profile, "__proto__") == 0;
	size_t len = out->len;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		taken = taken || strncmp(profile, others[i], strlen(others[i])) == 0;
	if (!text_is_name(profile) || taken)
		return error_set(err, ERROR_USAGE,
				 "no section of a credentials file can have the "
				 "name of this profile");
	return is_whole(credentials, err) &&
	       (section(credentials, profile, out, err) || undo(out, len));
}
