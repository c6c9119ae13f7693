/* SPDX-License-Identifier: MIT */
#include "cli/profile/attributes.h"

#include "cli/ui/ageing.h"
#include "cli/profile/credentials_request.h"
#include "cli/profile/sts_settings.h"

#include <stdio.h>
#include <string.h>

enum { DAY_S = 86400 };

void attributes_init(struct attributes *attributes)
{
	memset(attributes, 0, sizeof(*attributes));
	attributes->secret_access_key = SECRET_EMPTY;
}

void attributes_clear(struct attributes *attributes)
{
	secret_clear(&attributes->secret_access_key);
	attributes_init(attributes);
}

bool attributes_set_mfa(struct attributes *attributes, const char *serial, struct error *err)
{
	char shown[64];

	attributes->mfa_serial[0] = '\0';
	if (!*serial || strcmp(serial, "none") == 0)
		return true;
	if (!arn_is_mfa_serial(serial)) {
		text_escape_into(serial, shown, sizeof(shown));
		error_set(err, ERROR_USAGE, "\"%s\" is not the serial of an MFA device", shown);
		return error_hint(err, "arn:aws:iam::ACCOUNT:mfa/NAME, or none");
	}
	if (arn_is_security_key(serial)) {
		text_escape_into(serial, shown, sizeof(shown));
		error_set(err, ERROR_USAGE, "%s is a security key, whose codes STS does not take",
			  shown);
		return error_hint(err, "arn:aws:iam::ACCOUNT:mfa/NAME, or none");
	}
	(void)snprintf(attributes->mfa_serial, sizeof(attributes->mfa_serial), "%s", serial);
	return true;
}

bool attributes_set_region(struct attributes *attributes, const char *region, struct error *err)
{
	char shown[64];

	if (!arn_is_region(region)) {
		text_escape_into(region, shown, sizeof(shown));
		return error_set(err, ERROR_USAGE, "\"%s\" is not a region", shown);
	}
	(void)snprintf(attributes->region, sizeof(attributes->region), "%s", region);
	return true;
}

bool attributes_set_note(struct attributes *attributes, const char *note, struct error *err)
{
	struct buf escaped = BUF_INIT(8 * ATTRIBUTES_NOTE_MAX);
	bool ok = strlen(note) <= ATTRIBUTES_NOTE_MAX;

	if (!ok) {
		error_set(err, ERROR_USAGE, "--note is longer than %d bytes", ATTRIBUTES_NOTE_MAX);
	} else if (!text_escape(note, strlen(note), &escaped, err)) {
		ok = false;
	} else if (strcmp(buf_text(&escaped), note) != 0) {
		ok = error_set(err, ERROR_USAGE, "--note holds control characters");
	}
	if (ok)
		(void)snprintf(attributes->note, sizeof(attributes->note), "%s", note);
	buf_clear(&escaped);
	return ok;
}

bool attributes_from_options(const struct cli *cli, struct attributes *attributes,
			     struct error *err)
{
	const struct options *o = &cli->options;
	const char *serial = option_text(o, "mfa-serial"), *region = option_text(o, "region");
	const char *note = option_text(o, "note"), *age = option_text(o, "max-age"), *endpoint;

	attributes->mfa_required = option_flag(o, "require-mfa");
	attributes->replace = option_flag(o, "replace");
	attributes->mfa_given = serial;
	if ((serial && !attributes_set_mfa(attributes, serial, err)) ||
	    (region && !attributes_set_region(attributes, region, err)) ||
	    (note && !attributes_set_note(attributes, note, err)) ||
	    (age && !ageing_parse_age(age, &attributes->max_age_s, err)) ||
	    !sts_settings_endpoint(cli, &endpoint, err))
		return false;
	if (age && attributes->max_age_s == AGEING_NEVER)
		attributes->max_age_s = ATTRIBUTES_AGELESS;
	if (attributes->mfa_required && serial && !attributes->mfa_serial[0])
		return error_set(err, ERROR_USAGE,
				 "--require-mfa and --mfa-serial none contradict each other");
	if (endpoint)
		(void)snprintf(attributes->endpoint, sizeof(attributes->endpoint), "%s", endpoint);
	return true;
}

bool attributes_set_key(struct attributes *attributes, const char *where, const char *access_key_id,
			const void *secret, size_t secret_len, struct error *err)
{
	if (!arn_is_access_key_id(access_key_id)) {
		error_set(err, ERROR_USAGE, "the access key id (%s) cannot be one", where);
		return error_detail(err,
				    "It is 16 to 128 letters and digits, and begins with AKIA.");
	}
	if (arn_is_temporary_key_id(access_key_id)) {
		error_set(err, ERROR_USAGE, "the access key (%s) is a temporary one", where);
		return error_detail(err,
				    "A vault keeps long-term keys, whose id begins with AKIA.");
	}
	if (!arn_is_secret_access_key(secret, secret_len)) {
		error_set(err, ERROR_USAGE, "the secret access key (%s) cannot be one", where);
		return error_detail(err, "It is 40 characters, without spaces; this has %zu.",
				    secret_len);
	}
	(void)snprintf(attributes->access_key_id, sizeof(attributes->access_key_id), "%s",
		       access_key_id);
	return secret_set(&attributes->secret_access_key, secret, secret_len, err);
}

const char *attributes_configured(const struct aws_config *config, const char *name,
				  const char *key)
{
	struct profile_files files = aws_config_files(config);
	struct error why;

	return profile_check_readable(&files, name, &why) ? profile_value(&files, name, key, NULL)
							  : NULL;
}

const char *attributes_find_mfa(const struct aws_config *config, const char *name,
				const struct msg_identified *facts)
{
	const char *serial = attributes_configured(config, name, "mfa_serial");
	const char *const *devices = facts ? facts->mfa_devices.at : NULL;

	if (serial && arn_is_code_device(serial))
		return serial;
	for (size_t i = 0; devices && i < facts->mfa_devices.count; i++) {
		/* A security key shows no code to send to STS. */
		if (arn_is_code_device(devices[i]))
			return devices[i];
	}
	return NULL;
}

const char *attributes_find_region(const struct aws_config *config, const char *name)
{
	const char *region = attributes_configured(config, name, "region");

	return region && arn_is_region(region) ? region : NULL;
}

bool attributes_age(int64_t created_at, int64_t now, char *out, size_t size)
{
	int64_t days = now > created_at ? (now - created_at) / DAY_S : 0;

	if (!created_at)
		return false;
	(void)snprintf(out, size, "%lld day%s", (long long)days, days == 1 ? "" : "s");
	return true;
}
