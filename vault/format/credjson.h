/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_CREDJSON_H
#define CV_FORMAT_CREDJSON_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/format/credentials.h"

/**
 * Credentials as JSON: the formats in which credvault hands them to SDKs and `export` prints them.
 * Each function appends one object on one line, without newline, to a buffer whose limit should be
 * at least CREDJSON_LIMIT; members without a value are omitted, never empty (Rust and Java keep ""
 * as a token). Times are RFC 3339 with Z. A failure appends nothing.
 */

enum { CREDJSON_LIMIT = 32768 };

/**
 * credential_process: one JSON object on one line, without newline: Version (the number 1),
 * AccessKeyId, SecretAccessKey, SessionToken, Expiration, AccountId.
 */
MUST bool credjson_process(const struct credentials *credentials, struct buf *out,
			   struct error *err);

/** `export --format json`: as above with Region before AccountId. */
MUST bool credjson_json(const struct credentials *credentials, struct buf *out, struct error *err);

/**
 * Turns the output of credjson_json() (the buffer holds nothing else) into that of
 * credjson_process().
 */
void credjson_drop_region(struct buf *json);

/**
 * `export --format sdk-json`: what version 2 of the SDK for JavaScript loads by loadFromPath(), in
 * the form from which it reads the file again once the credentials have ended:
 * {"credentials":{"accessKeyId","secretAccessKey","sessionToken"},"region"}.
 */
MUST bool credjson_sdk(const struct credentials *credentials, struct buf *out, struct error *err);

/**
 * `export --format sts`: STS's own answer as the AWS CLI prints it, {"Credentials":{"AccessKeyId",
 * "SecretAccessKey","SessionToken","Expiration"}}.
 */
MUST bool credjson_sts(const struct credentials *credentials, struct buf *out, struct error *err);

#endif
