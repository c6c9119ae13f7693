/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/aws/answer_tree.h"
#include "vault/courier/xml.h"

/* No element without a name, no leaf that is no text: what the tree's readers rely on. */
static void check(const json_t *tree, int depth)
{
	const char *name;
	json_t *list, *child;
	size_t i;

	FUZZ_HOLDS(depth <= XML_DEPTH_MAX + 1);
	FUZZ_HOLDS(json_is_string(tree) || json_is_object(tree));
	json_object_foreach((json_t *)(uintptr_t)tree, name, list)
	{
		FUZZ_HOLDS(name[0] && json_is_array(list) && json_array_size(list) > 0);
		json_array_foreach(list, i, child) check(child, depth + 1);
	}
}

/* An answer's body, from a server or a proxy before it. */
void fuzz_xml(const uint8_t *data, size_t size)
{
	json_t *tree = NULL;

	if (xml_parse((const char *)data, size, &tree)) {
		check(tree, 0);
		(void)answer_tree_text(tree, "ErrorResponse/Error/Code");
		FUZZ_HOLDS(!answer_tree_each(tree, "A/B", answer_tree_count(tree, "A/B")));
	} else {
		FUZZ_HOLDS(!tree);
	}
	json_decref(tree);
}
