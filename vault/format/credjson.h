/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_CREDJSON_H
#define CV_FORMAT_CREDJSON_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/format/credentials.h"

/**
 * The forms in which credentials are handed on: to SDKs and by `emit`. All
 * append to a buffer whose limit should be at least CREDJSON_LIMIT; members and lines that have no
 * value are left out, never empty (Rust and Java keep "" as a token). Times are RFC 3339 with Z. A
 * failure appends nothing.
 */

enum { CREDJSON_LIMIT = 32768 };

/**
 * credential_process: one JSON object on one line, without newline: Version (the number 1),
 * AccessKeyId, SecretAccessKey, SessionToken, Expiration, AccountId.
 */
MUST bool credjson_process(const struct credentials *credentials, struct buf *out,
			   struct error *err);

/** `emit --format json`: as above with Region before AccountId. */
MUST bool credjson_json(const struct credentials *credentials, struct buf *out, struct error *err);

/** Makes of what credjson_json() alone has appended what credjson_process() would have. */
void credjson_drop_region(struct buf *json);

/**
 * `emit --format env`: lines `export K='V'`, safe for eval whatever the value. The names are those
 * that `exec` sets: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN,
 * AWS_CREDENTIAL_EXPIRATION, AWS_REGION, AWS_DEFAULT_REGION, AWS_ACCOUNT_ID.
 */
MUST bool credjson_env(const struct credentials *credentials, struct buf *out, struct error *err);

#endif
