/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_VIEWS_H
#define CV_AGENT_VIEWS_H

#include "vault/agent/agent.h"
#include "vault/seal/access_key.h"
#include "vault/seal/record.h"
#include "vault/store/inspect.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** What the answers show: no secrets here. */

enum { VIEW_DAY_S = 86400, VIEW_LEAD_MAX_S = 7 * VIEW_DAY_S };

/** {"header":hex}. */
CV_MUST_USE
bool view_header(struct store *store, json_t **out, struct error *err);

/** When a key is to be rotated. */
struct view_age {
	int64_t max_age_s; /**< 0: never */
	int64_t due_at;	   /**< 0: never, or unknown */
	bool due;	   /**< past max-age less a lead of 7 days, at most a tenth; or unknown */
	bool overdue;
};
struct view_age view_age(const struct access_key *key, int64_t default_max_age_s, int64_t now);

/** One element of `list --json`'s keys; the caller's. */
CV_MUST_USE
bool view_key(struct agent *agent, const struct access_key *key, const struct record_id *row,
	      json_t **out, struct error *err);

/** The rotations that are not over, read once for many keys. */
struct view_rotations {
	struct view_rotation {
		char old_id[ACCESS_KEY_ID_MAX + 1];
		char new_id[ACCESS_KEY_ID_MAX + 1];
		const char *step; /**< the next one */
	} * at;
	size_t count;
};

/** The caller clears *out, also on failure. */
CV_MUST_USE
bool view_rotations_read(struct agent *agent, struct view_rotations *out, struct error *err);
void view_rotations_clear(struct view_rotations *rotations);

/** As view_key(), with the rotations at hand. */
CV_MUST_USE
bool view_key_among(struct agent *agent, const struct access_key *key, const struct record_id *row,
		    const struct view_rotations *rotations, json_t **out, struct error *err);

/** {"ok","generation","records","log_entries","problems":[…]}; the caller's. */
CV_MUST_USE
bool view_inspection(const struct inspection *inspection, json_t **out, struct error *err);

/** Keys without their secrets, ordered by name. */
struct view_keys {
	struct view_key {
		struct access_key key;
		struct record_id row;
	} * at;
	size_t count;
	size_t room;
};

/** Reads all. The caller clears *out, also on failure. */
CV_MUST_USE
bool view_keys_read(struct agent *agent, struct view_keys *out, struct error *err);
void view_keys_clear(struct view_keys *keys);

#endif
