/* SPDX-License-Identifier: MIT */
#include "vault/aws/answer_tree.h"

#include <string.h>

enum { NAME_MAX_BYTES = 128 };

/* The array of elements that path names, from the object that holds its last step. */
static const json_t *array_at(const json_t *tree, const char *path)
{
	const json_t *node = tree;

	for (;;) {
		size_t len = strcspn(path, "/");
		char name[NAME_MAX_BYTES];
		const json_t *all;

		if (len == 0 || len >= sizeof(name))
			return NULL;
		memcpy(name, path, len);
		name[len] = '\0';
		all = json_object_get(node, name);
		if (!json_is_array(all) || path[len] == '\0')
			return json_is_array(all) ? all : NULL;
		if (json_array_size(all) != 1)
			return NULL;
		node = json_array_get(all, 0);
		path += len + 1;
	}
}

const json_t *answer_tree_at(const json_t *tree, const char *path)
{
	const json_t *all = array_at(tree, path);

	return json_array_size(all) == 1 ? json_array_get(all, 0) : NULL;
}

const char *answer_tree_text(const json_t *tree, const char *path)
{
	return json_string_value(answer_tree_at(tree, path));
}

size_t answer_tree_count(const json_t *tree, const char *path)
{
	return json_array_size(array_at(tree, path));
}

const json_t *answer_tree_each(const json_t *tree, const char *path, size_t i)
{
	return json_array_get(array_at(tree, path), i);
}

bool answer_tree_is(const json_t *tree, const char *name)
{
	return json_object_size(tree) == 1 && json_array_size(json_object_get(tree, name)) == 1;
}
