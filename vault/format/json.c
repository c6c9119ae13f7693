/* SPDX-License-Identifier: MIT */
#include "vault/format/json.h"

#include "vault/base/alloc.h"
#include "vault/base/secret.h"
#include "vault/base/text.h"

#include <string.h>

void json_open(void)
{
	size_t seed;

	/*
	 * By default jansson seeds its hashes from a file, or from the time where a sandbox forbids
	 * the file.
	 */
	secret_random_bytes(&seed, sizeof(seed));
	json_object_seed(seed | 1);
	json_set_alloc_funcs(alloc_wiping_malloc, alloc_wiping_free);
}

bool json_parse_within(const struct json_bounds *bounds, const char *text, size_t len, json_t **out,
		       struct error *err)
{
	json_error_t why;

	*out = NULL;
	if (!json_bounds_check(bounds, text, len, err))
		return false;
	*out = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	/* jansson's own message quotes the input, which may hold a secret. */
	if (!*out)
		return error_set(err, ERROR_PROTOCOL, "not valid JSON (line %d, column %d)",
				 why.line, why.column);
	return true;
}

bool json_parse(const char *text, size_t len, size_t limit, json_t **out, struct error *err)
{
	const struct json_bounds bounds = {.bytes = limit,
					   .depth = JSON_DEPTH_MAX,
					   .members = 65536,
					   .containers = 65536,
					   .values = 262144,
					   .text = limit};

	return json_parse_within(&bounds, text, len, out, err);
}

struct sink {
	struct buf *out;
	struct error *err;
};

static int take(const char *text, size_t len, void *arg)
{
	struct sink *sink = arg;

	return buf_append(sink->out, text, len, sink->err) ? 0 : -1;
}

bool json_append(const json_t *value, struct buf *out, struct error *err)
{
	struct sink sink = {.out = out, .err = err};

	*err = ERROR_INIT;
	if (json_dump_callback(value, take, &sink, JSON_COMPACT | JSON_ENCODE_ANY) == 0)
		return true;
	if (err->code == ERROR_NONE)
		error_set(err, ERROR_MEMORY, "a value could not be written as JSON");
	return false;
}

/* Whether JSON holds the text without escapes. */
static bool is_simple(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && (unsigned char)text[i] >= 0x20 && (unsigned char)text[i] < 0x7f &&
	       text[i] != '"' && text[i] != '\\')
		i++;
	return i == len;
}

bool json_append_bytes(const char *text, size_t len, struct buf *out, struct error *err)
{
	json_t *value;
	bool ok;

	if (is_simple(text, len))
		return buf_reserve(out, len + 2, err) && buf_append(out, "\"", 1, err) &&
		       buf_append(out, text, len, err) && buf_append(out, "\"", 1, err);
	value = memchr(text, '\0', len) ? NULL : json_stringn(text, len);
	ok = value ? json_append(value, out, err)
		   : error_set(err, ERROR_MEMORY, "a text could not be written as JSON");
	json_decref(value);
	return ok;
}

bool json_append_text(const char *text, struct buf *out, struct error *err)
{
	return text ? json_append_bytes(text, strlen(text), out, err)
		    : buf_append(out, "null", 4, err);
}

bool json_text(const json_t *object, const char *key, size_t max, const char **out,
	       struct error *err)
{
	const json_t *value = json_object_get(object, key);

	*out = NULL;
	if (!value || json_is_null(value))
		return true;
	if (!json_is_string(value) || json_string_length(value) > max)
		return error_set(err, ERROR_PROTOCOL, "\"%s\" is not a text of at most %zu bytes",
				 key, max);
	*out = json_string_value(value);
	return true;
}

bool json_need_text(const json_t *object, const char *key, size_t max, const char **out,
		    struct error *err)
{
	if (!json_text(object, key, max, out, err))
		return false;
	if (!*out || !**out)
		return error_set(err, ERROR_PROTOCOL, "\"%s\" is missing", key);
	return true;
}

const char *json_text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

bool json_number(const json_t *object, const char *key, int64_t lowest, int64_t highest,
		 int64_t absent, int64_t *out, struct error *err)
{
	const json_t *value = json_object_get(object, key);

	*out = absent;
	if (!value || json_is_null(value))
		return true;
	if (!json_is_integer(value) || json_integer_value(value) < lowest ||
	    json_integer_value(value) > highest)
		return error_set(err, ERROR_PROTOCOL, "\"%s\" is not a whole number in its range",
				 key);
	*out = json_integer_value(value);
	return true;
}

bool json_flag(const json_t *object, const char *key, bool *out, struct error *err)
{
	const json_t *value = json_object_get(object, key);

	*out = json_is_true(value);
	if (value && !json_is_boolean(value) && !json_is_null(value))
		return error_set(err, ERROR_PROTOCOL, "\"%s\" is not true or false", key);
	return true;
}

bool json_only(const json_t *object, const char *const keys[], struct error *err)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return error_set(err, ERROR_PROTOCOL, "not a JSON object");
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		size_t i = 0;
		char shown[64];

		while (keys[i] && strcmp(keys[i], key) != 0)
			i++;
		if (keys[i])
			continue;
		text_escape_into(key, shown, sizeof(shown));
		return error_set(err, ERROR_PROTOCOL, "\"%s\" is not known here", shown);
	}
	return true;
}

bool json_put(json_t *object, const char *key, json_t *value, struct error *err)
{
	if (!value || json_object_set_new(object, key, value) != 0)
		return error_set(err, ERROR_MEMORY, "\"%s\" could not be written as JSON", key);
	return true;
}

bool json_put_text(json_t *object, const char *key, const char *text, struct error *err)
{
	return json_put(object, key, text ? json_string(text) : json_null(), err);
}

bool json_put_time(json_t *object, const char *key, int64_t unix_seconds, struct error *err)
{
	char text[TEXT_TIME_BYTES];

	if (unix_seconds == 0)
		return json_put(object, key, json_null(), err);
	text_format_time(unix_seconds, text);
	return json_put(object, key, json_string(text), err);
}
