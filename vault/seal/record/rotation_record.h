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
 * A rotation that is not over, as it stands in a row of TABLE_ROTATION: what was seen at IAM before
 * anything was asked for, how far it has come, and the secret that no row of TABLE_KEY holds.
 * Whoever finds one can finish it, or take it back.
 */

enum {
	ROTATION_URL_MAX = 255,
	ROTATION_SEEN_MAX = 2200 /**< IAM_KEYS_MAX ids of 128 and blanks */
};

/** Texts are empty and times 0 where unknown. Owns `secret`. */
struct rotation_record {
	char name[ACCESS_KEY_ID_MAX + 1]; /**< the old key's id */
	uint64_t step;			  /**< enum rotation_record_step */
	char
	    key_name[TEXT_NAME_MAX + 1]; /**< by which it was asked for; others may share the key */
	char user_name[65];
	char arn[ACCESS_KEY_ARN_MAX + 1]; /**< of the user, as STS told */
	char region[64];
	char endpoint[ROTATION_URL_MAX + 1]; /**< a custom one; empty: AWS's own */
	char seen[ROTATION_SEEN_MAX + 1];    /**< ids listed at the intent, a blank between two */
	char new_access_key_id[ACCESS_KEY_ID_MAX + 1];
	struct secret secret; /**< of the key that is not current: the new one until it is promoted,
				   then the old one, after an undo the new one again */
	int64_t new_created_at;
	int64_t old_created_at;
	int64_t old_rotated_at;
	uint64_t retire; /**< enum rotation_retire */
	int64_t idle_s;	 /**< ROTATION_WHEN_IDLE: for how long */
	int64_t grace_s;
	int64_t begun_at;
	int64_t promoted_at;
	int64_t off_at;
	unsigned char recovery[SEAL_ID_BYTES];	 /**< names the recovery file (recovery_file.h) */
	char hooks[ROTATION_HOOKS_TEXT_MAX + 1]; /**< a JSON array of commands; empty: none */
	uint64_t hooks_done;			 /**< bit i: hook i has acknowledged */
};

void rotation_record_init(struct rotation_record *rotation);

/** Wipes and frees; empty after. Accepts empty. */
void rotation_record_clear(struct rotation_record *rotation);

/** Appends the plaintext to seal. FAILED where a value does not fit. */
MUST bool rotation_record_encode(const struct rotation_record *rotation, struct buf *out,
				 struct error *err);

/** Reads a plaintext. What *rotation held is cleared; on failure it is empty and it is TAMPERED. */
MUST bool rotation_record_decode(const void *data, size_t len, struct rotation_record *rotation,
				 struct error *err);

/** The word for what is done next (ROTATION_STEPS); "?" for a number that is no step. */
const char *rotation_record_step_name(uint64_t step);

/** Whether `seen` names the id. */
bool rotation_record_has_seen(const struct rotation_record *rotation, const char *access_key_id);

/** When the old key may be deleted; 0 while it is not off. */
int64_t rotation_record_delete_after(const struct rotation_record *rotation);

#endif
