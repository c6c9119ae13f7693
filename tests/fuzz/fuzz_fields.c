/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/format/fields.h"

#include "vault/base/secret.h"
#include "vault/format/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A table with one of each kind. */
struct part {
	char word[8];
	int64_t number;
};

struct whole {
	const char *text;
	struct secret secret;
	unsigned char hex[4];
	struct buf bytes;
	bool flag, part_given, text_given;
	int64_t number, at;
	uint32_t choice;
	struct part part;
	size_t count;
	struct part parts[4];
	struct field_list texts, more;
	struct field_raw raw;
};

static const char *const choices[] = {NULL, "a", "b"};

static const struct field part_fields[] = {
    FIELD("w", CHARS, NEEDED, struct part, word),
    FIELD("n", NUMBER, NULLABLE, struct part, number, FIELD_RANGE(-9, 9)),
};
static const struct fields part_table = FIELDS(part_fields);

static const struct field whole_fields[] = {
    FIELD("t", TEXT, OPTIONAL, struct whole, text, .max = 64,
	  FIELD_GIVEN(struct whole, text_given)),
    FIELD("s", SECRET, OPTIONAL, struct whole, secret, .max = 32),
    FIELD("h", HEX, ALWAYS, struct whole, hex),
    FIELD("b", HEX_BUF, NULLABLE, struct whole, bytes, .max = 16),
    FIELD("f", FLAG, ALWAYS, struct whole, flag),
    FIELD("n", NUMBER, NULLABLE, struct whole, number, FIELD_RANGE(0, INT64_MAX), .none = -1),
    FIELD("a", TIME, NULLABLE, struct whole, at),
    FIELD("c", WORD, NULLABLE, struct whole, choice, FIELD_WORDS(choices)),
    FIELD("o", OBJECT, NULLABLE, struct whole, part, .of = &part_table,
	  FIELD_GIVEN(struct whole, part_given)),
    FIELD("p", ARRAY, ALWAYS, struct whole, parts, .of = &part_table,
	  FIELD_ELEMENTS(struct whole, parts, count)),
    FIELD("l", LIST, ALWAYS, struct whole, texts, FIELD_TEXTS(8, 16)),
    FIELD("m", LIST, OPTIONAL, struct whole, more, FIELD_STRUCTS(part_table, struct part, 8)),
    FIELD("r", RAW, OPTIONAL, struct whole, raw),
};
static const struct fields whole_table = FIELDS(whole_fields);

static const struct json_bounds bounds = {
    .bytes = 65536, .depth = 8, .members = 64, .containers = 64, .values = 512, .text = 4096};

static size_t depth_of(const json_t *value)
{
	size_t most = 0, at, i;
	const char *key;
	json_t *inner;

	json_object_foreach((json_t *)(uintptr_t)value, key, inner)
	{
		at = depth_of(inner);
		most = at > most ? at : most;
	}
	json_array_foreach(value, i, inner)
	{
		at = depth_of(inner);
		most = at > most ? at : most;
	}
	return most + (json_is_object(value) || json_is_array(value));
}

static size_t values_of(const json_t *value)
{
	size_t count = 1, i;
	const char *key;
	json_t *inner;

	json_object_foreach((json_t *)(uintptr_t)value, key, inner) count += values_of(inner);
	json_array_foreach(value, i, inner) count += values_of(inner);
	return count;
}

/* What was read is written so that it reads as the same again, and nothing exceeds its bounds. */
void fuzz_fields(const uint8_t *data, size_t size)
{
	struct whole once = {.text = NULL}, twice = {.text = NULL};
	struct error err = ERROR_INIT;
	json_t *value, *written, *again = NULL;
	static bool open;

	if (!open && !secret_open(true, &err))
		abort();
	if (!open)
		json_open();
	open = true;
	if (!json_parse_within(&bounds, (const char *)data, size, &value, &err))
		return;
	if (depth_of(value) > bounds.depth || values_of(value) > bounds.values)
		abort();
	if (fields_read(&whole_table, value, &once, &err)) {
		if (!fields_to_json(&whole_table, &once, &written, &err) ||
		    !fields_read(&whole_table, written, &twice, &err) ||
		    !fields_to_json(&whole_table, &twice, &again, &err) ||
		    !json_equal(written, again))
			abort();
		fields_clear(&whole_table, &twice);
		json_decref(written);
		json_decref(again);
	}
	fields_clear(&whole_table, &once);
	json_decref(value);
}
