/* SPDX-License-Identifier: MIT */
#include "cli/setup/setup_edit.h"

#include "cli/setup/process_line.h"
#include "vault/format/json.h"

#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = PROCESS_LINE_BYTES + 32, HEADER_BYTES = TEXT_NAME_MAX + 32 };

/* The edit of one profile. */
struct profile_edit {
	struct setup_plan *plan;
	struct setup_profile *profile;
	char value[PROCESS_LINE_BYTES]; /* of credential_process */
	struct buf moved;		/* role lines */
	struct buf *tail;		/* new sections for the end of the config file */
};

/* "[profile NAME]": a name of several words stands in quotes. */
static void header_make(const char *word, const char *name, char out[static HEADER_BYTES])
{
	if (strcmp(word, "profile") == 0 && strcmp(name, "default") == 0)
		(void)snprintf(out, HEADER_BYTES, "[default]\n");
	else
		(void)snprintf(out, HEADER_BYTES, strchr(name, ' ') ? "[%s \"%s\"]\n" : "[%s %s]\n",
			       word, name);
}

/* Whether this is the line whose value holds, and is to be kept where credvault reads it. */
static bool role_line_holds(const struct profile_edit *edit, const struct setup_file *file,
			    const struct ini_entry *entry)
{
	const struct profile_files files = setup_plan_files(edit->plan);
	struct profile_line where;

	return profile_value(&files, edit->profile->name, entry->key, &where) &&
	       where.path == file->given && where.line == entry->line;
}

/* Keeps a setting for [credvault NAME], without its indent. */
static bool role_line_keep(struct profile_edit *edit, const struct setup_file *file,
			   const struct ini_entry *entry, struct error *err)
{
	struct span setting = ini_edit_setting(&file->edit, entry->line);
	const char *bom = "\xef\xbb\xbf";

	if (setting.len >= 3 && memcmp(setting.at, bom, 3) == 0)
		setting = (struct span){setting.at + 3, setting.len - 3};
	while (setting.len && (setting.at[0] == ' ' || setting.at[0] == '\t'))
		setting = (struct span){setting.at + 1, setting.len - 1};
	return buf_append(&edit->moved, setting.at, setting.len, err) &&
	       (setting.at[setting.len - 1] == '\n' || buf_append(&edit->moved, "\n", 1, err));
}

/* What happens to one setting of the profile; *gone where it is taken out. */
static bool edit_setting(struct profile_edit *edit, struct setup_file *file,
			 const struct ini_entry *entry, bool *gone, struct error *err)
{
	bool id;

	*gone = true;
	if (setup_plan_is_key(entry->key, &id) && entry->value[0]) {
		edit->profile->changes = true;
		return setup_file_drop_secret(file, entry->line, edit->profile->name, id, err);
	}
	if (edit->profile->moves_role && setup_plan_is_role_key(entry->key)) {
		if (role_line_holds(edit, file, entry) && !role_line_keep(edit, file, entry, err))
			return false;
	} else if (strcmp(entry->key, "credential_process") == 0) {
		*gone = strcmp(entry->value, edit->value) != 0;
	} else {
		*gone = setup_plan_is_key(entry->key, &id) || setup_plan_is_token(entry->key);
	}
	if (*gone)
		ini_edit_drop(&file->edit, entry->line);
	edit->profile->changes = edit->profile->changes || *gone;
	return true;
}

/* Edits one section of the profile; with `put` it gets the process line. */
static bool edit_section(struct profile_edit *edit, struct setup_file *file,
			 const struct ini_section *section, bool put, struct error *err)
{
	unsigned int first = 0, like = 0;
	char line[LINE_BYTES];
	bool has = false, gone;

	for (size_t i = 0; i < section->count; i++) {
		const struct ini_entry *entry = &section->entries[i];

		if (!edit_setting(edit, file, entry, &gone, err))
			return false;
		has = has || (!gone && strcmp(entry->key, "credential_process") == 0);
		if (gone && (!first || entry->line < first))
			first = entry->line;
		like = entry->line;
	}
	if (has || !put)
		return true;
	edit->profile->changes = true;
	(void)snprintf(line, sizeof(line), "credential_process = %s\n", edit->value);
	return first ? ini_edit_put(&file->edit, first, first, line, strlen(line), err)
		     : ini_edit_put(&file->edit, ini_edit_end(&file->edit, &file->ini, section),
				    like, line, strlen(line), err);
}

