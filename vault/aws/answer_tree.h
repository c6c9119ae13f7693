/* SPDX-License-Identifier: MIT */
#ifndef CV_AWS_ANSWER_TREE_H
#define CV_AWS_ANSWER_TREE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * An answer, in XML or JSON, as generic JSON of one shape, whatever the number: an element without
 * child elements is its trimmed text ("" when empty); any other is an object in which each child
 * name stands for the ARRAY of the elements of that name, in order. Of XML, attributes and text
 * beside child elements are gone; of JSON, numbers and booleans are texts, a list is the elements
 * of its name, and null is none.
 *
 *	<R><A>1</A><L><member>x</member></L></R>  ->  {"R":[{"A":["1"],"L":[{"member":["x"]}]}]}
 *	{"R":{"A":1,"L":["x","y"]}}               ->  {"R":[{"A":["1"],"L":["x","y"]}]}
 *
 * Paths are element names joined by '/': "GetUserResponse/GetUserResult/User". Every step but the
 * last must be there exactly once; a repeated element is not silently taken for its first.
 */

/** The element at path, which must be there exactly once; NULL otherwise. Borrowed. */
const json_t *answer_tree_at(const json_t *tree, const char *path);

/**
 * The text of the element at path; NULL where the element is absent, repeated or has children.
 * Borrowed.
 */
const char *answer_tree_text(const json_t *tree, const char *path);

/** How many elements path names (the last step may be repeated); 0 when there is none. */
size_t answer_tree_count(const json_t *tree, const char *path);

/** The i-th element that path names (from 0), NULL beyond the last. Borrowed. */
const json_t *answer_tree_each(const json_t *tree, const char *path, size_t i);

/** Whether the document's root element is `name`. */
bool answer_tree_is(const json_t *tree, const char *name);

#endif
