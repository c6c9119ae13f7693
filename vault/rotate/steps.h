/* SPDX-License-Identifier: MIT */
#ifndef CV_ROTATE_STEPS_H
#define CV_ROTATE_STEPS_H

#include "vault/rotate/rotate.h"

/**
 * The steps. Each begins with what the journal says, does one thing at AWS or here, and commits
 * what it did with full durability. After a failure, or the death of the process at any point,
 * steps_next() on a freshly opened rotation goes on where the journal stands.
 */

enum steps_verdict {
	STEPS_MORE,    /**< one step is done, another can be done now */
	STEPS_WAITING, /**< what is left waits for its time: grace, idleness */
	STEPS_OVER     /**< nothing is left; the row is gone */
};

/**
 * Commits the intent of a rotation that preflight_judge() let through; before, preflight_clear().
 */
MUST bool steps_intend(struct rotate *rotate, struct error *err);

/**
 * What becomes of the old key is as the order says, no longer as it was begun; nothing once that
 * key is off. On record with the next step.
 */
void steps_retire_anew(struct rotate *rotate);

/** One step of what was begun, whichever is next. */
MUST bool steps_next(struct rotate *rotate, enum steps_verdict *verdict, struct error *err);

/**
 * Deletes the old key that is off although its grace is not over: a new rotation needs its place.
 */
MUST bool steps_delete_now(struct rotate *rotate, struct error *err);

/**
 * Notes that the rotation is to be taken back, for steps_next() to do. USAGE where it is too late:
 * an undo needs an old key that is only off or still on, an abort one that was not promoted.
 */
MUST bool steps_undo(struct rotate *rotate, struct error *err);
MUST bool steps_abort(struct rotate *rotate, struct error *err);

/** steps_next() until it waits or is over, or the client is gone (INTERRUPTED). */
MUST bool steps_run(struct rotate *rotate, enum steps_verdict *verdict, struct error *err);

#endif
