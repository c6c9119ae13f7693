/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_VIEW_KEY_VIEW_H
#define CV_AGENT_VIEW_KEY_VIEW_H

#include "vault/agent/core/agent.h"
#include "vault/agent/core/request.h"
#include "vault/seal/record/access_key.h"
#include "vault/seal/record/record.h"
#include "vault/store/inspect/inspect.h"
#include "vault/wire/tables/msg_key.h"
#include "vault/wire/tables/msg_vault.h"

#include <stdbool.h>
#include <stddef.h>

/** What answers show of keys, never a secret. */

enum { VIEW_DAY_S = 86400 };

/** When a key is to be rotated. */
struct view_age {
	int64_t max_age_s; /**< 0: never */
	int64_t due_at;	   /**< 0: never, or unknown */
	bool due;	   /**< past max-age less the lead, at most a tenth of it; or unknown */
	bool overdue;
};
struct view_age view_age(const struct access_key *key, const struct settings *settings,
			 int64_t now);

/** What a key's view says besides the key itself. */
struct view_at {
	int64_t now;
	struct settings settings;
	int64_t used_at;      /**< 0: never */
	int64_t session_at;   /**< when its session ends; 0: none */
	const char *rotating; /**< the next step of its rotation; NULL: none */
};

/** A key's view, as text, is shorter than this. */
enum { VIEW_TEXT_MAX = 16384 };

/** What `list` and `show` say of a key; borrows from it. */
struct msg_key view_key(const struct access_key *key, const struct view_at *at);

/** Answers with it, as the table says: msg_key or msg_key_whole. */
MUST bool view_key_answer(struct request *request, const struct access_key *key,
			  const struct record_id *row, const struct fields *fields,
			  struct error *err);

/** The rotations that are not over, read once for many keys. */
struct view_rotations {
	struct view_rotation {
		char access_key_id[ACCESS_KEY_ID_MAX + 1]; /**< the old or the new one */
		const char *step;			   /**< the next one */
	} * at;
	size_t count, room;
};

/** The caller clears *out, also on failure. */
MUST bool view_rotations_read(struct agent *agent, struct view_rotations *out, struct error *err);
void view_rotations_clear(struct view_rotations *rotations);

/** The next step of the key's rotation; NULL for none. Static text. */
const char *view_rotation_step(const struct view_rotations *rotations,
			       const struct access_key *key);

/** Answers with what was found in the vault's file. */
MUST bool view_inspection(struct request *request, const struct inspection *inspection,
			  struct error *err);

/**
 * Called with a key (without its secret, and for the call alone); must not use the store. False
 * ends the walk.
 */
typedef bool view_key_fn(void *arg, const struct access_key *key, const struct record_id *row,
			 struct error *err);

/** Walks over all keys, in no useful order. */
MUST bool view_each_key(struct agent *agent, view_key_fn *fn, void *arg, struct error *err);

#endif
