/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_RECORD_ROTATION_RECORD_H
#define CV_SEAL_RECORD_ROTATION_RECORD_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/seal/record/access_key.h"
#include "vault/seal/keys.h"
#include "vault/seal/record/rotation_terms.h"

#include <stddef.h>
#include <stdint.h>

/**
 * An unfinished rotation, as stored in a row of TABLE_ROTATION: what IAM listed before any request
 * for a key, the step reached, and the secret that no row of TABLE_KEY holds. Any process that
 * finds the record can finish the rotation or take it back.
 */

enum {
	ROTATION_URL_MAX = 255,
	ROTATION_SEEN_MAX = 2200 /**< IAM_KEYS_MAX ids of 128 and blanks */
};

/** Texts are empty and times 0 where unknown. Owns `secret`. */
struct rotation_record {
	char name[ACCESS_KEY_ID_MAX + 1]; /**< the old key's id */
	uint64_t step;			  /**< enum rotation_record_step */
	char key_name[TEXT_NAME_MAX + 1]; /**< name in the request; others may share the key */
	char user_name[65];
	char arn[ACCESS_KEY_ARN_MAX + 1]; /**< ARN of the user, from STS */
	char region[64];
	char endpoint[ROTATION_URL_MAX + 1]; /**< custom endpoint; empty: AWS's own */
	char seen[ROTATION_SEEN_MAX + 1]; /**< key ids listed at the intent, separated by blanks */
	char new_access_key_id[ACCESS_KEY_ID_MAX + 1];
	struct secret secret; /**< of the key that is not current: the new key until promotion,
				   then the old key, after an undo the new key again */
	int64_t new_created_at;
	int64_t old_created_at;
	int64_t old_rotated_at;
	uint64_t retire; /**< enum rotation_retire */
	int64_t idle_s;	 /**< ROTATION_WHEN_IDLE: required idle time */
	int64_t grace_s;
	int64_t begun_at;
	int64_t promoted_at;
	int64_t off_at;
	unsigned char recovery[SEAL_ID_BYTES];	 /**< names the recovery file (recovery_file.h) */
	char hooks[ROTATION_HOOKS_TEXT_MAX + 1]; /**< a JSON array of commands; empty: none */
	uint64_t hooks_done;			 /**< bit i: hook i has acknowledged */
};

void rotation_record_init(struct rotation_record *rotation);

/** Wipes and frees the fields; the record is empty afterwards. Accepts an empty record. */
void rotation_record_clear(struct rotation_record *rotation);

/** Appends the plaintext for sealing. FAILED when a value does not fit. */
MUST bool rotation_record_encode(const struct rotation_record *rotation, struct buf *out,
				 struct error *err);

/**
 * Reads a plaintext. The old content of *rotation is cleared; on failure *rotation is empty.
 * TAMPERED when the plaintext is no rotation.
 */
MUST bool rotation_record_decode(const void *data, size_t len, struct rotation_record *rotation,
				 struct error *err);

/** The word for the next action (ROTATION_STEPS); "?" for a number that is no step. */
const char *rotation_record_step_name(uint64_t step);

/** Whether `seen` contains the key id. */
bool rotation_record_has_seen(const struct rotation_record *rotation, const char *access_key_id);

/** The time from which the old key may be deleted; 0 while the old key is not off. */
int64_t rotation_record_delete_after(const struct rotation_record *rotation);

#endif
