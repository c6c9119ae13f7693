/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_ARN_H
#define CV_FORMAT_ARN_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Amazon Resource Names and the other identifiers of AWS: their character sets and lengths, as the
 * models of STS and IAM give them. All functions accept hostile text (NUL-terminated) and have no
 * side effects.
 */

enum {
	ARN_MAX = 2048,
	ARN_ACCOUNT_BYTES = 13,
	ARN_ACCESS_KEY_ID_MAX = 128,
	ARN_SECRET_MAX = 128,
	ARN_SESSION_TOKEN_MAX = 16384,
	ARN_REGION_BYTES = 65,
	ARN_MFA_SERIAL_MAX = 256
};

/** arn:partition:service:region:account:resource; region and account may be empty. */
struct arn {
	char partition[32];
	char service[64];
	char region[ARN_REGION_BYTES];
	char account[ARN_ACCOUNT_BYTES];
	char resource[ARN_MAX + 1]; /**< all text after the fifth colon, never empty */
};

/**
 * Splits an ARN of 20 to 2048 printable ASCII characters without spaces; false when the text is no
 * ARN.
 */
bool arn_parse(const char *text, struct arn *out);

/** Whether text is an ARN of IAM: `arn:…:iam::ACCOUNT:role/…`. */
bool arn_is_role(const char *text);

/** Whether text is the root user of an account: `arn:…:iam::ACCOUNT:root`. */
bool arn_is_root(const char *text);

/** SerialNumber of STS: 9-256 of [\w+=/:,.@-], a hardware serial or an ARN. */
bool arn_is_mfa_serial(const char *text);

/** Whether the serial is a security key's (arn:…:u2f/…), which shows no codes for STS. */
bool arn_is_security_key(const char *text);

/** Whether STS may take codes of the device: a serial, and not a security key's. */
bool arn_is_code_device(const char *text);

/** 12 digits. */
bool arn_is_account_id(const char *text);

/** 16-128 of [\w]. */
bool arn_is_access_key_id(const char *text);

/** An access key id that AWS marks as temporary (ASIA…). */
bool arn_is_temporary_key_id(const char *text);

/** n bytes, 16-128 printable ones without space. For secrets: no table is looked up. */
bool arn_is_secret_access_key(const void *data, size_t n);

/**
 * 1-16384 of [A-Za-z0-9+/=,_.-]: base64, its URL form, and the characters that AWS stand-ins add.
 */
bool arn_is_session_token(const char *text);

/** RoleSessionName: 2-64 of [\w+=,.@-]. */
bool arn_is_session_name(const char *text);

/** ExternalId: 2-1224 of [\w+=,.@:/-]. */
bool arn_is_external_id(const char *text);

/** 1-64 of [a-z0-9-]; the lower layers build host names from it. */
bool arn_is_region(const char *text);

#endif
