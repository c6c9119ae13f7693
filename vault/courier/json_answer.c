/* SPDX-License-Identifier: MIT */
#include "vault/courier/json_answer.h"

#include "vault/aws/http.h"
#include "vault/format/json.h"

#include <stdio.h>
#include <string.h>

enum { NUMBER_BYTES = 32 };

static json_t *node_of(const json_t *value);

/* A whole number as the text that XML would have. A fraction (AWS's times may have one) is cut. */
static json_t *number_text(const json_t *value)
{
	char text[NUMBER_BYTES];
	double real = json_number_value(value);

	if (json_is_integer(value))
		(void)snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
	else if (real > -9e15 && real < 9e15)
		(void)snprintf(text, sizeof(text), "%lld", (long long)real);
	else
		return NULL;
	return json_string(text);
}

/* The elements of one name: a list's members, or the single value; null gives no elements. */
static json_t *elements_of(const json_t *value)
{
	json_t *all = json_array();
	size_t count = json_is_array(value) ? json_array_size(value) : !json_is_null(value);

	for (size_t i = 0; all && i < count; i++) {
		json_t *node = node_of(json_is_array(value) ? json_array_get(value, i) : value);

		if (!node || json_array_append_new(all, node) != 0) {
			json_decref(all);
			all = NULL;
		}
	}
	return all;
}

static json_t *object_of(const json_t *value)
{
	json_t *node = json_object(), *member;
	const char *name;

	json_object_foreach((json_t *)value, name, member)
	{
		json_t *all = strlen(name) <= JSON_ANSWER_NAME_MAX ? elements_of(member) : NULL;

		if (!all || json_object_set_new(node, name, all) != 0) {
			json_decref(node);
			return NULL;
		}
	}
	return node;
}

static json_t *node_of(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING: return json_string(json_string_value(value));
	case JSON_INTEGER:
	case JSON_REAL: return number_text(value);
	case JSON_TRUE: return json_string("true");
	case JSON_FALSE: return json_string("false");
	case JSON_OBJECT: return object_of(value);
	/* AWS never answers with a list or a null inside a list. */
	case JSON_ARRAY:
	case JSON_NULL: break;
	}
	return NULL;
}

bool json_answer_parse(const char *data, size_t len, json_t **tree)
{
	static const struct json_bounds bounds = {.bytes = HTTP_BODY_MAX,
						  .depth = JSON_ANSWER_DEPTH_MAX,
						  .members = JSON_ANSWER_VALUES_MAX,
						  .containers = JSON_ANSWER_VALUES_MAX,
						  .values = JSON_ANSWER_VALUES_MAX,
						  .text = HTTP_BODY_MAX};
	json_t *value = NULL;
	struct error err;

	*tree = NULL;
	if (json_parse_within(&bounds, data, len, &value, &err) && json_is_object(value))
		*tree = object_of(value);
	json_decref(value);
	return *tree != NULL;
}
