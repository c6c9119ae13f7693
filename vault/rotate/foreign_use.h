/* SPDX-License-Identifier: MIT */
#ifndef CV_ROTATE_FOREIGN_USE_H
#define CV_ROTATE_FOREIGN_USE_H

#include "vault/base/error.h"
#include "vault/rotate/journal.h"
#include "vault/store/store.h"

#include <stdint.h>

/**
 * Whether the use of a key that AWS tells of can be ours. What this vault handed out, and what it
 * asked AWS itself, stands in its log; a use that the log cannot explain is somebody's who has a
 * copy of the key. A copy that is used while the vault hands out credentials of the same key is not
 * told apart.
 */

enum {
	FOREIGN_USE_LAG_S = 900,	/**< clocks differ, and AWS's times are not exact */
	FOREIGN_USE_AFTER_S = 300,	/**< beyond the end of a session */
	FOREIGN_USE_SESSION_S = 129600, /**< no session lives longer (STS) */
	FOREIGN_USE_ENTRIES_MAX = 65536 /**< that are read; beyond it the log has no say */
};

enum foreign_use_verdict {
	FOREIGN_USE_UNKNOWN,	/**< AWS tells of no use */
	FOREIGN_USE_BEFORE,	/**< before the key came into this vault */
	FOREIGN_USE_OWN,	/**< a call that the agent made itself */
	FOREIGN_USE_HANDED_OUT, /**< by somebody to whom this vault gave credentials or the key */
	FOREIGN_USE_UNEXPLAINED
};

/** The use of a key. Borrowed. */
struct foreign_use {
	const char *access_key_id;
	const struct journal_names *names; /**< by which the vault holds the key */
	int64_t at;			   /**< by the clock of this machine; 0: none */
	const char *service;		   /**< "s3"; AWS's word */
	int64_t came_at;		   /**< when the key came into the vault */
};

/**
 * Looks it up in the log, from the newest entry back, no further than is needed. A part of the log
 * that cannot be read explains nothing.
 */
enum foreign_use_verdict foreign_use_judge(struct store *store, const struct foreign_use *use);

/** What a hook's line in the log says: from then on the key is elsewhere too. */
#define FOREIGN_USE_GIVEN_AWAY "new key given to a hook"

#endif