/* Edits all sections of the profile in a file. *last is one behind which its next may stand. */
static bool edit_file(struct profile_edit *edit, struct setup_file *file,
		      const struct ini_section **last, struct error *err)
{
	static const enum ini_kind kinds[] = {INI_DEFAULT, INI_PROFILE, INI_SPACED};

	*last = NULL;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		size_t count;
		struct ini_section *const *sections = ini_find(&file->ini, kinds[k],
							       edit->profile->name, &count);
		/* [default] and [profile default]: each is the profile to some tool. */
		bool put = true;

		for (size_t i = 0; i < count; i++) {
			if (sections[i]->unread)
				continue;
			if (!edit_section(edit, file, sections[i], put, err))
				return false;
			put = false;
			if (!*last || sections[i]->line > (*last)->line)
				*last = sections[i];
		}
	}
	return true;
}

/* The profile's [credvault NAME]; NULL: it has none. */
static const struct ini_section *credvault_section(const struct ini *ini, const char *name)
{
	size_t count;
	struct ini_section *const *sections = ini_find(ini, INI_CREDVAULT, name, &count);

	for (size_t i = 0; i < count; i++) {
		if (!sections[i]->unread)
			return sections[i];
	}
	return NULL;
}

/* Puts the profile's role lines where credvault alone reads them. `own` is its section. */
static bool edit_put_roles(struct profile_edit *edit, const struct ini_section *own,
			   struct error *err)
{
	struct setup_file *file = &edit->plan->config;
	const struct ini_section *there = credvault_section(&file->ini, edit->profile->name);
	struct buf section = BUF_INIT(INI_FILE_MAX);
	char header[HEADER_BYTES];
	bool ok;

	if (edit->moved.len == 0)
		return true;
	if (there)
		return ini_edit_put(&file->edit, ini_edit_end(&file->edit, &file->ini, there),
				    there->count ? there->entries[there->count - 1].line : 0,
				    edit->moved.data, edit->moved.len, err);
	header_make("credvault", edit->profile->name, header);
	ok = buf_append(&section, "\n", 1, err) && buf_text_append(&section, header, err) &&
	     buf_append(&section, edit->moved.data, edit->moved.len, err);
	if (ok && own)
		ok = ini_edit_put(&file->edit, ini_edit_end(&file->edit, &file->ini, own), 0,
				  section.data, section.len, err);
	else if (ok)
		ok = buf_append(edit->tail, section.data, section.len, err);
	buf_clear(&section);
	return ok;
}

static bool edit_profile(struct profile_edit *edit, struct error *err)
{
	const struct ini_section *own, *other;
	char header[HEADER_BYTES];

	process_line_make(edit->plan->program, edit->profile->name, edit->value);
	if (!edit_file(edit, &edit->plan->config, &own, err) ||
	    !edit_file(edit, &edit->plan->credentials, &other, err))
		return false;
	if (!own) {
		edit->profile->changes = true;
		header_make("profile", edit->profile->name, header);
		if (!buf_printf(edit->tail, err, "\n%scredential_process = %s\n", header,
				edit->value))
			return false;
	}
	return edit_put_roles(edit, own, err);
}

