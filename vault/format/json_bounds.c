/* SPDX-License-Identifier: MIT */
#include "vault/format/json_bounds.h"

/* The counts so far. */
struct count {
	const struct json_bounds *bounds;
	size_t depth, containers, values;
	size_t members[JSON_DEPTH_MAX + 1]; /* of the open container at each depth */
};

static bool exceeded(const char *what, size_t most, struct error *err)
{
	return error_set(err, ERROR_PROTOCOL, "JSON with more than %zu %s", most, what);
}

/* Counts one more value: each comma and each opening bracket announces one. */
static bool count_value(struct count *count, struct error *err)
{
	const struct json_bounds *bounds = count->bounds;

	if (++count->values > bounds->values)
		return exceeded("values", bounds->values, err);
	if (++count->members[count->depth] > bounds->members)
		return exceeded("members in one object or list", bounds->members, err);
	return true;
}

static bool count_open(struct count *count, struct error *err)
{
	const struct json_bounds *bounds = count->bounds;

	if (++count->containers > bounds->containers)
		return exceeded("objects and lists", bounds->containers, err);
	if (++count->depth > bounds->depth || count->depth > JSON_DEPTH_MAX)
		return exceeded("levels", bounds->depth, err);
	count->members[count->depth] = 0;
	return count_value(count, err);
}

/* The end of the text that starts after a quote: its closing quote, or the end of the input. */
static const char *text_end(const char *at, const char *end)
{
	while (at < end && *at != '"')
		at += *at == '\\' && end - at > 1 ? 2 : 1;
	return at;
}

bool json_bounds_check(const struct json_bounds *bounds, const char *text, size_t len,
		       struct error *err)
{
	struct count count = {.bounds = bounds};
	const char *at = text, *end = text + len, *quote;

	if (len > bounds->bytes)
		return exceeded("bytes", bounds->bytes, err);
	if (!count_value(&count, err))
		return false;
	for (; at < end; at++) {
		switch (*at) {
		case '"':
			quote = text_end(at + 1, end);
			if ((size_t)(quote - at) - 1 > bounds->text)
				return exceeded("bytes in one text", bounds->text, err);
			at = quote;
			break;
		case '{':
		case '[':
			if (!count_open(&count, err))
				return false;
			break;
		case ',':
			if (!count_value(&count, err))
				return false;
			break;
		case '}':
		case ']':
			/* The parser refuses a surplus closing bracket and makes no value of it. */
			if (count.depth > 0)
				count.depth--;
			break;
		default: break;
		}
	}
	return true;
}
