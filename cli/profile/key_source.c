/* SPDX-License-Identifier: MIT */
#include "cli/profile/key_source.h"

#include "cli/profile/aws_vault.h"
#include "cli/profile/credentials_file.h"
#include "cli/profile/key_csv.h"
#include "cli/profile/key_json.h"
#include "cli/ui/say.h"
#include "cli/vault/paths.h"
#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/format/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHOWN = 256 };

/* In the order of enum key_source_kind. */
static const char *const kinds[] = {"credentials", "csv", "json", "env", "aws-vault"};

static bool ends_in(const char *text, const char *end)
{
	size_t n = strlen(text), tail = strlen(end);

	return n > tail && strcasecmp(text + n - tail, end) == 0;
}

bool key_source_choose(const char *from, const char *file, struct key_source *out,
		       struct error *err)
{
	*out = KEY_SOURCE_EMPTY;
	for (size_t i = 0; from && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(from, kinds[i]) == 0)
			out->kind = (enum key_source_kind)i;
	}
	if (!from && file)
		out->kind = ends_in(file, ".csv")    ? KEY_SOURCE_CSV
			    : ends_in(file, ".json") ? KEY_SOURCE_JSON
						     : KEY_SOURCE_CREDENTIALS;
	if (out->kind == KEY_SOURCE_ENVIRONMENT || out->kind == KEY_SOURCE_AWS_VAULT)
		return !file || error_set(err, ERROR_USAGE, "--from %s reads no file", from);
	if (!file && out->kind != KEY_SOURCE_CREDENTIALS) {
		error_set(err, ERROR_USAGE, "--from %s wants a FILE, or - for standard input",
			  from);
		return error_hint(err, "credvault import FILE --from %s", from);
	}
	if (!file)
		return paths_aws_credentials(out->path, err);
	out->from_stdin = strcmp(file, "-") == 0;
	return snprintf(out->path, PATH_MAX, "%s", out->from_stdin ? "standard input" : file) <
		   PATH_MAX ||
	       error_set(err, ERROR_USAGE, "the path is too long");
}

/* The error for a file without a key: a part that cannot be read is the likely reason. */
static bool source_no_key(const struct key_source *source, struct error *err)
{
	const struct ini *file = &source->ini;
	const struct ini_problem *problem = file->stray.what ? &file->stray : NULL;

	for (size_t i = 0; !problem && i < file->count; i++) {
		if (file->sections[i].problem.what)
			problem = &file->sections[i].problem;
	}
	if (problem)
		return ini_problem_tell(problem, source->path, err);
	return error_set(err, ERROR_NOT_FOUND, "there is no access key %s",
			 source->kind == KEY_SOURCE_AWS_VAULT ? "in aws-vault" : "in that file");
}

static bool source_read_json(const struct key_source *source, const struct buf *text,
			     struct found_keys *keys, struct error *err)
{
	char shown[SHOWN];
	json_t *value = NULL;
	struct error why;
	bool ok = json_parse(buf_text(text), text->len, INI_FILE_MAX, &value, &why);

	text_escape_into(source->path, shown, sizeof(shown));
	ok = ok ? key_json_read(source->path, value, keys, err)
		: error_set(err, ERROR_FAILED, "%s: %s", shown, why.message);
	json_decref(value);
	return ok;
}

static bool source_read_file(struct key_source *source, struct found_keys *keys, struct error *err)
{
	struct buf text = BUF_INIT(INI_FILE_MAX);
	bool ok = source->from_stdin ? file_read_fd(STDIN_FILENO, INI_FILE_MAX, &text, err)
				     : file_read(source->path, INI_FILE_MAX, &text, err);

	if (ok && source->kind == KEY_SOURCE_CSV)
		ok = key_csv_read(source->path, buf_text(&text), text.len, keys, err);
	else if (ok && source->kind == KEY_SOURCE_JSON)
		ok = source_read_json(source, &text, keys, err);
	else if (ok)
		ok = ini_parse(source->path, INI_CREDENTIALS, buf_text(&text), text.len,
			       &source->ini, err) &&
		     credentials_file_read(&source->ini, keys, err);
	buf_clear(&text);
	return ok;
}

static bool source_read_environment(struct found_keys *keys, struct error *err)
{
	const struct found_text text = {.id = getenv("AWS_ACCESS_KEY_ID"),
					.secret = getenv("AWS_SECRET_ACCESS_KEY"),
					.token = getenv("AWS_SESSION_TOKEN"),
					.expires = getenv("AWS_CREDENTIAL_EXPIRATION"),
					.id_called = "AWS_ACCESS_KEY_ID",
					.secret_called = "AWS_SECRET_ACCESS_KEY"};

	if (!text.id && !text.secret)
		return error_set(err, ERROR_NOT_FOUND,
				 "the environment has no AWS_ACCESS_KEY_ID and no "
				 "AWS_SECRET_ACCESS_KEY");
	if (!keys->name) {
		error_set(err, ERROR_USAGE, "a key of the environment has no name");
		return error_hint(err, "credvault import --from env --name NAME");
	}
	return found_keys_add(keys, &text, NULL, err);
}

bool key_source_read(struct cli *cli, struct key_source *source, struct found_keys *keys,
		     struct error *err)
{
	bool ok;

	switch (source->kind) {
	case KEY_SOURCE_ENVIRONMENT: ok = source_read_environment(keys, err); break;
	case KEY_SOURCE_AWS_VAULT: ok = aws_vault_read(cli, keys, err); break;
	default: ok = source_read_file(source, keys, err); break;
	}
	return ok && (keys->count > 0 || source_no_key(source, err));
}

void key_source_warn(struct cli *cli, const struct key_source *source)
{
	char word[SHOWN];
	struct error stray;
	struct stat st;

	if (source->ini.stray.what) {
		ini_problem_tell(&source->ini.stray, source->path, &stray);
		say_note(cli, "%s", stray.message);
	}
	if (source->path[0] && !source->from_stdin && stat(source->path, &st) == 0 &&
	    (st.st_mode & 077) != 0) {
		out_path_word(source->path, word, sizeof(word));
		say_note(cli, "Others on this machine can read it:   chmod 600 %s", word);
	}
}

void key_source_clear(struct key_source *source)
{
	ini_clear(&source->ini);
}
