/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_TABLES_MSG_LAUNCH_H
#define CV_WIRE_TABLES_MSG_LAUNCH_H

#include "vault/format/fields.h"

/** The messages on the socketpair until the vault is unlocked (docs/protocol.md). */

enum {
	MSG_LIMIT_MAX_S = 365 * 86400,
	MSG_HEADER_MAX = 8192, /**< bytes of a vault's public header */
	MSG_WHAT_MAX = 200
};

enum msg_act { MSG_ACT_NONE, MSG_ACT_PASSWD, MSG_ACT_SLOT, MSG_ACTS };

/**
 * The arguments of `unlock` and of the operations that unlock the vault as well. Each operation
 * takes those of its own table; the others stay empty. The writer lends the header's bytes.
 */
struct msg_launch {
	struct buf header;     /**< the public bytes of a header that takes the old one's place */
	struct field_raw keys; /**< the vault's subkeys */
	struct field_raw new_keys; /**< those that `header` is for */
	enum msg_act act;	   /**< what the log calls the change, … */
	const char *what;	   /**< … in a few words */
	const char *how;	   /**< "passphrase": the way in */
	int64_t idle_s, limit_s;   /**< 0: the vault's own */
	bool resident;
	bool accept_rollback;
};
extern const struct fields msg_create, msg_unlock, msg_set_header, msg_rekey;
/** Of `inspect` and `compare`: the keys alone. */
extern const struct fields msg_keys;

/** Their answer: the agent serves. */
struct msg_unlocked {
	const char *vault, *vault_id;
	int64_t idle_at, lock_at;
	bool lock_on_sleep;
	int64_t pid;
};
extern const struct fields msg_unlocked;

/** The answer of `open` and, with the agent's pid, of `public`. */
struct msg_header {
	struct buf header;
	int64_t pid;	     /**< 0: not said */
	bool records_locked; /**< the agent has no keys to records any more */
};
extern const struct fields msg_header;

/** The answer of `compare`: the witness's record of the vault. */
struct msg_side {
	int64_t generation;
	int64_t updated_at;
	bool verified;
	const char *fingerprint;
};
struct msg_compared {
	const char *verdict;
	bool trusted;
	struct msg_side this_file, last_used;
	bool was_used; /**< last_used is there */
};
extern const struct fields msg_compared;

#endif
