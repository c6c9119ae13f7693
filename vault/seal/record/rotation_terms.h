/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_RECORD_ROTATION_TERMS_H
#define CV_SEAL_RECORD_ROTATION_TERMS_H

/**
 * On what terms a key is rotated. They are set for the vault (settings.h) or for one key
 * (access_key.h), and each rotation keeps those it was begun with (rotation.h).
 */

/** What becomes of the old key. */
enum rotation_retire {
	ROTATION_DEACTIVATE = 1, /**< off at once, deleted after the grace */
	ROTATION_DELETE = 2,	 /**< off and deleted at once */
	ROTATION_WHEN_IDLE = 3	 /**< off once AWS says it was idle for so long */
};

enum {
	ROTATION_HOOKS_TEXT_MAX = 4096,
	ROTATION_HOOKS_MAX = 16,
	ROTATION_GRACE_S = 86400 /**< where nobody said otherwise */
};

#endif
