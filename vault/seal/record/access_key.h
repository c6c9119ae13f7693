/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_RECORD_ACCESS_KEY_H
#define CV_SEAL_RECORD_ACCESS_KEY_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/base/text.h"
#include "vault/seal/record/rotation_terms.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A long-term AWS access key, as stored in a row of TABLE_KEY. */

/** Where requests signed with the key may go. */
enum access_key_place {
	ACCESS_KEY_AT_AWS = 1,	/**< AWS's own hosts */
	ACCESS_KEY_AT_HOST = 2, /**< one named host over https */
	ACCESS_KEY_AT_LOOPBACK = 3
};

enum {
	ACCESS_KEY_ID_MAX = 128,
	ACCESS_KEY_SECRET_MAX = 128,
	ACCESS_KEY_SERIAL_MAX = 256,
	ACCESS_KEY_ARN_MAX = 1024,
	ACCESS_KEY_HOST_MAX = 255,
	ACCESS_KEY_NOTE_MAX = 256
};

/** Texts are empty and times 0 where unknown. Owns `secret`. */
struct access_key {
	char name[TEXT_NAME_MAX + 1];
	char access_key_id[ACCESS_KEY_ID_MAX + 1];
	struct secret secret; /**< the secret access key's bytes, not terminated */
	char mfa_serial[ACCESS_KEY_SERIAL_MAX + 1];
	bool mfa_required;
	char region[64];
	char account_id[13];
	char user_name[65];
	char arn[ACCESS_KEY_ARN_MAX + 1];
	uint64_t endpoint_class;		     /**< enum access_key_place */
	char endpoint_host[ACCESS_KEY_HOST_MAX + 1]; /**< with ACCESS_KEY_AT_HOST, else empty */
	int64_t created_at;			     /**< CreateDate at IAM */
	int64_t added_at;
	int64_t rotated_at;
	int64_t max_age_s; /**< 0: the vault's default, unless `ageless` */
	char policy[TEXT_NAME_MAX + 1];
	char note[ACCESS_KEY_NOTE_MAX + 1];
	/* The terms of a rotation, unless the rotation sets its own. */
	uint64_t retire; /**< enum rotation_retire; 0: the vault's default */
	int64_t idle_s;	 /**< ROTATION_WHEN_IDLE: required idle time */
	char hooks[ROTATION_HOOKS_TEXT_MAX + 1]; /**< a JSON array of commands; empty: none */
	bool ageless; /**< the key is never due, whatever the vault's default */
};

void access_key_init(struct access_key *key);

/** Wipes and frees the fields; the key is empty afterwards. Accepts an empty key. */
void access_key_clear(struct access_key *key);

/** Appends the plaintext for sealing. FAILED when a value does not fit. */
MUST bool access_key_encode(const struct access_key *key, struct buf *out, struct error *err);

/**
 * Reads a plaintext. The old content of *key is cleared; on failure *key is empty. TAMPERED when
 * the plaintext is no access key.
 */
MUST bool access_key_decode(const void *data, size_t len, struct access_key *key,
			    struct error *err);

#endif
