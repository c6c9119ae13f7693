/* SPDX-License-Identifier: MIT */
#ifndef CV_ROTATE_INTERNAL_H
#define CV_ROTATE_INTERNAL_H

#include "vault/rotate/rotate.h"
#include "vault/rotate/signer.h"

/** What the files of this layer share. Nobody else includes it. */

enum {
	STEP_FIRST_WAIT_MS = 3000, /**< IAM needs seconds until a new key is known everywhere */
	STEP_WAIT_MAX_MS = 60000,
	STEP_PATIENCE_S = 300, /**< for so long after its creation an unknown key is a young one */
	STEP_PATIENCE_MIN_S = 30,
	STEP_IDLE_LAG_S = 4 * 3600 /**< GetAccessKeyLastUsed may be so late */
};

/** From the intent to the new key in the journal (create.c). */
CV_MUST_USE
bool step_create(struct rotate *rotate, struct error *err);

/**
 * Before an abort: what a lost answer left is taken in, or named as in step_create(). Where there
 * is nothing, the rotation is over.
 */
CV_MUST_USE
bool step_abort_intent(struct rotate *rotate, struct error *err);

/**
 * Two answers of STS in a row that the key is its user's, with patience while it is young; at AWS's
 * own endpoints each of its own region and of us-east-1 (prove.c).
 */
CV_MUST_USE
bool step_prove(struct rotate *rotate, enum signer who, struct error *err);

/** The hooks that have not acknowledged, each journaled (distribute.c). */
CV_MUST_USE
bool step_distribute(struct rotate *rotate, struct error *err);

/** What becomes of keys at IAM (retire.c). *waits: it is not yet time. */
CV_MUST_USE
bool step_deactivate(struct rotate *rotate, bool *waits, struct error *err);
CV_MUST_USE
bool step_delete_old(struct rotate *rotate, bool *waits, struct error *err);
CV_MUST_USE
bool step_restore(struct rotate *rotate, struct error *err);
CV_MUST_USE
bool step_delete_new(struct rotate *rotate, struct error *err);

/** Deletes at IAM; a key that is not there is deleted. */
CV_MUST_USE
bool step_delete(struct rotate *rotate, enum signer who, const char *id, struct error *err);

/** The log's line for a step: the key it is about and a few words. */
struct audit_entry step_entry(const struct rotate *rotate, const char *access_key_id,
			      const char *what);

/** Writes the row with this step, and its line; on failure the row's step is what it was. */
CV_MUST_USE
bool step_commit(struct rotate *rotate, enum rotation_step step, const char *access_key_id,
		 const char *what, struct error *err);

/** The rotation is over: the recovery file, then the row with its secret. */
CV_MUST_USE
bool step_end(struct rotate *rotate, const char *access_key_id, const char *what,
	      struct error *err);

/** The next wait of a back-off: twice as long, up to STEP_WAIT_MAX_MS, less a random eighth. */
int64_t step_back_off(int64_t ms);

#endif
