/* SPDX-License-Identifier: MIT */
#include "vault/format/ini_header.h"

#include <string.h>

#define IDENTIFIER "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@+/:%-"

bool ini_is_identifier(const char *text)
{
	return text_is_name(text) && text[strspn(text, IDENTIFIER)] == '\0';
}

/* Takes quotes and backslashes off one word, as a shell and the AWS CLI do; false for two words. */
static bool unquote(struct span word, char out[static TEXT_NAME_MAX + 1])
{
	char quote = '\0';
	size_t n = 0;

	for (size_t i = 0; i < word.len; i++) {
		char c = word.at[i], next = i + 1 < word.len ? word.at[i + 1] : '\0';

		if (c == quote && quote) {
			quote = '\0';
			continue;
		}
		if (!quote && (c == '"' || c == '\'')) {
			quote = c;
			continue;
		}
		if (c == '\\' && next && (!quote || (quote == '"' && (next == '"' || next == c))))
			c = word.at[++i];
		else if (!quote && span_is_white(c))
			return false;
		if (n == TEXT_NAME_MAX)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return !quote;
}

/* Several words that no quotes hold together, which would be a name if there were some. */
static bool name_is_loose(struct span rest, char out[static TEXT_NAME_MAX + 1])
{
	if (rest.len > TEXT_NAME_MAX)
		return false;
	memcpy(out, rest.at, rest.len);
	out[rest.len] = '\0';
	return text_is_name(out);
}

static const struct {
	const char *word;
	enum ini_kind kind;
} kinds[] = {{"profile", INI_PROFILE},
	     {"credvault", INI_CREDVAULT},
	     {"sso-session", INI_SSO_SESSION},
	     {"services", INI_SERVICES}};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/*
 * [profile NAME], and the headers that some tools read as such: [profiles NAME] (AWS CLI),
 * [profile.NAME].
 */
static void header_of_config(struct span word, struct span rest, struct ini_header *out)
{
	for (size_t i = 0; i < KINDS && out->kind == INI_OTHER; i++) {
		size_t len = strlen(kinds[i].word);

		if (word.len < len || memcmp(word.at, kinds[i].word, len) != 0)
			continue;
		if (rest.len == 0 && word.len > len && word.at[len] == '.' &&
		    kinds[i].kind != INI_CREDVAULT)
			rest = (struct span){word.at + len + 1, word.len - len - 1};
		else if (rest.len == 0 || (word.len > len && kinds[i].kind != INI_PROFILE))
			continue;
		if (!unquote(rest, out->unquoted)) {
			out->loose = kinds[i].kind == INI_PROFILE &&
				     name_is_loose(rest, out->unquoted);
			return;
		}
		if (!text_is_name(out->unquoted))
			return;
		out->kind = kinds[i].kind;
		out->name = (struct span){out->unquoted, strlen(out->unquoted)};
		out->disputed = word.len > len;
	}
}

void ini_header_read(enum ini_flavour flavour, struct span inner, struct ini_header *out)
{
	struct span word = span_trim(inner), rest;
	bool typed = false;

	*out = (struct ini_header){.kind = INI_OTHER, .name = word};
	if (span_equals(word, "default")) {
		out->kind = INI_DEFAULT;
		return;
	}
	rest = word;
	for (word.len = 0; word.len < rest.len && !span_is_white(rest.at[word.len]);)
		word.len++;
	rest = span_trim((struct span){rest.at + word.len, rest.len - word.len});
	if (flavour == INI_CONFIG) {
		header_of_config(word, rest, out);
		return;
	}
	for (size_t i = 0; i < KINDS; i++)
		typed = typed || (rest.len && span_equals(word, kinds[i].word));
	if (typed || out->name.len > TEXT_NAME_MAX)
		return;
	memcpy(out->unquoted, out->name.at, out->name.len);
	if (ini_is_identifier(out->unquoted))
		out->kind = INI_PROFILE;
	else if (text_is_name(out->unquoted))
		out->kind = INI_SPACED;
}
