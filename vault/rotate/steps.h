/* SPDX-License-Identifier: MIT */
#ifndef CV_ROTATE_STEPS_H
#define CV_ROTATE_STEPS_H

#include "vault/rotate/rotate.h"

/**
 * The steps of a rotation and their order. Each step begins with what the journal says, does one
 * thing at AWS or here, and commits it with full durability. After a failure, or the death of the
 * process at any point, steps_next() on a freshly opened rotation goes on where the journal stands.
 */

enum steps_verdict {
	STEPS_MORE,    /**< one step is done, another can be done now */
	STEPS_WAITING, /**< the rest waits for its time: grace, idleness */
	STEPS_OVER     /**< the rotation is over; its row is gone */
};

/** Commits the intent of a rotation that preflight_judge() let through; preflight_clear() first. */
MUST bool steps_intend(struct rotate *rotate, struct error *err);

/**
 * Retires the old key as the order says, and no longer as the rotation was begun; changes nothing
 * once that key is off. On record with the next step.
 */
void steps_retire_anew(struct rotate *rotate);

/** The next step of a rotation that was begun. */
MUST bool steps_next(struct rotate *rotate, enum steps_verdict *verdict, struct error *err);

/** Deletes the old key that is off before its grace is over: a new rotation needs its place. */
MUST bool steps_delete_now(struct rotate *rotate, struct error *err);

/**
 * Notes that the rotation is to be taken back, for steps_next() to do. USAGE where it is too late:
 * an undo needs an old key that is off or still on, an abort a new key that was not promoted.
 */
MUST bool steps_undo(struct rotate *rotate, struct error *err);
MUST bool steps_abort(struct rotate *rotate, struct error *err);

/** steps_next() until it waits or is over, or the client is gone (INTERRUPTED). */
MUST bool steps_run(struct rotate *rotate, enum steps_verdict *verdict, struct error *err);

#endif
