/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_TABLES_MSG_KEY_H
#define CV_WIRE_TABLES_MSG_KEY_H

#include "vault/base/secret.h"
#include "vault/format/fields.h"
#include "vault/wire/tables/msg_retire.h"

/** Messages about one key of the vault: by its name, and as `list` and `show` describe it. */

/** The arguments of `show` and `reveal`. */
struct msg_name {
	const char *name;
};
extern const struct fields msg_name;

/** One element of `list --json`'s keys. Texts are NULL or empty and times 0 where unknown. */
struct msg_key {
	const char *name;
	const char *access_key_id, *account_id, *user_name, *arn, *region, *mfa_serial;
	bool root; /**< the key of its account's root user */
	bool mfa_required;
	int64_t created_at, rotated_at;
	int64_t age_days;     /**< -1: unknown */
	int64_t max_age_days; /**< -1: never due */
	int64_t due_at;
	bool due, overdue;
	enum msg_retire retire;
	int64_t idle_s;
	struct field_raw hooks; /**< a list of commands */
	int64_t last_emitted_at, session_expires_at;
	const char *rotating; /**< the next step of its rotation */
	/* Of `show` alone. */
	const char *note;
	const char *endpoint;
};
extern const struct fields msg_key, msg_key_whole;

/** The answer of `reveal`. */
struct msg_revealed {
	const char *name, *access_key_id;
	struct secret secret_access_key;
};
extern const struct fields msg_revealed;

/** The arguments of `rename`. */
struct msg_rename {
	const char *name, *new_name;
};
extern const struct fields msg_rename;

/** The answer of `rename`. */
struct msg_renamed {
	const char *name, *old_name, *access_key_id;
	int64_t sessions;
};
extern const struct fields msg_renamed;

/** The answer of operations that send rows. */
struct msg_count {
	int64_t count;
};
extern const struct fields msg_count;

#endif
