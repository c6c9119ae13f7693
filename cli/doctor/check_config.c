/* SPDX-License-Identifier: MIT */
#include "cli/doctor/checks.h"

#include "vault/base/text.h"

#include <string.h>

enum { SHOWN = 256, NAME_SHOWN = 140, MOST = 20 };

static void config_tell(struct doctor *doctor, const char *path, const struct ini_problem *problem)
{
	char shown[SHOWN];

	out_path(path, shown, sizeof(shown));
	if (problem->other)
		doctor_say(doctor, DOCTOR_WARN, NULL, "%s:%u (and line %u): %s", shown,
			   problem->line, problem->other, problem->what);
	else
		doctor_say(doctor, DOCTOR_WARN, NULL, "%s:%u: %s", shown, problem->line,
			   problem->what);
}

/* Whether the settings are those of a profile, which nobody reads under such a header. */
static bool section_is_profile(const struct ini_section *section)
{
	static const char *const keys[] = {"region",
					   "output",
					   "role_arn",
					   "source_profile",
					   "aws_access_key_id",
					   "mfa_serial",
					   "sso_session",
					   "credential_process",
					   NULL};

	for (size_t i = 0; i < section->count; i++) {
		for (size_t k = 0; keys[k]; k++) {
			if (strcmp(section->entries[i].key, keys[k]) == 0)
				return true;
		}
	}
	return false;
}

static void config_look_section(struct doctor *doctor, const char *path, enum ini_flavour flavour,
				const struct ini_section *section)
{
	char shown[SHOWN], name[NAME_SHOWN];

	out_path(path, shown, sizeof(shown));
	text_escape_into(section->spelling, name, sizeof(name));
	if (section->problem.what)
		config_tell(doctor, path, &section->problem);
	else if (section->kind == INI_OTHER && section_is_profile(section))
		doctor_say(doctor, DOCTOR_WARN, NULL,
			   flavour == INI_CONFIG
			       ? "%s:%u: [%s] is no profile there: [profile NAME]"
			       : "%s:%u: [%s] is no profile there: [NAME], without \"profile\"",
			   shown, section->line, name);
	else if (section->kind == INI_SPACED)
		doctor_say(doctor, DOCTOR_NOTE, NULL,
			   "%s:%u: [%s] is a profile to the AWS CLI alone: SDKs take no blanks",
			   shown, section->line, name);
}

static void config_look_file(struct doctor *doctor, const char *path, enum ini_flavour flavour,
			     const struct ini *ini)
{
	size_t before = doctor->count;

	if (ini->stray.what)
		config_tell(doctor, path, &ini->stray);
	for (size_t i = 0; i < ini->count && doctor->count - before < MOST; i++)
		config_look_section(doctor, path, flavour, &ini->sections[i]);
	if (doctor->count - before == MOST)
		doctor_say(doctor, DOCTOR_NOTE, NULL, "there may be more such lines");
}

static void config_look(struct doctor *doctor)
{
	const struct aws_config *config = &doctor->config;
	size_t before = doctor->count;

	if (doctor->config_why.code != ERROR_NONE) {
		doctor_say_error(doctor, DOCTOR_BAD, &doctor->config_why);
		return;
	}
	config_look_file(doctor, config->path, INI_CONFIG, &config->ini);
	config_look_file(doctor, config->credentials_path, INI_CREDENTIALS, &config->credentials);
	if (doctor->count == before)
		doctor_say(doctor, DOCTOR_OK, NULL, "every line of the AWS files can be read");
}

const struct doctor_check check_config = {.name = "config", .look = config_look};
