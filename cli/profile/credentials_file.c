/* SPDX-License-Identifier: MIT */
#include "cli/profile/credentials_file.h"

#include <string.h>

/* Why a section is no profile here. */
static void item_refuse_header(struct found_key *item, const char *header)
{
	if (strncmp(header, "profile ", 8) == 0 || strncmp(header, "profile\t", 8) == 0)
		found_keys_skip(item, "in this file a header has no \"profile\"");
	else
		found_keys_skip(item, "its name cannot be one here");
}

static bool section_is_of(const struct ini_section *a, const struct ini_section *b)
{
	return a->kind != INI_OTHER && a->kind == b->kind && strcmp(a->name, b->name) == 0;
}

/* SDKs differ in which of two keys of one profile they take. */
static void item_refuse_second_key(struct found_key *item, const struct ini *file,
				   const struct ini_section *of)
{
	const struct ini_entry *first = NULL;

	for (size_t i = 0; i < file->count; i++) {
		const struct ini_section *section = &file->sections[i];

		for (size_t k = 0; section_is_of(section, of) && k < section->count; k++) {
			const struct ini_entry *entry = &section->entries[k];

			if (strcmp(entry->key, "aws_access_key_id") != 0)
				continue;
			if (first && strcmp(first->value, entry->value) != 0)
				found_keys_skip(item, "it has two keys: lines %u and %u",
						first->line, entry->line);
			first = first ? first : entry;
		}
	}
}

static bool credentials_file_add(const struct ini *file, const struct ini_section *section,
				 struct found_keys *out, struct error *err)
{
	const struct ini_problem *problem = section->problem.what ? &section->problem : NULL;
	struct found_text text = {.name = section->name,
				  .line = section->line,
				  .id_called = "aws_access_key_id",
				  .secret_called = "aws_secret_access_key"};
	struct found_key *item;

#define VALUE(key_) ini_get(file, section->kind, section->name, key_, NULL)
	if (section->kind != INI_OTHER) {
		problem = ini_problem(file, section->kind, section->name);
		text.id = VALUE(text.id_called);
		text.secret = VALUE(text.secret_called);
		text.token = VALUE("aws_session_token");
		if (!text.token || !*text.token)
			text.token = VALUE("aws_security_token");
		text.expires = VALUE("expiration");
		if (!text.expires)
			text.expires = VALUE("aws_session_expiration");
		text.mfa_serial = VALUE("mfa_serial");
		text.region = VALUE("region");
	}
#undef VALUE
	if (!found_keys_add(out, &text, &item, err))
		return false;
	if (problem)
		found_keys_skip(item, "line %u: %s", problem->line, problem->what);
	else if (section->kind == INI_OTHER)
		item_refuse_header(item, section->name);
	else
		item_refuse_second_key(item, file, section);
	return true;
}

static bool section_has_key(const struct ini_section *section)
{
	static const char *const keys[] = {"aws_access_key_id", "aws_secret_access_key",
					   "aws_session_token", "aws_security_token"};

	for (size_t i = 0; i < section->count; i++) {
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
			if (strcmp(section->entries[i].key, keys[k]) == 0)
				return true;
		}
	}
	return false;
}

bool credentials_file_read(const struct ini *file, struct found_keys *out, struct error *err)
{
	for (size_t i = 0; i < file->count; i++) {
		const struct ini_section *section = &file->sections[i];
		size_t same = 0;

		/* Several sections of one profile make one key; any other section its own. */
		while (same < i && !(section_is_of(&file->sections[same], section) &&
				     section_has_key(&file->sections[same])))
			same++;
		if (same == i && section_has_key(section) &&
		    !credentials_file_add(file, section, out, err))
			return false;
	}
	return true;
}
