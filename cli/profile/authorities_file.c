/* SPDX-License-Identifier: MIT */
#include "cli/profile/authorities_file.h"

#include "cli/profile/aws_config.h"
#include "cli/ui/say.h"
#include "cli/vault/agent_call.h"
#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/format/digest.h"
#include "vault/wire/tables/msg_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYSTEM_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"

static bool authorities_file_resolve(const char *path, char out[static PEM_PATH_MAX + 1],
				     struct error *err)
{
	char shown[PATH_MAX], *real = realpath(path, NULL);
	int why = errno;
	bool fits = real && strlen(real) <= PEM_PATH_MAX;

	if (fits)
		memcpy(out, real, strlen(real) + 1);
	free(real);
	if (fits)
		return true;
	text_escape_into(path, shown, sizeof(shown));
	if (why == ENOENT)
		return error_set(err, ERROR_NOT_FOUND, "%.300s is not there", shown);
	return error_set_errno(err, ERROR_IO, why, "cannot find %.300s", shown);
}

bool authorities_file_read(const char *path, struct authorities_file *out, struct error *err)
{
	struct buf text = BUF_INIT(PEM_FILE_MAX), system = BUF_INIT(PEM_FILE_MAX);
	struct error unused;
	bool ok;

	*out = (struct authorities_file){.pem = BUF_INIT(PEM_AUTHORITIES_MAX)};
	/* Without the system's list every authority is one that it lacks. */
	if (!file_read(SYSTEM_AUTHORITIES, PEM_FILE_MAX, &system, &unused))
		buf_reset(&system);
	ok = authorities_file_resolve(path, out->path, err) &&
	     file_read(out->path, PEM_FILE_MAX, &text, err) &&
	     pem_lacking(out->path, &text, &system, &out->pem, &out->count, err);
	buf_clear(&text);
	buf_clear(&system);
	return ok;
}

void authorities_file_clear(struct authorities_file *file)
{
	buf_clear(&file->pem);
	*file = AUTHORITIES_FILE_EMPTY;
}

bool authorities_file_seal(struct cli *cli, const struct authorities_file *file, struct error *err)
{
	struct msg_config args = {.lock_on_sleep = true, .given.ca_bundle = true};
	json_t *ok = NULL;
	bool done;

	if (file)
		args.ca_bundle = (struct msg_ca_bundle){file->path, buf_text(&file->pem)};
	done = agent_call(cli, "config", MESSAGE(msg_config, &args), NULL, &ok, err);
	json_decref(ok);
	return done;
}

void authorities_file_tell(struct cli *cli, const struct authorities_file *file)
{
	char shown[PATH_MAX];

	out_path(file->path, shown, sizeof(shown));
	if (file->count == 0) {
		say_note(cli, "The system trusts all authorities of %s; nothing was sealed.",
			 shown);
		return;
	}
	say_note(cli,
		 "%zu %s of %s sealed, and trusted besides the system's. A proxy of theirs sees "
		 "what AWS answers, new keys included.",
		 file->count, file->count == 1 ? "authority" : "authorities", shown);
}

bool authorities_file_differs(const char *path, const char *sha256)
{
	struct authorities_file file;
	char now[DIGEST_HEX_BYTES];
	struct error unused;
	bool differs = false;

	if (authorities_file_read(path, &file, &unused)) {
		digest_sha256_hex(file.pem.data, file.pem.len, now);
		differs = !sha256 || strcmp(now, sha256) != 0;
	}
	authorities_file_clear(&file);
	return differs;
}

/* The file that the environment, or else the profile in the config file, names. */
static bool authorities_file_named(const char *profile, const char **by,
				   char path[static PEM_PATH_MAX + 1])
{
	const char *variable = getenv("AWS_CA_BUNDLE");
	struct aws_config config = AWS_CONFIG_EMPTY;
	const char *name = profile[0] ? profile : getenv("AWS_PROFILE"), *found = NULL;
	struct profile_files files;
	struct error unused;

	*by = "AWS_CA_BUNDLE";
	if (variable && *variable) {
		found = variable;
	} else if (aws_config_read(&config, &unused)) {
		files = aws_config_files(&config);
		*by = "ca_bundle in the config file";
		found = profile_value(&files, name && *name ? name : "default", "ca_bundle", NULL);
	}
	(void)snprintf(path, PEM_PATH_MAX + 1, "%s", found ? found : "");
	aws_config_clear(&config);
	return path[0] != '\0';
}

void authorities_file_explain(struct cli *cli, struct error *err)
{
	struct msg_settings all = {.idle = {.value = NULL}};
	char path[PEM_PATH_MAX + 1], shown[PATH_MAX], why[128];
	const struct msg_setting *sealed = &all.ca_bundle;
	bool absent = true, named, is_sealed;
	struct error unused = ERROR_INIT;
	struct msg_config none = {.lock_on_sleep = true};
	const char *by;
	json_t *ok = NULL;

	if (strcmp(err->hint, ERROR_HINT_AUTHORITY) != 0)
		return;
	named = authorities_file_named(err->profile, &by, path);
	is_sealed = agent_call_if_there(cli, "config", MESSAGE(msg_config, &none), NULL, &absent,
					&ok, &unused) &&
		    !absent && fields_read_answer(&msg_settings, ok, &all, &unused) &&
		    !sealed->is_default;
	if (!named && is_sealed)
		(void)snprintf(path, sizeof(path), "%s", sealed->value);
	text_escape_into(path, shown, sizeof(shown));
	why[0] = '\0';
	if (named && !is_sealed)
		(void)snprintf(why, sizeof(why), "which is not sealed in the vault");
	else if (path[0] && is_sealed && authorities_file_differs(path, sealed->sha256))
		(void)snprintf(why, sizeof(why), "which differs from what is sealed in the vault");
	if (why[0]) {
		text_append(err->message, sizeof(err->message), "; %s %.200s, %s",
			    named ? by : "the vault's file is", shown, why);
		if (named)
			error_detail(err, "A file that is only named is not trusted.");
		out_path_word(path, shown, sizeof(shown));
		(void)error_hint(err, "credvault config ca-bundle %s", shown);
	} else if (is_sealed) {
		error_detail(err, "It is not among the authorities of %.200s that are sealed.",
			     sealed->value);
	} else {
		error_detail(err, "Where a proxy of your company reads along, seal its authority.");
	}
	json_decref(ok);
}
