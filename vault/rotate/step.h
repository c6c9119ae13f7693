/* SPDX-License-Identifier: MIT */
#ifndef CV_ROTATE_STEP_H
#define CV_ROTATE_STEP_H

#include "vault/audit/entry.h"
#include "vault/base/error.h"
#include "vault/rotate/rotate.h"
#include "vault/seal/record/rotation_record.h"

#include <stdbool.h>
#include <stdint.h>

/** What all steps of a rotation need: how long they wait, and how what they did comes on record. */

enum {
	STEP_FIRST_WAIT_MS = 3000, /**< IAM needs seconds until a new key is known everywhere */
	STEP_WAIT_MAX_MS = 60000,
	STEP_PATIENCE_S = 300, /**< for so long after its creation an unknown key is a young one */
	STEP_PATIENCE_MIN_S = 30
};

/** The log's line for a step: the key it is about and a few words. */
struct audit_entry step_entry(const struct rotate *rotate, const char *access_key_id,
			      const char *what);

/** Writes the row with this step, and its line; on failure the row's step is what it was. */
MUST bool step_commit(struct rotate *rotate, enum rotation_record_step step,
		      const char *access_key_id, const char *what, struct error *err);

/** The rotation is over: the recovery file, then the row with its secret. */
MUST bool step_end(struct rotate *rotate, const char *access_key_id, const char *what,
		   struct error *err);

/** The next wait of a back-off: twice as long, up to STEP_WAIT_MAX_MS, less a random eighth. */
int64_t step_back_off(int64_t ms);

#endif
