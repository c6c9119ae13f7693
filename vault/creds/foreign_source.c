/* SPDX-License-Identifier: MIT */
#include "vault/creds/foreign_source.h"

#include "vault/base/text.h"

#include <string.h>

struct foreign {
	const char *key;
	const char *value;     /* of the key; NULL: any */
	const char *kind;      /* in the message */
	const char *word;      /* the command that makes such credentials, before the profile */
	const char *otherwise; /* a hint in its place */
};

static const char take_a_key[] = "source_profile = NAME   (NAME as in: credvault list)";

/* In the order in which the AWS CLI looks. */
static const struct foreign foreigns[] = {
    {"web_identity_token_file", NULL, "a web identity's token",
     "aws sts get-caller-identity --profile", NULL},
    {"web_identity_token_process", NULL, "a web identity's token", "aws-vault exec", NULL},
    {"sso_session", NULL, "IAM Identity Center", "aws sso login --profile", NULL},
    {"sso_start_url", NULL, "IAM Identity Center", "aws sso login --profile", NULL},
    {"sso_account_id", NULL, "IAM Identity Center", "aws sso login --profile", NULL},
    {"sso_role_name", NULL, "IAM Identity Center", "aws sso login --profile", NULL},
    {"login_session", NULL, "a sign-in to the console", "aws login --profile", NULL},
    {"credential_source", "Environment", "the environment", NULL, take_a_key},
    {"credential_source", "Ec2InstanceMetadata", "an EC2 instance's role", NULL, take_a_key},
    {"credential_source", "EcsContainer", "a container's role", NULL, take_a_key},
    {"credential_source", NULL, "what nobody knows", NULL,
     "Environment, Ec2InstanceMetadata or EcsContainer"},
};

bool foreign_source_check(const struct profile_files *files, const char *name, struct error *err)
{
	for (size_t i = 0; i < sizeof(foreigns) / sizeof(foreigns[0]); i++) {
		const struct foreign *foreign = &foreigns[i];
		struct profile_line where;
		const char *value = profile_value(files, name, foreign->key, &where);

		if (!value || (foreign->value && strcmp(foreign->value, value) != 0))
			continue;
		/* Without a role nothing is asked of it, by any tool. */
		if (strcmp(foreign->key, "credential_source") == 0 &&
		    !profile_value(files, name, "role_arn", NULL))
			continue;
		profile_line_tell(&where, err, ERROR_USAGE,
				  "credvault does not take credentials from %s (%s)", foreign->kind,
				  foreign->key);
		error_detail(err, "It goes from a key in the vault over role_arn and "
				  "source_profile.");
		if (foreign->word)
			error_hint(err, "%s %s", foreign->word, TEXT_WORD(name));
		else
			error_hint(err, "%s", foreign->otherwise);
		return error_profile(err, name);
	}
	return true;
}

struct profile_line foreign_source_process(const struct profile_files *files, const char *name)
{
	struct profile_line where = {NULL, 0};
	const char *command = profile_value(files, name, "credential_process", &where);

	return command && !strstr(command, "credvault") ? where : (struct profile_line){NULL, 0};
}
