/* SPDX-License-Identifier: MIT */
#include "vault/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int status;
	const char *meaning;
} codes[ERROR_CODES] = {[ERROR_NONE] = {"NONE", 0, "ok"},
#define X(code_, status_, meaning_) [ERROR_##code_] = {#code_, status_, meaning_},
			ERRORS(X)
#undef X
};

static void fill(char *out, size_t size, const char *fmt, va_list args)
{
	if (vsnprintf(out, size, fmt, args) < 0)
		out[0] = '\0';
}

bool error_set(struct error *err, enum error_code code, const char *fmt, ...)
{
	va_list args;

	*err = (struct error){.code = code};
	va_start(args, fmt);
	fill(err->message, sizeof(err->message), fmt, args);
	va_end(args);
	return false;
}

bool error_set_errno(struct error *err, enum error_code code, int errnum, const char *fmt, ...)
{
	va_list args;
	size_t len;

	*err = (struct error){.code = code};
	va_start(args, fmt);
	fill(err->message, sizeof(err->message), fmt, args);
	va_end(args);
	len = strlen(err->message);
	(void)snprintf(err->message + len, sizeof(err->message) - len, ": %s",
		       strerrordesc_np(errnum) ? strerrordesc_np(errnum) : "unknown error");
	return false;
}

bool error_hint(struct error *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fill(err->hint, sizeof(err->hint), fmt, args);
	va_end(args);
	return false;
}

const char *error_quote(const struct error *err)
{
	const char *line = err->detail;

	while (line && strncmp(line, ERROR_QUOTE, sizeof(ERROR_QUOTE) - 1) != 0) {
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	return line;
}

bool error_detail(struct error *err, const char *fmt, ...)
{
	size_t len = strlen(err->detail);
	va_list args;

	if (len > 0 && len + 1 < sizeof(err->detail)) {
		err->detail[len++] = '\n';
		err->detail[len] = '\0';
	}
	va_start(args, fmt);
	fill(err->detail + len, sizeof(err->detail) - len, fmt, args);
	va_end(args);
	return false;
}

bool error_profile(struct error *err, const char *profile)
{
	if (err->profile[0] == '\0' && profile)
		(void)snprintf(err->profile, sizeof(err->profile), "%s", profile);
	return false;
}

int error_status(enum error_code code)
{
	return code < ERROR_CODES ? codes[code].status : 1;
}

const char *error_name(enum error_code code)
{
	return code < ERROR_CODES ? codes[code].name : "FAILED";
}

const char *error_meaning(enum error_code code)
{
	return code < ERROR_CODES ? codes[code].meaning : "";
}

enum error_code error_from_name(const char *name)
{
	for (int i = 0; i < ERROR_CODES; i++) {
		if (strcmp(codes[i].name, name) == 0)
			return (enum error_code)i;
	}
	return ERROR_FAILED;
}
