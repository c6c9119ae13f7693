/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_TABLES_MSG_CREDENTIALS_H
#define CV_WIRE_TABLES_MSG_CREDENTIALS_H

#include "vault/format/fields.h"

/** The messages for credentials: request, the agent's questions, and the steps of a plan. */

enum msg_purpose {
	MSG_FOR_NOTHING,
	MSG_FOR_PROCESS,
	MSG_FOR_EXEC,
	MSG_FOR_EMIT,
	MSG_FOR_UNLOCK, /**< the session is to be there; nothing is handed out */
	MSG_PURPOSES
};

/** The arguments of `credentials`; of `plan` the first and the third. */
struct msg_credentials {
	const char *profile;
	enum msg_purpose purpose;
	struct field_raw plan; /**< how the profile comes to its credentials (vault/creds/plan.h) */
	const char *code;
	bool can_ask; /**< somebody here can be asked for a code */
	bool askpass; /**< else the vault's own program can, run here */
};
extern const struct fields msg_credentials, msg_plan;

/** The answer for MSG_FOR_UNLOCK; others are as vault/format/credjson.h has them. */
struct msg_ready {
	const char *profile;
	int64_t expires_at;
	bool mfa;
};
extern const struct fields msg_ready;

/** The event `clock`: AWS just made a session, and the local clock is off by this much. */
struct msg_clock {
	const char *what;
	int64_t ahead_s; /**< how far the local clock is ahead of AWS's; negative: it is slow */
};
extern const struct fields msg_clock;

/** The event `no-iam`: the credentials are a key's session without MFA, of which IAM takes none. */
struct msg_no_iam {
	const char *what;
};
extern const struct fields msg_no_iam;

/** The answer of `plan`. */
struct msg_plan_step {
	const char *kind; /**< "key", "session", "role" */
	const char *what;
	bool mfa;
	int64_t duration_s;
	int64_t cached_until;
	bool is_made; /**< false of the key: the two above are not said */
	/** Of a role, as the plan has them; NULL where it has not. */
	const char *session_name, *external_id, *session_tags, *transitive_session_tags,
	    *source_identity;
};
enum { MSG_PLAN_STEPS_MAX = 16 };
struct msg_plan_steps {
	const char *profile;
	size_t count;
	struct msg_plan_step steps[MSG_PLAN_STEPS_MAX];
	const char *endpoint, *region; /**< of STS, as far as they are known; NULL else */
};
extern const struct fields msg_plan_steps;

/** The question `mfa`, and its answer. */
struct msg_mfa {
	const char *kind, *profile, *serial, *user, *account;
	int64_t wait_s;
	bool refused;	     /**< the code before this one was */
	const char *askpass; /**< the program that the vault names; NULL: none */
};
struct msg_code {
	const char *code;
};
extern const struct fields msg_mfa, msg_code;

/** The arguments of `clear`, and its answer. */
struct msg_clear {
	struct field_list profiles; /**< none: all */
};
struct msg_cleared {
	int64_t cleared;
};
extern const struct fields msg_clear, msg_cleared;

/** The questions `program`, `file` and `person`, and their answer. */
struct msg_wanted {
	const char *kind, *source, *profile;
};
struct msg_text {
	const char *text;
};
extern const struct fields msg_wanted, msg_text;

#endif
