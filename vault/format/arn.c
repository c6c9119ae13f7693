/* SPDX-License-Identifier: MIT */
#include "vault/format/arn.h"

#include <string.h>

static bool word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '_';
}

/* Whether text is least to most characters, each a letter, a digit, '_' or one of `more`. */
static bool made_of(const char *text, const char *more, size_t least, size_t most)
{
	size_t n = 0;

	while (text[n] && n <= most && (word(text[n]) || strchr(more, text[n])))
		n++;
	return n >= least && n <= most && text[n] == '\0';
}

/* Copies the text before the next colon and moves past the colon; false when it does not fit. */
static bool take_field(const char **p, char *out, size_t size, size_t least)
{
	const char *colon = strchr(*p, ':');
	size_t n = colon ? (size_t)(colon - *p) : 0;

	if (!colon || n < least || n >= size)
		return false;
	memcpy(out, *p, n);
	out[n] = '\0';
	*p = colon + 1;
	return made_of(out, "-.", 0, size - 1);
}

bool arn_parse(const char *text, struct arn *out)
{
	size_t n = strnlen(text, ARN_MAX + 1);
	const char *p = text + 4;
	struct arn arn = {0};

	if (n < 20 || n > ARN_MAX || strncmp(text, "arn:", 4) != 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (text[i] <= 0x20 || text[i] >= 0x7f)
			return false;
	}
	if (!take_field(&p, arn.partition, sizeof(arn.partition), 1) ||
	    !take_field(&p, arn.service, sizeof(arn.service), 1) ||
	    !take_field(&p, arn.region, sizeof(arn.region), 0) ||
	    !take_field(&p, arn.account, sizeof(arn.account), 0) || *p == '\0')
		return false;
	if (arn.region[0] && !arn_is_region(arn.region))
		return false;
	/* AWS's own resources (managed policies) have "aws" as their account. */
	if (arn.account[0] && !arn_is_account_id(arn.account) && strcmp(arn.account, "aws") != 0)
		return false;
	memcpy(arn.resource, p, strlen(p) + 1);
	*out = arn;
	return true;
}

bool arn_is_role(const char *text)
{
	struct arn arn;

	return arn_parse(text, &arn) && strcmp(arn.service, "iam") == 0 && arn.region[0] == '\0' &&
	       arn_is_account_id(arn.account) && strncmp(arn.resource, "role/", 5) == 0 &&
	       made_of(arn.resource + 5, "+=,.@-/", 1, ARN_MAX);
}

bool arn_is_root(const char *text)
{
	struct arn arn;

	return arn_parse(text, &arn) && strcmp(arn.service, "iam") == 0 && arn.region[0] == '\0' &&
	       arn_is_account_id(arn.account) && strcmp(arn.resource, "root") == 0;
}

bool arn_is_mfa_serial(const char *text)
{
	return made_of(text, "+=/:,.@-", 9, ARN_MFA_SERIAL_MAX);
}

bool arn_is_security_key(const char *text)
{
	return strncmp(text, "arn:", 4) == 0 && strstr(text, ":u2f/") != NULL;
}

bool arn_is_code_device(const char *text)
{
	return arn_is_mfa_serial(text) && !arn_is_security_key(text);
}

bool arn_is_account_id(const char *text)
{
	return strspn(text, "0123456789") == 12 && text[12] == '\0';
}

bool arn_is_access_key_id(const char *text)
{
	return made_of(text, "", 16, ARN_ACCESS_KEY_ID_MAX);
}

bool arn_is_temporary_key_id(const char *text)
{
	return arn_is_access_key_id(text) && strncmp(text, "ASIA", 4) == 0;
}

bool arn_is_secret_access_key(const void *data, size_t n)
{
	const unsigned char *bytes = data;
	unsigned int bad = 0;

	if (n < 16 || n > ARN_SECRET_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		bad |= bytes[i] <= 0x20 || bytes[i] >= 0x7f;
	return bad == 0;
}

bool arn_is_session_token(const char *text)
{
	return made_of(text, "+/=,.-", 1, ARN_SESSION_TOKEN_MAX);
}

bool arn_is_session_name(const char *text)
{
	return made_of(text, "+=,.@-", 2, 64);
}

bool arn_is_external_id(const char *text)
{
	return made_of(text, "+=,.@:/-", 2, 1224);
}

bool arn_is_region(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n < ARN_REGION_BYTES && text[n] == '\0';
}
