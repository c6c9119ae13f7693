/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_RECORD_ROTATION_TERMS_H
#define CV_SEAL_RECORD_ROTATION_TERMS_H

/**
 * The terms of a key's rotation, and the words for its steps. The terms are set for the vault
 * (settings.h) or for one key (access_key.h), and each rotation keeps the terms it began with
 * (rotation_record.h).
 */

/** What happens to the old key. */
enum rotation_retire {
	ROTATION_DEACTIVATE = 1, /**< off at once, deleted after the grace */
	ROTATION_DELETE = 2,	 /**< off and deleted at once */
	ROTATION_WHEN_IDLE = 3	 /**< off once AWS reports it idle for the required time */
};

/**
 * The steps: what is done and durable, its number in the row (never reused, never renumbered), the
 * word for what is done next, in answers and errors, and the words of a screen meanwhile.
 *
 * INTENDED	a key may have been asked for, its answer may be lost
 * CREATED	the new key is in the row
 * PROVED	AWS takes the new key everywhere it was asked
 * DISTRIBUTED	every hook has acknowledged the new key
 * PROMOTED	the new key is current; the row has the old one
 * OFF		the old key is Inactive
 * UNDOING	the old key is to become Active and current again
 * RESTORED	the old key is current; the row has the new one, which is to go
 * ABORTING	before promotion: the new key is to go
 */
#define ROTATION_STEPS(X)                             \
	X(INTENDED, 1, "create", "creating")          \
	X(CREATED, 2, "prove", "proving")             \
	X(PROVED, 3, "distribute", "handing out")     \
	X(DISTRIBUTED, 4, "promote", "promoting")     \
	X(PROMOTED, 5, "deactivate", "switching off") \
	X(OFF, 6, "delete", "deleting")               \
	X(UNDOING, 7, "undo", "undoing")              \
	X(RESTORED, 8, "undo", "undoing")             \
	X(ABORTING, 9, "abort", "taking back")

enum rotation_record_step {
#define ROTATION_STEP_NUMBER(symbol, number, word, doing) ROTATION_##symbol = (number),
	ROTATION_STEPS(ROTATION_STEP_NUMBER)
#undef ROTATION_STEP_NUMBER
};

enum {
	ROTATION_HOOKS_TEXT_MAX = 4096,
	ROTATION_HOOKS_MAX = 16,
	ROTATION_GRACE_S = 86400 /**< default grace time */
};

#endif
