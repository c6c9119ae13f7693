/* SPDX-License-Identifier: MIT */
#include "vault/format/session_tags.h"

#include "vault/base/text.h"

#include <string.h>
#include <strings.h>

enum { CHARACTER_BYTES = 4 };

bool session_tags_next(const char **rest, struct session_tag *out)
{
	struct span tag = {*rest, strcspn(*rest, ",")};

	if (!**rest)
		return false;
	*rest += tag.len + ((*rest)[tag.len] == ',');
	if (!span_split(tag, &out->key, &out->value))
		*out = (struct session_tag){.key = span_trim(tag), .value = {*rest, 0}};
	return true;
}

/* ASCII as STS has it; of other letters it decides itself. The length is in characters. */
static bool is_text(struct span text, size_t max)
{
	static const char marks[] = " _.:/=+-@";
	char copy[CHARACTER_BYTES * SESSION_TAGS_VALUE_MAX + 1];
	char shown[2 * sizeof(copy)];
	size_t characters = 0;

	if (text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	for (const char *c = copy; *c; c++) {
		bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			     (*c >= '0' && *c <= '9') || strchr(marks, *c);

		if (!plain && !((unsigned char)*c & 0x80))
			return false;
		characters += ((unsigned char)*c & 0xc0) != 0x80;
	}
	text_escape_into(copy, shown, sizeof(shown));
	return characters <= max && strcmp(shown, copy) == 0;
}

/* Whether an earlier tag has the key already, which STS compares without regard to case. */
static bool is_again(const char *text, const struct session_tag *tag)
{
	struct session_tag before;

	while (session_tags_next(&text, &before) && before.key.at < tag->key.at) {
		if (before.key.len == tag->key.len &&
		    strncasecmp(before.key.at, tag->key.at, tag->key.len) == 0)
			return true;
	}
	return false;
}

static bool are_valid(const char *text, bool with_values)
{
	const char *rest = text;
	struct session_tag tag;
	int count = 0;

	while (session_tags_next(&rest, &tag)) {
		bool has_value = memchr(tag.key.at, '=', (size_t)(rest - tag.key.at)) != NULL;

		if (++count > SESSION_TAGS_MAX || tag.key.len == 0 || has_value != with_values ||
		    !is_text(tag.key, SESSION_TAGS_KEY_MAX) ||
		    !is_text(tag.value, SESSION_TAGS_VALUE_MAX) || is_again(text, &tag))
			return false;
	}
	/* A comma at the end says that a tag was forgotten. */
	return count > 0 && rest[-1] != ',';
}

bool session_tags_are_valid(const char *text)
{
	return are_valid(text, true);
}

bool session_tags_are_keys(const char *text)
{
	return are_valid(text, false);
}
