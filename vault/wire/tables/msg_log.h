/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_TABLES_MSG_LOG_H
#define CV_WIRE_TABLES_MSG_LOG_H

#include "vault/format/fields.h"

/** The request for the log, its rows and its answer. */

enum { MSG_LOG_ALL = 1000000000, MSG_LOG_PROBLEMS_MAX = 32 };

/** The arguments of `log`. */
struct msg_log {
	int64_t last; /**< entries from the end; MSG_LOG_ALL where it is not said */
	int64_t since;
	const char *profile;
	bool verify, follow;
};
extern const struct fields msg_log;

/** A row: one element of `log --json`'s entries. */
struct msg_log_peer {
	int64_t uid, pid;
	const char *exe, *parents;
};
struct msg_log_row {
	int64_t seq;
	int64_t time;
	const char *op, *profile, *access_key_id, *what;
	int64_t expires_at;
	const char *policy; /**< NULL: no entry names one any more */
	bool mfa;
	struct msg_log_peer peer;
	bool peer_known;
	const char *result;
};
extern const struct fields msg_log_row;

/** The answer. */
struct msg_log_problem {
	int64_t from, to; /**< entries; 0: none */
	const char *what;
	const char *file; /**< NULL: in the vault itself */
	int64_t after, before;
};
/** What the owner has pruned. */
struct msg_log_pruned {
	int64_t parts, entries;
	int64_t until; /**< time of the newest of these entries */
	int64_t at;
	int64_t entry; /**< the entry that tells of it */
};
struct msg_log_answer {
	int64_t count, log_entries;
	struct msg_log_pruned pruned;
	bool was_pruned;
	const char *head;
	bool verified, marked, was_verified; /**< null but after a verification */
	size_t problems_count;
	struct msg_log_problem problems[MSG_LOG_PROBLEMS_MAX];
};
extern const struct fields msg_log_answer;

/** The answer of `prune`. */
struct msg_prune {
	int64_t parts;
	int64_t from, to; /**< entries; 0: none */
	int64_t until;	  /**< time of the newest of them */
	int64_t bytes;
	int64_t first; /**< number of the first entry that is there */
	int64_t keep_s;
};
extern const struct fields msg_prune;

#endif
