/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_TABLES_MSG_ROTATE_H
#define CV_WIRE_TABLES_MSG_ROTATE_H

#include "vault/base/secret.h"
#include "vault/format/fields.h"
#include "vault/wire/tables/msg_retire.h"

/** The messages of one rotation: the request, the events, and the question about a hook. */

enum msg_rotate_act {
	MSG_ROTATE, /**< also the default */
	MSG_ROTATE_RESUME,
	MSG_ROTATE_PLAN,
	MSG_ROTATE_UNDO,
	MSG_ROTATE_ABORT,
	MSG_ROTATE_ACTS
};

/** The arguments of `rotate`. NULL texts are not given. */
struct msg_rotate {
	const char *name;
	enum msg_rotate_act act;
	enum msg_retire retire;	 /**< MSG_RETIRE_NONE: the keys' setting, or the vault's */
	int64_t idle_s;		 /**< with MSG_RETIRE_WHEN_IDLE */
	int64_t grace_s;	 /**< -1: not given */
	struct field_list hooks; /**< commands, besides those of the keys */
	const char *delete_key;
	bool keep_orphan;
	const char *region, *endpoint, *proxy, *no_proxy;
	const char *code;
	bool can_ask, askpass; /**< as of msg_credentials */
	bool confirm;
};
extern const struct fields msg_rotate;

/** The question `hook`: it hands the new key to a program. Its answer. */
struct msg_hook {
	const char *kind, *name, *command;
	const char *old_access_key_id, *new_access_key_id;
	struct secret secret_access_key;
	const char *account_id, *user_name, *region;
};
struct msg_hooked {
	bool acknowledged;
	const char *why;
};
extern const struct fields msg_hook, msg_hooked;

/** Events: a step is begun, the new key is being proved, there is a wait. */
struct msg_step {
	const char *what, *name, *step, *old_access_key_id, *new_access_key_id;
};
struct msg_proving {
	const char *what, *name;
	int64_t proved, of, wait_s;
};
struct msg_waiting {
	const char *what, *name, *waits_for;
	int64_t wait_s;
};
extern const struct fields msg_step, msg_proving, msg_waiting;

/** A use of a key that the log cannot explain. */
struct msg_use {
	int64_t at;
	const char *service, *region;
};

extern const struct fields msg_use;

/** How one rotation stands: an element of `rotate --json`'s rotations. */
struct msg_rotation {
	const char *name, *state, *step;
	const char *old_access_key_id, *new_access_key_id;
	bool resumed;
	int64_t delete_after;
	const char *waits_for;
	struct msg_use unexplained_use;
	bool is_unexplained;
	struct field_raw error; /**< filled by the command line */
};
extern const struct fields msg_rotation;

/** The event that comes before an error which leaves something unfinished. */
struct msg_unfinished {
	const char *what, *name;
	struct msg_rotation rotation;
};
extern const struct fields msg_unfinished;

/** A row of `rotations`: an unfinished rotation. */
struct msg_begun {
	const char *name, *step, *old_access_key_id, *new_access_key_id;
	enum msg_retire retire;
	int64_t begun_at, off_at, delete_after;
	bool held;
	int64_t pid;		 /**< the process whose client holds the rotation; 0: none */
	struct field_list names; /**< the names that hold either of the two keys now */
};
extern const struct fields msg_begun;

#endif
