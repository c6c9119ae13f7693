/* SPDX-License-Identifier: MIT */
#ifndef CV_ROTATE_FOREIGN_USE_H
#define CV_ROTATE_FOREIGN_USE_H

#include "vault/base/error.h"
#include "vault/rotate/journal.h"
#include "vault/store/store.h"

#include <stdint.h>

/**
 * Whether the use of a key that AWS tells of can be this vault's. The log has the credentials that
 * the vault handed out and the calls that it made itself; a use that the log cannot explain is made
 * by somebody who has a copy of the key. A copy that is used while the vault hands out credentials
 * of the same key cannot be told apart.
 */

enum {
	FOREIGN_USE_LAG_S = 900,	/**< clocks differ, and AWS's times are not exact */
	FOREIGN_USE_AFTER_S = 300,	/**< beyond the end of a session */
	FOREIGN_USE_SESSION_S = 129600, /**< no session lives longer (STS) */
	FOREIGN_USE_ENTRIES_MAX = 65536 /**< read at most; older entries are not asked */
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
 * Reads the log from the newest entry back, as far as the use needs. A part of the log that cannot
 * be read explains nothing.
 */
enum foreign_use_verdict foreign_use_judge(struct store *store, const struct foreign_use *use);

#endif
