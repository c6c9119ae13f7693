/* SPDX-License-Identifier: MIT */
#include "cli/profile/key_mentions.h"

#include "cli/profile/aws_config.h"
#include "cli/ui/say.h"
#include "vault/base/text.h"
#include "vault/format/json.h"

#include <limits.h>
#include <string.h>

static bool mention_add(json_t *out, const char *path, unsigned int line, const char *key,
			struct error *err)
{
	json_t *row = json_object();

	return (json_put_text(row, "file", path, err) &&
		json_put(row, "line", json_integer(line), err) &&
		json_put_text(row, "key", key, err) && json_array_append_new(out, row) == 0) ||
	       error_set(err, ERROR_MEMORY, "out of memory");
}

/* Whether the command is credvault's and the name one of its words, quoted or not. */
static bool command_names(const char *command, const char *name)
{
	static const char blanks[] = " \t\n", quotes[] = "\"'";
	size_t len = strlen(name), width;

	if (!strstr(command, "credvault"))
		return false;
	for (const char *at = command + strspn(command, blanks); *at;
	     at += width + strspn(at + width, blanks)) {
		const char *word = at;
		size_t bare;

		width = bare = strcspn(at, blanks);
		if (bare > 2 && strchr(quotes, *word) && word[bare - 1] == *word) {
			word++;
			bare -= 2;
		}
		if (bare == len && strncmp(word, name, len) == 0)
			return true;
	}
	return false;
}

static bool section_is_profile(const struct ini_section *section, const char *name)
{
	return (section->kind == INI_DEFAULT || section->kind == INI_PROFILE ||
		section->kind == INI_SPACED || section->kind == INI_CREDVAULT) &&
	       strcmp(section->name, name) == 0;
}

static bool mentions_of_section(const struct ini_section *section, const char *path,
				const char *name, json_t *out, struct error *err)
{
	bool elsewhere = false, ok = true;

	for (size_t i = 0; ok && i < section->count; i++) {
		const struct ini_entry *entry = &section->entries[i];
		bool source = strcmp(entry->key, "source_profile") == 0;
		bool process = strcmp(entry->key, "credential_process") == 0;

		if (source ? strcmp(entry->value, name) == 0
			   : process && command_names(entry->value, name))
			ok = mention_add(out, path, entry->line, entry->key, err);
		elsewhere = elsewhere || source || process ||
			    strcmp(entry->key, "aws_access_key_id") == 0;
	}
	return ok && (elsewhere || !section_is_profile(section, name) ||
		      mention_add(out, path, section->line, "profile", err));
}

bool key_mentions_find(const char *name, json_t *out, struct error *err)
{
	struct aws_config config;
	bool ok = aws_config_read(&config, err);

	for (size_t i = 0; ok && i < config.ini.count; i++)
		ok = mentions_of_section(&config.ini.sections[i], config.path, name, out, err);
	for (size_t i = 0; ok && i < config.credentials.count; i++)
		ok = mentions_of_section(&config.credentials.sections[i], config.credentials_path,
					 name, out, err);
	aws_config_clear(&config);
	return ok;
}

void key_mentions_tell(struct cli *cli, const char *name, const char *end, const json_t *mentions)
{
	const json_t *row;
	size_t i;

	json_array_foreach(mentions, i, row)
	{
		char path[PATH_MAX];
		long long line = json_integer_value(json_object_get(row, "line"));

		out_path(json_text_of(row, "file"), path, sizeof(path));
		if (i == 0)
			say_note(cli, "These lines name %s still%s:", name, end);
		say_note(cli, "  %s:%lld   %s", path, line, json_text_of(row, "key"));
	}
}
