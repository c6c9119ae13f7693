/* SPDX-License-Identifier: MIT */
#include "vault/format/fields.h"

#include "vault/base/alloc.h"
#include "vault/base/secret.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/format/time.h"

#include <stdio.h>
#include <string.h>

enum { FIELDS_TEXT_MAX = 1048576 };

static void *member_of(const struct field *field, const void *object)
{
	return (unsigned char *)(uintptr_t)object + field->offset;
}

static bool *marker_of(const struct field *field, const void *object)
{
	return field->given
		   ? (bool *)(void *)((unsigned char *)(uintptr_t)object + field->given - 1)
		   : NULL;
}

/* --- elements --------------------------------------------------------------------------------- */

/* The elements of an array or a list, inside the struct or outside. */
struct elements {
	unsigned char *at;
	size_t count, stride;
};

static size_t *array_count(const struct field *field, const void *object)
{
	return (size_t *)(void *)((unsigned char *)(uintptr_t)object + field->count_offset);
}

static struct elements elements_of(const struct field *field, const void *object)
{
	const struct field_list *list;

	if (field->kind == FIELD_ARRAY)
		return (struct elements){member_of(field, object), *array_count(field, object),
					 field->stride};
	list = member_of(field, object);
	return (struct elements){list->at, list->count,
				 list->stride ? list->stride : sizeof(const char *)};
}

static const char *element_text(const struct field *field, const unsigned char *at)
{
	return field->kind == FIELD_ARRAY ? (const char *)at
					  : *(const char *const *)(const void *)at;
}

/* --- writing ---------------------------------------------------------------------------------- */

static bool write_hex(const void *data, size_t len, struct buf *out, struct error *err)
{
	if (!buf_append(out, "\"", 1, err) || !buf_reserve(out, 2 * len + 1, err))
		return false;
	text_hex(data, len, out->data + out->len);
	out->len += 2 * len;
	return buf_append(out, "\"", 1, err);
}

static bool write_number(int64_t number, struct buf *out, struct error *err)
{
	return buf_printf(out, err, "%lld", (long long)number);
}

static bool write_time(int64_t seconds, struct buf *out, struct error *err)
{
	char text[TEXT_TIME_BYTES];

	text_format_time(seconds, text);
	return json_append_text(text, out, err);
}

static bool write_elements(const struct field *field, const void *object, struct buf *out,
			   struct error *err)
{
	struct elements elements = elements_of(field, object);
	bool ok = buf_append(out, "[", 1, err);

	for (size_t i = 0; ok && i < elements.count; i++) {
		const unsigned char *at = elements.at + i * elements.stride;

		ok = (i == 0 || buf_append(out, ",", 1, err)) &&
		     (field->of ? fields_write(field->of, at, out, err)
				: json_append_text(element_text(field, at), out, err));
	}
	return ok && buf_append(out, "]", 1, err);
}

static bool write_raw(const struct field_raw *raw, struct buf *out, struct error *err)
{
	return raw->value ? json_append(raw->value, out, err)
			  : buf_text_append(out, raw->text ? raw->text : "null", err);
}

static uint32_t word_of(const struct field *field, const void *object)
{
	uint32_t word;

	memcpy(&word, member_of(field, object), sizeof(word));
	return word < field->words_count ? word : 0;
}

/* Whether the member is empty. */
static bool is_empty(const struct field *field, const void *object)
{
	const void *at = member_of(field, object);
	const char *text;

	switch (field->kind) {
	case FIELD_TEXT: text = *(const char *const *)at; return !text || !*text;
	case FIELD_CHARS: return *(const char *)at == '\0';
	case FIELD_SECRET: return ((const struct secret *)at)->len == 0;
	case FIELD_HEX_BUF: return ((const struct buf *)at)->len == 0;
	case FIELD_FLAG: return !*(const bool *)at;
	case FIELD_NUMBER: return *(const int64_t *)at == field->none;
	case FIELD_TIME: return *(const int64_t *)at == 0;
	case FIELD_WORD: return word_of(field, object) == 0;
	case FIELD_ARRAY:
	case FIELD_LIST: return elements_of(field, object).count == 0;
	case FIELD_RAW:
		return !((const struct field_raw *)at)->text &&
		       !((const struct field_raw *)at)->value;
	case FIELD_HEX:
	case FIELD_OBJECT: break;
	}
	return false;
}