/* Puts the new sections behind all others, parted from them by one blank line. */
static bool edit_put_tail(struct setup_file *file, const struct buf *tail, struct error *err)
{
	const struct ini_edit *edit = &file->edit;
	size_t lines = edit->count, skip = 0;
	struct span last = {.at = NULL};

	if (tail->len == 0)
		return true;
	if (lines)
		last = span_trim((struct span){edit->text.at + edit->lines[lines - 1],
					       edit->lines[lines] - edit->lines[lines - 1]});
	/* span_trim() knows no '\n'. */
	if (lines == 0 || (last.len == 1 && last.at[0] == '\n'))
		skip = 1;
	return ini_edit_put(&file->edit, (unsigned int)lines + 1, 0, tail->data + skip,
			    tail->len - skip, err);
}

/* The profile's way to its credentials as JSON; NULL where it has none. The caller's. */
static json_t *way_of(const struct profile_files *files, const char *name)
{
	struct profile way;
	json_t *object = NULL;
	struct error why;

	return profile_resolve(files, name, &way, &why) && plan_to_json(&way.plan, &object, &why)
		   ? object
		   : NULL;
}

/* Checks one profile of the new texts against the old ones. */
static bool check_profile(const struct setup_plan *plan, const struct profile_files *after,
			  const struct setup_profile *profile, struct error *err)
{
	const struct profile_files before = setup_plan_files(plan);
	json_t *was = way_of(&before, profile->name), *is = way_of(after, profile->name);
	char value[PROCESS_LINE_BYTES];
	const char *process = profile_value(after, profile->name, "credential_process", NULL);
	bool same = json_equal(was, is) && process;

	json_decref(was);
	json_decref(is);
	process_line_make(plan->program, profile->name, value);
	if (same && strcmp(process, value) == 0)
		return true;
	error_set(err, ERROR_FAILED, "the profile would not lead to the same credentials then");
	error_detail(err, "Nothing was changed. Something in its lines is read differently by "
			  "tools.");
	return error_profile(err, profile->name);
}

static bool edit_check(const struct setup_plan *plan, struct error *err)
{
	struct ini config = INI_EMPTY, credentials = INI_EMPTY;
	const struct profile_files after = {.config = &config,
					    .credentials = &credentials,
					    .config_path = plan->config.given,
					    .credentials_path = plan->credentials.given};
	bool ok = ini_parse(plan->config.given, INI_CONFIG, buf_text(&plan->config.after),
			    plan->config.after.len, &config, err) &&
		  ini_parse(plan->credentials.given, INI_CREDENTIALS,
			    buf_text(&plan->credentials.after), plan->credentials.after.len,
			    &credentials, err);

	for (size_t i = 0; ok && i < plan->count; i++) {
		if (plan->profiles[i].will != SETUP_KEEP)
			ok = check_profile(plan, &after, &plan->profiles[i], err);
	}
	ini_clear(&config);
	ini_clear(&credentials);
	return ok;
}

bool setup_edit_make(struct setup_plan *plan, struct error *err)
{
	struct buf tail = BUF_INIT(SETUP_FILE_MAX);
	bool ok = setup_file_reset(&plan->config, err) && setup_file_reset(&plan->credentials, err);

	for (size_t i = 0; ok && i < plan->count; i++) {
		struct profile_edit edit = {.plan = plan,
					    .profile = &plan->profiles[i],
					    .moved = BUF_INIT(INI_FILE_MAX),
					    .tail = &tail};

		plan->profiles[i].changes = false;
		if (plan->profiles[i].will == SETUP_KEEP)
			continue;
		ok = edit_profile(&edit, err);
		buf_clear(&edit.moved);
	}
	ok = ok && edit_put_tail(&plan->config, &tail, err) &&
	     setup_file_finish(&plan->config, err) && setup_file_finish(&plan->credentials, err) &&
	     edit_check(plan, err);
	for (size_t i = 0; ok && i < plan->count; i++) {
		struct setup_profile *profile = &plan->profiles[i];

		if (profile->will == SETUP_KEEP || profile->changes)
			continue;
		profile->will = SETUP_KEEP;
		(void)snprintf(profile->why, sizeof(profile->why), "it is set up already");
	}
	buf_clear(&tail);
	return ok;
}
