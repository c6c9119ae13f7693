/* SPDX-License-Identifier: MIT */
#include "vault/format/span.h"

#include <string.h>

static const char white[] = " \t\r\v\f";

bool span_is_white(char c)
{
	return c != '\0' && strchr(white, c) != NULL;
}

struct span span_trim(struct span s)
{
	while (s.len > 0 && span_is_white(s.at[0])) {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && span_is_white(s.at[s.len - 1]))
		s.len--;
	return s;
}

struct span span_uncomment(struct span s, bool after_white)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((s.at[i] == '#' || s.at[i] == ';') &&
		    (!after_white || (i > 0 && span_is_white(s.at[i - 1]))))
			s.len = i;
	}
	return span_trim(s);
}

bool span_equals(struct span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

bool span_split(struct span line, struct span *key, struct span *value)
{
	const char *sign = memchr(line.at, '=', line.len);

	if (!sign)
		return false;
	*key = span_trim((struct span){line.at, (size_t)(sign - line.at)});
	*value = span_trim((struct span){sign + 1, line.len - (size_t)(sign - line.at) - 1});
	return true;
}