static bool write_value(const struct field *field, const void *object, struct buf *out,
			struct error *err)
{
	const void *at = member_of(field, object);
	const struct secret *secret = at;
	const struct buf *buf = at;
	const char *text;

	switch (field->kind) {
	case FIELD_TEXT:
		text = *(const char *const *)at;
		return json_append_text(text ? text : "", out, err);
	case FIELD_CHARS: return json_append_text(at, out, err);
	case FIELD_SECRET:
		return json_append_bytes(secret->data ? (const char *)secret->data : "",
					 secret->len, out, err);
	case FIELD_HEX: return write_hex(at, field->size, out, err);
	case FIELD_HEX_BUF: return write_hex(buf->data, buf->len, out, err);
	case FIELD_FLAG: return buf_text_append(out, *(const bool *)at ? "true" : "false", err);
	case FIELD_NUMBER: return write_number(*(const int64_t *)at, out, err);
	case FIELD_TIME: return write_time(*(const int64_t *)at, out, err);
	case FIELD_WORD: return json_append_text(field->words[word_of(field, object)], out, err);
	case FIELD_OBJECT: return fields_write(field->of, at, out, err);
	case FIELD_ARRAY:
	case FIELD_LIST: return write_elements(field, object, out, err);
	case FIELD_RAW: return write_raw(at, out, err);
	}
	return error_set(err, ERROR_FAILED, "\"%s\" cannot be written", field->name);
}

/* How a member is written: as its value, as null, or not at all. */
enum said { SAID_VALUE, SAID_NULL, SAID_NOT };

static enum said said_how(const struct field *field, const void *object)
{
	const bool *given = marker_of(field, object);

	switch (field->presence) {
	case FIELD_NEEDED:
	case FIELD_ALWAYS: break;
	case FIELD_NULLABLE:
		return (given ? *given : !is_empty(field, object)) ? SAID_VALUE : SAID_NULL;
	case FIELD_OPTIONAL:
		if (given ? !*given : is_empty(field, object))
			return SAID_NOT;
		/* A flag is never empty: false is a value too. */
		return field->kind != FIELD_FLAG && is_empty(field, object) ? SAID_NULL
									    : SAID_VALUE;
	}
	return SAID_VALUE;
}

bool fields_write(const struct fields *fields, const void *from, struct buf *out, struct error *err)
{
	const char *before = "{";

	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->at[i];
		enum said how = said_how(field, from);

		if (how == SAID_NOT)
			continue;
		if (!buf_text_append(out, before, err) || !buf_append(out, "\"", 1, err) ||
		    !buf_text_append(out, field->name, err) || !buf_append(out, "\":", 2, err) ||
		    !(how == SAID_NULL ? buf_append(out, "null", 4, err)
				       : write_value(field, from, out, err)))
			return false;
		before = ",";
	}
	return buf_text_append(out, *before == '{' ? "{}" : "}", err);
}

