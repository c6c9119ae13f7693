/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_RECORD_SESSION_RECORD_H
#define CV_SEAL_RECORD_SESSION_RECORD_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/seal/record/access_key.h"
#include "vault/seal/keys.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Temporary credentials in the sealed cache, as stored in a row of TABLE_SESSION. */

enum {
	SESSION_TOKEN_MAX = 16384,
	SESSION_KIND_MAX = 16,
	SESSION_NAME_BYTES = 2 * SEAL_DIGEST_BYTES + 1
};

/** Owns `secret` and `token`. */
struct session_record {
	char name[SESSION_NAME_BYTES]; /**< hex of `step`; made by session_record_encode() */
	unsigned char step[SEAL_DIGEST_BYTES];	/**< digest of everything that shaped the session */
	char profile[TEXT_NAME_MAX + 1];	/**< first profile that asked; may be empty */
	char origin_kind[SESSION_KIND_MAX + 1]; /**< kind of the session's origin; empty: a key */
	char origin_name[TEXT_NAME_MAX + 1];
	char access_key_id[ACCESS_KEY_ID_MAX + 1];
	struct secret secret; /**< secret access key, not terminated */
	struct buf token;     /**< session token, at most SESSION_TOKEN_MAX */
	int64_t expires_at;
	bool mfa; /**< an MFA code was spent on the session or on its origin */
	char role_arn[ACCESS_KEY_ARN_MAX + 1]; /**< the assumed role, empty without one */
	char account_id[13];
	int64_t minted_at;
};

void session_record_init(struct session_record *session);
void session_record_clear(struct session_record *session);

/** Writes the record's name for a step's digest. */
void session_record_name(const unsigned char step[static SEAL_DIGEST_BYTES],
			 char out[static SESSION_NAME_BYTES]);

/**
 * Gives the key that the session began with its new name; false, and nothing is changed, where it
 * began with another one.
 */
bool session_record_rename(struct session_record *session, const char *key_name,
			   const char *new_name);

/** Appends the plaintext for sealing; `name` is made from `step`. */
MUST bool session_record_encode(const struct session_record *session, struct buf *out,
				struct error *err);

/** Reads a plaintext. On failure *session is empty. TAMPERED when the plaintext is no session. */
MUST bool session_record_decode(const void *data, size_t len, struct session_record *session,
				struct error *err);

#endif
