/* SPDX-License-Identifier: MIT */
#include "vault/format/form.h"

#include <stdio.h>
#include <string.h>

static bool unreserved(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

bool form_encode(struct buf *out, const void *data, size_t len, struct error *err)
{
	static const char digits[] = "0123456789ABCDEF";
	const unsigned char *text = data;
	size_t i = 0;

	while (i < len) {
		size_t run = i;

		while (run < len && unreserved(text[run]))
			run++;
		if (run > i && !buf_append(out, text + i, run - i, err))
			return false;
		i = run;
		if (i < len) {
			char escape[3] = {'%', digits[text[i] >> 4], digits[text[i] & 15]};

			if (!buf_append(out, escape, sizeof(escape), err))
				return false;
			i++;
		}
	}
	return true;
}

bool form_add(struct buf *out, const char *name, const char *value, struct error *err)
{
	if (out->len > 0 && !buf_append(out, "&", 1, err))
		return false;
	return form_encode(out, name, strlen(name), err) && buf_append(out, "=", 1, err) &&
	       form_encode(out, value, strlen(value), err);
}

bool form_add_number(struct buf *out, const char *name, long long value, struct error *err)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", value);
	return form_add(out, name, text, err);
}

bool form_add_member(struct buf *out, const char *name, size_t n, const char *suffix,
		     const char *value, struct error *err)
{
	char full[128];
	int len = snprintf(full, sizeof(full), "%s.member.%zu%s", name, n, suffix);

	if (len < 0 || (size_t)len >= sizeof(full))
		return error_set(err, ERROR_FAILED, "the name of a list's member is too long");
	return form_add(out, full, value, err);
}
