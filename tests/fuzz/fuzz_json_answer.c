/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/aws/answer_tree.h"
#include "vault/courier/json_answer.h"

/* An answer's body, from a server or a proxy before it. */
void fuzz_json_answer(const uint8_t *data, size_t size)
{
	json_t *tree = NULL;

	if (json_answer_parse((const char *)data, size, &tree)) {
		FUZZ_HOLDS(json_is_object(tree));
		(void)answer_tree_text(tree, "error/message");
		FUZZ_HOLDS(!answer_tree_each(tree, "a/b", answer_tree_count(tree, "a/b")));
	} else {
		FUZZ_HOLDS(!tree);
	}
	json_decref(tree);
}
