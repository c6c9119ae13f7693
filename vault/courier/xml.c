/* SPDX-License-Identifier: MIT */
#include "vault/courier/xml.h"

#include "vault/aws/http.h"
#include "vault/base/alloc.h"
#include "vault/base/buf.h"

#include <expat.h>
#include <string.h>

/* An element that is open: its children so far (NULL for none) or its text. */
struct open_element {
	json_t *children;
	struct buf text;
};

struct builder {
	XML_Parser parser;
	struct open_element stack[XML_DEPTH_MAX + 1]; /* [0] is the document */
	size_t depth;
	size_t elements;
	bool refused;
};

static void refuse(struct builder *builder)
{
	builder->refused = true;
	(void)XML_StopParser(builder->parser, XML_FALSE);
}

static void XMLCALL on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
	struct builder *builder = ctx;
	struct open_element *parent = &builder->stack[builder->depth];

	(void)attributes;
	if (builder->refused)
		return;
	if (!parent->children)
		parent->children = json_object();
	if (builder->depth == XML_DEPTH_MAX || builder->elements == XML_ELEMENTS_MAX ||
	    strlen(name) > XML_NAME_MAX || !parent->children) {
		refuse(builder);
		return;
	}
	buf_clear(&parent->text);
	builder->elements++;
	builder->depth++;
	builder->stack[builder->depth] = (struct open_element){.text = BUF_INIT(HTTP_BODY_MAX)};
}

static void XMLCALL on_text(void *ctx, const XML_Char *text, int len)
{
	struct builder *builder = ctx;
	struct open_element *element = &builder->stack[builder->depth];
	struct error err;

	if (builder->refused || element->children)
		return;
	if (!buf_append(&element->text, text, (size_t)len, &err))
		refuse(builder);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static json_t *trimmed(const struct buf *text)
{
	size_t from = 0, to = text->len;

	while (from < to && is_space(text->data[from]))
		from++;
	while (to > from && is_space(text->data[to - 1]))
		to--;
	return json_stringn(buf_text(text) + from, to - from);
}

/* Adds value (taken over) to the array of the elements of that name. */
static bool add(json_t *parent, const char *name, json_t *value)
{
	json_t *all = json_object_get(parent, name);

	if (!all) {
		all = json_array();
		if (json_object_set_new(parent, name, all) != 0) {
			json_decref(value);
			return false;
		}
	}
	return json_array_append_new(all, value) == 0;
}

static void XMLCALL on_end(void *ctx, const XML_Char *name)
{
	struct builder *builder = ctx;
	struct open_element *element = &builder->stack[builder->depth];
	json_t *value;

	if (builder->refused)
		return;
	value = element->children ? element->children : trimmed(&element->text);
	element->children = NULL;
	buf_clear(&element->text);
	builder->depth--;
	if (!add(builder->stack[builder->depth].children, name, value))
		refuse(builder);
}

static void XMLCALL on_doctype(void *ctx, const XML_Char *name, const XML_Char *system,
			       const XML_Char *public_id, int has_internal)
{
	(void)name;
	(void)system;
	(void)public_id;
	(void)has_internal;
	refuse(ctx);
}

bool xml_parse(const char *data, size_t len, json_t **tree)
{
	static const XML_Memory_Handling_Suite memory = {alloc_wiping_malloc, alloc_wiping_realloc,
							 alloc_wiping_free};
	struct builder builder = {.elements = 0};
	bool ok;

	*tree = NULL;
	builder.parser = XML_ParserCreate_MM("UTF-8", &memory, NULL);
	if (!builder.parser)
		return false;
	XML_SetUserData(builder.parser, &builder);
	XML_SetElementHandler(builder.parser, on_start, on_end);
	XML_SetCharacterDataHandler(builder.parser, on_text);
	XML_SetStartDoctypeDeclHandler(builder.parser, on_doctype);
	/*
	 * expat accepts UTF-16 with a byte order mark whatever encoding is set; UTF-16 contains
	 * NULs.
	 */
	ok = len <= HTTP_BODY_MAX && !memchr(data, '\0', len) &&
	     XML_Parse(builder.parser, data, (int)len, XML_TRUE) == XML_STATUS_OK &&
	     !builder.refused;
	if (ok) {
		*tree = builder.stack[0].children;
		builder.stack[0].children = NULL;
	}
	for (size_t i = 0; i <= builder.depth; i++) {
		json_decref(builder.stack[i].children);
		buf_clear(&builder.stack[i].text);
	}
	XML_ParserFree(builder.parser);
	return ok;
}
