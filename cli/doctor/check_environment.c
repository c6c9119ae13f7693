/* SPDX-License-Identifier: MIT */
#include "cli/doctor/checks.h"

#include "vault/base/text.h"
#include "vault/format/time.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN = 160 };

/* The variable's value, "" where it is unset. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

static void environment_look_keys(struct doctor *doctor)
{
	const char *id = variable("AWS_ACCESS_KEY_ID");
	int64_t ends = 0;

	if (*variable("AWS_SECRET_ACCESS_KEY") && strncmp(id, "AKIA", 4) == 0)
		doctor_say_key(doctor, "credvault import --from env",
			       "a long-term key is in this environment, which every program here "
			       "reads and most SDKs prefer to profiles");
	else if (*id && *variable("AWS_PROFILE"))
		doctor_say(doctor, DOCTOR_WARN, "unset AWS_PROFILE",
			   "AWS_PROFILE is set beside AWS_ACCESS_KEY_ID: the SDK for JavaScript 3 "
			   "uses the profile, all others the key");
	if (*variable("AWS_SECURITY_TOKEN"))
		doctor_say(doctor, DOCTOR_WARN, "unset AWS_SECURITY_TOKEN",
			   "AWS_SECURITY_TOKEN is set: boto3 and the AWS CLI prefer it to "
			   "AWS_SESSION_TOKEN, also when it is old");
	if (*variable("AWS_SESSION_TOKEN") && !*id)
		doctor_say(doctor, DOCTOR_WARN, "unset AWS_SESSION_TOKEN",
			   "AWS_SESSION_TOKEN is set without a key");
	if (*variable("AWS_CREDENTIAL_EXPIRATION") &&
	    time_parse_iso(variable("AWS_CREDENTIAL_EXPIRATION"), &ends) &&
	    ends < clock_real_s(doctor->cli->clock))
		doctor_say(doctor, DOCTOR_WARN, "exit",
			   "the credentials of this environment have ended "
			   "(AWS_CREDENTIAL_EXPIRATION)");
}

static bool profile_is_there(const struct doctor *doctor, const char *name)
{
	const char **names = NULL;
	struct error why;
	size_t count = 0;
	bool there = false;

	if (!aws_config_names(&doctor->config, &names, &count, &why))
		return true;
	for (size_t i = 0; i < count && !there; i++)
		there = strcmp(names[i], name) == 0;
	free(names);
	return there;
}

static void environment_look_profile(struct doctor *doctor)
{
	const char *name = variable("AWS_PROFILE"), *other = variable("AWS_DEFAULT_PROFILE");
	char shown[SHOWN];

	text_escape_into(name, shown, sizeof(shown));
	if (*name && doctor->config_why.code == ERROR_NONE && !profile_is_there(doctor, name))
		doctor_say(doctor, DOCTOR_BAD, "unset AWS_PROFILE",
			   "AWS_PROFILE names %s, which is no profile of the AWS files: boto3 and "
			   "the AWS CLI refuse to work",
			   shown);
	if (*name && *other && strcmp(name, other) != 0)
		doctor_say(doctor, DOCTOR_WARN, "unset AWS_DEFAULT_PROFILE",
			   "AWS_DEFAULT_PROFILE and AWS_PROFILE differ: boto3 takes the first, all "
			   "others the second");
}

static void environment_look(struct doctor *doctor)
{
	size_t before = doctor->count;

	environment_look_keys(doctor);
	environment_look_profile(doctor);
	if ((*variable("AWS_REGION") != '\0') != (*variable("AWS_DEFAULT_REGION") != '\0'))
		doctor_say(doctor, DOCTOR_NOTE, "export AWS_REGION=R AWS_DEFAULT_REGION=R",
			   "only one of AWS_REGION and AWS_DEFAULT_REGION is set: boto3 reads the "
			   "second alone, the SDKs for JavaScript the first");
	if (*variable("CREDVAULT_PROFILE"))
		doctor_say(doctor, DOCTOR_NOTE, "exit",
			   "this shell was started by credvault exec: its credentials end");
	if (*variable("AWS_ENDPOINT_URL") || *variable("AWS_ENDPOINT_URL_STS"))
		doctor_say(doctor, DOCTOR_NOTE, NULL,
			   "AWS_ENDPOINT_URL leads programs elsewhere; credvault does not follow "
			   "it (--endpoint-url)");
	if (doctor->count == before)
		doctor_say(doctor, DOCTOR_OK, NULL, "no variable contradicts a profile");
}

const struct doctor_check check_environment = {.name = "environment", .look = environment_look};
