/* SPDX-License-Identifier: MIT */
#include "cli/doctor/checks.h"

#include "vault/base/file.h"
#include "vault/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHOWN = 140, PLACE = 300, MOST = 30 };

/* A setting of a profile, and where it stands. */
struct setting {
	const char *value; /* NULL: it is not there */
	unsigned int line;
	bool in_credentials;
};

/* One profile as the AWS files have it. */
struct seen {
	const char *name;
	char shown[SHOWN];
	struct setting process, role, config_key, credentials_key;
};

static struct setting setting_of(const struct ini *ini, bool in_credentials, const char *name,
				 const char *key)
{
	struct setting setting = {.in_credentials = in_credentials};

	setting.value = ini_get(ini, INI_PROFILE, name, key, &setting.line);
	return setting;
}

static struct setting setting_of_either(const struct aws_config *config, const char *name,
					const char *key)
{
	struct setting setting = setting_of(&config->ini, false, name, key);

	return setting.value ? setting : setting_of(&config->credentials, true, name, key);
}

static bool ini_has(const struct ini *ini, const char *name)
{
	for (size_t i = 0; i < ini->count; i++) {
		const struct ini_section *section = &ini->sections[i];

		if ((section->kind == INI_PROFILE || section->kind == INI_DEFAULT) &&
		    strcmp(section->name, name) == 0)
			return true;
	}
	return false;
}

/* "~/.aws/config:12" */
static void place_of(const struct aws_config *config, const struct setting *setting,
		     char out[static PLACE])
{
	char shown[PLACE - 16];

	out_path(setting->in_credentials ? config->credentials_path : config->path, shown,
		 sizeof(shown));
	(void)snprintf(out, PLACE, "%s:%u", shown, setting->line);
}

/* What a process line says that SDKs run differently: some by a shell, some without one. */
static void process_look(struct doctor *doctor, const struct seen *seen)
{
	const char *line = seen->process.value, *start = line + strspn(line, " \t");
	char quote = *start == '"' || *start == '\'' ? *start : '\0', program[PATH_MAX];
	const char *from = start + (quote != '\0');
	char stop[] = {quote ? quote : ' ', '\t', '\0'}, place[PLACE], shown[SHOWN];
	struct stat ours, found;

	place_of(&doctor->config, &seen->process, place);
	(void)snprintf(program, sizeof(program), "%.*s", (int)strcspn(from, stop), from);
	text_escape_into(program, shown, sizeof(shown));
	if (strpbrk(line, "$~|;&<>`") || strstr(line, " #"))
		doctor_say(doctor, DOCTOR_WARN, NULL,
			   "%s: the process line of %s has a character for a shell: the AWS CLI "
			   "and boto3 run it without one",
			   place, seen->shown);
	else if (program[0] != '/')
		doctor_say(doctor, DOCTOR_NOTE, NULL,
			   "%s: %s is found by each program's own $PATH; name it whole", place,
			   shown);
	else if (access(program, X_OK) != 0)
		doctor_say(doctor, DOCTOR_BAD, NULL,
			   "%s: %s is not there, or cannot be executed: every program that uses "
			   "%s fails",
			   place, shown, seen->shown);
	else if (strcmp(file_name(program), "credvault") == 0 && stat(program, &found) == 0 &&
		 stat("/proc/self/exe", &ours) == 0 &&
		 (found.st_dev != ours.st_dev || found.st_ino != ours.st_ino))
		doctor_say(doctor, DOCTOR_NOTE, NULL, "%s: %s is not the program that runs now",
			   place, shown);
}

static void profile_look(struct doctor *doctor, const struct seen *seen)
{
	const struct setting *key = seen->credentials_key.value ? &seen->credentials_key
								: &seen->config_key;
	char place[PLACE];

	if (key->value && seen->process.value) {
		place_of(&doctor->config, key, place);
		doctor_say(doctor, DOCTOR_WARN, "credvault setup",
			   "%s: the key there outranks the credential_process of %s in most SDKs",
			   place, seen->shown);
	} else if (key->value && seen->role.value) {
		place_of(&doctor->config, key, place);
		doctor_say(doctor, DOCTOR_NOTE, NULL,
			   "%s: %s has a key beside its role: some SDKs use the key", place,
			   seen->shown);
	}
	if (seen->role.value && seen->process.value) {
		place_of(&doctor->config, &seen->role, place);
		doctor_say(doctor, DOCTOR_WARN, "credvault setup",
			   "%s: %s has role_arn and credential_process: the SDK for JavaScript 3 "
			   "fails, boto3 asks for a code; the role belongs into [credvault %s]",
			   place, seen->shown, seen->shown);
	}
	if (seen->process.value)
		process_look(doctor, seen);
	if (seen->process.value && seen->process.in_credentials) {
		place_of(&doctor->config, &seen->process, place);
		doctor_say(doctor, DOCTOR_NOTE, NULL,
			   "%s: the C++ and Swift SDKs read credential_process from the config "
			   "file alone",
			   place);
	}
}

static void sdks_look(struct doctor *doctor)
{
	const struct aws_config *config = &doctor->config;
	const char *load = getenv("AWS_SDK_LOAD_CONFIG"), **names = NULL;
	size_t count = 0, before = doctor->count, only_config = 0;
	struct error why;

	if (doctor->config_why.code != ERROR_NONE ||
	    !aws_config_names(config, &names, &count, &why)) {
		doctor_say(doctor, DOCTOR_NOTE, NULL, "not looked at: the AWS files do not read");
		return;
	}
	for (size_t i = 0; i < count && doctor->count - before < MOST; i++) {
		struct seen seen = {.name = names[i]};

		text_escape_into(names[i], seen.shown, sizeof(seen.shown));
		seen.process = setting_of_either(config, names[i], "credential_process");
		seen.role = setting_of_either(config, names[i], "role_arn");
		seen.config_key = setting_of(&config->ini, false, names[i], "aws_access_key_id");
		seen.credentials_key = setting_of(&config->credentials, true, names[i],
						  "aws_access_key_id");
		only_config += ini_has(&config->ini, names[i]) &&
			       !ini_has(&config->credentials, names[i]) && seen.process.value;
		profile_look(doctor, &seen);
	}
	if (only_config > 0 && (!load || !*load))
		doctor_say(doctor, DOCTOR_NOTE, "export AWS_SDK_LOAD_CONFIG=1",
			   "the SDK for JavaScript 2 sees none of the %zu profile%s that only the "
			   "config file has: it reads that file with this variable alone",
			   only_config, only_config == 1 ? "" : "s");
	if (doctor->count == before)
		doctor_say(doctor, DOCTOR_OK, NULL, "%zu profile%s, which all SDKs read alike",
			   count, count == 1 ? "" : "s");
	free(names);
}

const struct doctor_check check_sdks = {.name = "sdks", .look = sdks_look};
