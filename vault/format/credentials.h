/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_CREDENTIALS_H
#define CV_FORMAT_CREDENTIALS_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/format/arn.h"

#include <stddef.h>
#include <stdint.h>

/**
 * A set of AWS credentials: a long-term key (no token, no expiry) or a session. The struct owns its
 * memory.
 */
struct credentials {
	char access_key_id[ARN_ACCESS_KEY_ID_MAX + 1];
	struct secret secret_access_key;
	struct buf session_token; /**< empty for a long-term key */
	int64_t expires_at;	  /**< seconds since the epoch; 0 for a long-term key */
	char region[ARN_REGION_BYTES];
	char account_id[ARN_ACCOUNT_BYTES];
};

#define CREDENTIALS_INIT ((struct credentials){.session_token = BUF_INIT(ARN_SESSION_TOKEN_MAX)})

/** Makes a set empty without reading its previous content. */
void credentials_init(struct credentials *credentials);

/** Wipes and frees; empty after. Accepts empty. */
void credentials_clear(struct credentials *credentials);

/** Credentials received from outside: borrowed, not checked. */
struct credentials_text {
	const char *access_key_id;
	const void *secret;
	size_t secret_len;
	const char *session_token; /**< NULL or empty for a long-term key */
	int64_t expires_at;	   /**< 0 for a long-term key */
};

/**
 * Replaces the content of the set by credentials from outside and checks them as
 * credentials_validate() does. Region and account_id are left empty for the caller. The set is
 * empty on failure.
 */
MUST bool credentials_set(struct credentials *credentials, const struct credentials_text *text,
			  int64_t now, struct error *err);

/**
 * Checks character sets and lengths, that token and expiry come together, and that the expiry lies
 * after now and not past the year 2100. AWS_UNREACHABLE (an answer that makes no sense) naming the
 * field, never its content.
 */
MUST bool credentials_validate(const struct credentials *credentials, int64_t now,
			       struct error *err);

#endif
