/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_CREDJSON_H
#define CV_FORMAT_CREDJSON_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/format/credentials.h"

/**
 * The formats in which credvault hands credentials to SDKs and `export` prints them. All functions
 * append to a buffer whose limit should be at least CREDJSON_LIMIT; members and lines without a
 * value are omitted, never empty (Rust and Java keep "" as a token). Times are RFC 3339 with Z. A
 * failure appends nothing.
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
 * `export --format env`: lines `export K='V'`, safe for eval whatever the value. `exec` sets the
 * same names: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN,
 * AWS_CREDENTIAL_EXPIRATION, AWS_REGION, AWS_DEFAULT_REGION, AWS_ACCOUNT_ID, and
 * CREDVAULT_PROFILE, whose value `mark` is ("" for none, NULL: no such line).
 */
MUST bool credjson_env(const struct credentials *credentials, const char *mark, struct buf *out,
		       struct error *err);

#endif