bool fields_to_json(const struct fields *fields, const void *from, json_t **out, struct error *err)
{
	struct buf text = BUF_INIT(FIELDS_TEXT_MAX);
	bool ok;

	*out = NULL;
	ok = fields_write(fields, from, &text, err) &&
	     json_parse(buf_text(&text), text.len, FIELDS_TEXT_MAX, out, err);
	buf_clear(&text);
	return ok;
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool refuse(const struct field *field, const char *what, struct error *err)
{
	return error_set(err, ERROR_PROTOCOL, "\"%s\" is not %s", field->name, what);
}

static bool read_text(const struct field *field, const json_t *value, size_t most, const char **out,
		      struct error *err)
{
	const char *text = json_string_value(value);

	if (!text || json_string_length(value) > most)
		return error_set(err, ERROR_PROTOCOL, "\"%s\" is not a text of at most %zu bytes",
				 field->name, most);
	if (field->presence == FIELD_NEEDED && !*text)
		return error_set(err, ERROR_PROTOCOL, "\"%s\" is missing", field->name);
	if (*text && field->valid && !field->valid(text))
		return field->refusal ? error_set(err, ERROR_USAGE, "%s", field->refusal)
				      : refuse(field, "valid", err);
	*out = text;
	return true;
}

static bool read_chars(const struct field *field, const json_t *value, char *at, size_t size,
		       struct error *err)
{
	const char *text;

	if (!read_text(field, value, size - 1, &text, err))
		return false;
	memcpy(at, text, strlen(text) + 1);
	return true;
}

static bool read_secret(const struct field *field, const json_t *value, struct secret *out,
			struct error *err)
{
	const char *text;

	return read_text(field, value, field->max, &text, err) &&
	       (!*text || secret_set(out, text, strlen(text), err));
}

static bool read_hex_buf(const struct field *field, const json_t *value, struct buf *out,
			 struct error *err)
{
	const char *text;
	size_t len;

	if (!read_text(field, value, 2 * field->max, &text, err))
		return false;
	len = strlen(text) / 2;
	*out = BUF_INIT(field->max);
	if (!buf_reserve(out, len, err))
		return false;
	if (!text_unhex(text, (unsigned char *)out->data, len))
		return refuse(field, "hex", err);
	out->len = len;
	out->data[len] = '\0';
	return true;
}

static bool read_hex(const struct field *field, const json_t *value, void *at, struct error *err)
{
	const char *text;

	return read_text(field, value, 2 * field->size, &text, err) &&
	       (text_unhex(text, at, field->size) || refuse(field, "hex of its length", err));
}

static bool read_number(const struct field *field, const json_t *value, int64_t *out,
			struct error *err)
{
	if (!json_is_integer(value) || json_integer_value(value) < field->lowest ||
	    json_integer_value(value) > field->highest)
		return refuse(field, "a whole number in its range", err);
	*out = json_integer_value(value);
	return true;
}

static bool read_time(const struct field *field, const json_t *value, int64_t *out,
		      struct error *err)
{
	const char *text;

	return read_text(field, value, TEXT_TIME_BYTES + 16, &text, err) &&
	       (time_parse_iso(text, out) || refuse(field, "a time", err));
}

static bool read_word(const struct field *field, const json_t *value, void *at, struct error *err)
{
	const char *text = json_string_value(value);

	for (uint32_t i = 0; text && i < field->words_count; i++) {
		if (field->words[i] && strcmp(field->words[i], text) == 0) {
			memcpy(at, &i, sizeof(i));
			return true;
		}
	}
	return refuse(field, "valid", err);
}

static bool read_object(const struct fields *fields, const json_t *object, bool strict, void *out,
			struct error *err);

/* Allocates room for the elements of a JSON array; an array inside the struct already has it. */
static bool make_room(const struct field *field, size_t count, void *object, struct error *err)
{
	struct field_list *list;

	if (field->kind == FIELD_ARRAY)
		return true;
	list = member_of(field, object);
	list->stride = field->of ? field->stride : sizeof(const char *);
	list->at = count ? alloc_wiping_calloc(count, list->stride) : NULL;
	return list->at || !count || error_set(err, ERROR_MEMORY, "out of memory");
}

static bool read_elements(const struct field *field, const json_t *value, bool strict, void *object,
			  struct error *err)
{
	size_t count = json_array_size(value);
	size_t *counted = field->kind == FIELD_ARRAY
			      ? array_count(field, object)
			      : &((struct field_list *)member_of(field, object))->count;
	bool ok = true;

	if (!json_is_array(value) || count > field->max)
		return error_set(err, ERROR_PROTOCOL, "\"%s\" is not a list of at most %zu",
				 field->name, field->max);
	if (!make_room(field, count, object, err))
		return false;
	for (size_t i = 0; ok && i < count; i++) {
		const json_t *one = json_array_get(value, i);
		struct elements elements = elements_of(field, object);
		unsigned char *at = elements.at + i * elements.stride;

		/* The count includes a half-read element, so that fields_clear() clears it too. */
		*counted = i + 1;
		if (field->of)
			ok = read_object(field->of, one, strict, at, err);
		else if (field->kind == FIELD_ARRAY)
			ok = read_chars(field, one, (char *)at, field->stride, err);
		else
			ok = read_text(field, one, field->text_max, (const char **)(void *)at, err);
		/* Neither a name nor a command is ever empty. */
		if (ok && !field->of && !*element_text(field, at))
			ok = refuse(field, "valid", err);
	}
	return ok;
}

static bool read_value(const struct field *field, const json_t *value, bool strict, void *object,
		       struct error *err)
{
	void *at = member_of(field, object);

	switch (field->kind) {
	case FIELD_TEXT: return read_text(field, value, field->max, at, err);
	case FIELD_CHARS: return read_chars(field, value, at, field->size, err);
	case FIELD_SECRET: return read_secret(field, value, at, err);
	case FIELD_HEX: return read_hex(field, value, at, err);
	case FIELD_HEX_BUF: return read_hex_buf(field, value, at, err);
	case FIELD_FLAG:
		*(bool *)at = json_is_true(value);
		return json_is_boolean(value) || refuse(field, "true or false", err);
	case FIELD_NUMBER: return read_number(field, value, at, err);
	case FIELD_TIME: return read_time(field, value, at, err);
	case FIELD_WORD: return read_word(field, value, at, err);
	case FIELD_OBJECT: return read_object(field->of, value, strict, at, err);
	case FIELD_ARRAY:
	case FIELD_LIST: return read_elements(field, value, strict, object, err);
	case FIELD_RAW: ((struct field_raw *)at)->value = value; return true;
	}
	return false;
}

/* Reads a member, or sets its empty value where it is absent or null. */
static bool read_member(const struct field *field, const json_t *value, bool strict, void *object,
			struct error *err)
{
	bool *given = marker_of(field, object), there = value && !json_is_null(value);

	if (given)
		*given = field->presence == FIELD_OPTIONAL ? value != NULL : there;
	if (there)
		return read_value(field, value, strict, object, err);
	if (field->kind == FIELD_NUMBER)
		*(int64_t *)member_of(field, object) = field->none;
	return field->presence != FIELD_NEEDED ||
	       error_set(err, ERROR_PROTOCOL, "\"%s\" is missing", field->name);
}

static bool read_object(const struct fields *fields, const json_t *object, bool strict, void *out,
			struct error *err)
{
	const char *key;
	json_t *value;
	size_t known = 0;

	if (!json_is_object(object))
		return error_set(err, ERROR_PROTOCOL, "not a JSON object");
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->at[i];

		value = json_object_get(object, field->name);
		known += value != NULL;
		if (!read_member(field, value, strict, out, err))
			return false;
	}
	if (!strict || known == json_object_size(object))
		return true;
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		char shown[64];
		size_t i = 0;

		while (i < fields->count && strcmp(fields->at[i].name, key) != 0)
			i++;
		if (i < fields->count)
			continue;
		text_escape_into(key, shown, sizeof(shown));
		return error_set(err, ERROR_PROTOCOL, "\"%s\" is not known here", shown);
	}
	return true;
}

bool fields_read(const struct fields *fields, const json_t *object, void *out, struct error *err)
{
	return read_object(fields, object, true, out, err);
}

bool fields_read_answer(const struct fields *fields, const json_t *object, void *out,
			struct error *err)
{
	return read_object(fields, object, false, out, err);
}

void fields_clear(const struct fields *fields, void *out)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->at[i];
		void *at = member_of(field, out);
		struct elements elements;

		switch (field->kind) {
		case FIELD_SECRET: secret_clear(at); break;
		case FIELD_HEX_BUF: buf_clear(at); break;
		case FIELD_OBJECT: fields_clear(field->of, at); break;
		case FIELD_ARRAY:
		case FIELD_LIST:
			elements = elements_of(field, out);
			for (size_t j = 0; field->of && j < elements.count; j++)
				fields_clear(field->of, elements.at + j * elements.stride);
			if (field->kind == FIELD_LIST) {
				alloc_wiping_free(elements.at);
				*(struct field_list *)at = (struct field_list){.at = NULL};
			}
			break;
		default: break;
		}
	}
}
