/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_TABLES_MSG_ROTATE_PLAN_H
#define CV_WIRE_TABLES_MSG_ROTATE_PLAN_H

#include "vault/wire/tables/msg_rotate.h"

/**
 * The findings of a rotation and its next actions: the event `plan`, the question `rotate`, and the
 * answer where nothing else is asked for.
 */

enum msg_may { MSG_MAY_UNKNOWN, MSG_MAY, MSG_MAY_NOT, MSG_MAYS };
enum { MSG_IAM_KEYS_MAX = 16, MSG_DELETES_MAX = 2 };

/** A key as IAM lists it. */
struct msg_iam_key {
	const char *access_key_id, *status;
	int64_t created_at;
	bool ours;
	int64_t last_used_at;
	const char *last_used_service, *last_used_region;
};

/** The calls that the key's user may make. */
struct msg_permissions {
	enum msg_may create, list, update, delete, last_used;
};

struct msg_rotate_plan {
	size_t keys_count;
	struct msg_iam_key keys[MSG_IAM_KEYS_MAX];
	const char *name;
	struct field_list names; /**< all names that hold the key */
	const char *user_name, *account_id, *arn, *access_key_id;
	struct msg_permissions may;
	bool mfa; /**< a session with MFA signs */
	struct msg_use unexplained_use;
	bool is_unexplained;
	bool handed_out;
	enum msg_retire retire;
	int64_t grace_s, idle_s;
	struct field_raw hooks;
	struct field_list deletes; /**< ids of the keys to delete before a new key is made */
	bool resumed;
	const char *ca_bundle; /**< the file of the sealed authorities; NULL: none are sealed */
	const char *step;      /**< the next step of a rotation already begun */
	const char *what;      /**< "plan" in an event, else NULL */
	const char *kind;      /**< "rotate" in a question, else NULL */
};
extern const struct fields msg_rotate_plan;

/** The answer to the question. */
struct msg_go {
	bool go;
};
extern const struct fields msg_go;

#endif
