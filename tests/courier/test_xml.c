/* SPDX-License-Identifier: MIT */
#include "vault/courier/xml.h"

#include "vault/aws/http.h"
#include "vault/aws/answer_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *parse(const char *text)
{
	json_t *tree;

	if (!xml_parse(text, strlen(text), &tree))
		fail_msg("refused: %.80s", text);
	return tree;
}

static void refuse(const char *text, size_t len)
{
	json_t *tree;

	if (xml_parse(text, len, &tree))
		fail_msg("taken: %.80s", text);
	assert_null(tree);
}

static void elements_become_arrays_and_leaves_become_texts(void **state)
{
	json_t *tree = parse("<?xml version='1.0'?>\n<R xmlns='urn:x'>\n <A>1</A><A> 2\n</A>\n"
			     " <L><member><B>&lt;&#x41;</B></member></L><E/></R>\n");
	json_t *expected = json_loads("{\"R\":[{\"A\":[\"1\",\"2\"],\"L\":[{\"member\":[{\"B\":["
				      "\"<A\"]}]}],\"E\":[\"\"]}]}",
				      0, NULL);

	(void)state;
	assert_true(json_equal(tree, expected));
	json_decref(tree);
	json_decref(expected);
}

static void text_between_elements_comments_and_attributes_are_dropped(void **state)
{
	json_t *tree = parse("<R a='1'>x<!-- y --><A>a<!-- b -->c<![CDATA[<d>]]></A>z<?p q?></R>");

	(void)state;
	assert_string_equal(answer_tree_text(tree, "R/A"), "ac<d>");
	assert_null(answer_tree_text(tree, "R"));
	json_decref(tree);
}

static void what_is_no_document_is_refused(void **state)
{
	static const char *const bad[] = {
	    "",
	    " ",
	    "text",
	    "{\"a\":1}",
	    "<a>",
	    "<a></b>",
	    "<a/><b/>",
	    "<a/>x",
	    "<a>\x01</a>",
	    "<a>\xff</a>",
	    "<a>&undefined;</a>",
	    "<a>&#0;</a>",
	    "<html><body><br></body></html>",
	    "\x1f\x8b\x08",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse(bad[i], strlen(bad[i]));
	refuse("<a>\0</a>", 8);
}

static void a_doctype_is_refused_even_a_harmless_one(void **state)
{
	static const char *const bad[] = {
	    "<!DOCTYPE a><a/>",
	    "<!DOCTYPE a SYSTEM 'file:///etc/hostname'><a/>",
	    "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
	    "<!DOCTYPE a [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'><!ENTITY c '&b;&b;'>]><a>&c;</a>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse(bad[i], strlen(bad[i]));
}

static char *nested(size_t levels)
{
	char *text = malloc(levels * 7 + 1), *at = text;

	assert_non_null(text);
	for (size_t i = 0; i < levels; i++, at += 3)
		memcpy(at, "<a>", 3);
	for (size_t i = 0; i < levels; i++, at += 4)
		memcpy(at, "</a>", 4);
	*at = '\0';
	return text;
}

static void depth_has_a_limit(void **state)
{
	char *text = nested(XML_DEPTH_MAX);

	(void)state;
	json_decref(parse(text));
	free(text);
	text = nested(XML_DEPTH_MAX + 1);
	refuse(text, strlen(text));
	free(text);
	text = nested(20000);
	refuse(text, strlen(text));
	free(text);
}

static char *wide(size_t elements)
{
	char *text = malloc(elements * 4 + 8), *at = text;

	assert_non_null(text);
	memcpy(at, "<r>", 3);
	at += 3;
	for (size_t i = 1; i < elements; i++, at += 4)
		memcpy(at, "<a/>", 4);
	memcpy(at, "</r>", 5);
	return text;
}

static void the_number_of_elements_has_a_limit(void **state)
{
	char *text = wide(XML_ELEMENTS_MAX);
	json_t *tree = parse(text);

	(void)state;
	assert_int_equal(answer_tree_count(tree, "r/a"), XML_ELEMENTS_MAX - 1);
	json_decref(tree);
	free(text);
	text = wide(XML_ELEMENTS_MAX + 1);
	refuse(text, strlen(text));
	free(text);
}

static void long_names_and_long_documents_are_refused(void **state)
{
	static char text[HTTP_BODY_MAX + 64];

	(void)state;
	memset(text, 'n', sizeof(text));
	memcpy(text, "<", 1);
	memcpy(text + 200, "/>", 3);
	refuse(text, strlen(text));
	memset(text, ' ', sizeof(text));
	memcpy(text, "<a/>", 4);
	refuse(text, sizeof(text));
}

static void utf_8_is_the_only_encoding(void **state)
{
	static const char latin_1[] = "<?xml version='1.0' encoding='iso-8859-1'?><a>\xe4</a>";
	static const char utf_16[] = "\xff\xfe<\0a\0/\0>\0";
	json_t *tree = parse("<?xml version='1.0' encoding='UTF-8'?><a>\xc3\xa4</a>");

	(void)state;
	assert_string_equal(answer_tree_text(tree, "a"), "\xc3\xa4");
	json_decref(tree);
	refuse(utf_16, sizeof(utf_16) - 1);
	refuse(latin_1, sizeof(latin_1) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(elements_become_arrays_and_leaves_become_texts),
	    cmocka_unit_test(text_between_elements_comments_and_attributes_are_dropped),
	    cmocka_unit_test(what_is_no_document_is_refused),
	    cmocka_unit_test(a_doctype_is_refused_even_a_harmless_one),
	    cmocka_unit_test(depth_has_a_limit),
	    cmocka_unit_test(the_number_of_elements_has_a_limit),
	    cmocka_unit_test(long_names_and_long_documents_are_refused),
	    cmocka_unit_test(utf_8_is_the_only_encoding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
