/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_ROTATE_ROTATING_H
#define CV_AGENT_ROTATE_ROTATING_H

#include "vault/agent/core/courier_http.h"
#include "vault/agent/core/request.h"
#include "vault/agent/core/rotation_holds.h"
#include "vault/rotate/journal.h"
#include "vault/rotate/rotate.h"
#include "vault/seal/record/record.h"
#include "vault/wire/tables/msg_rotate_plan.h"

/** A rotation's request: the callbacks of vault/rotate, implemented by the agent. */
struct rotating {
	struct request *request;
	struct rotate_seams seams;
	struct courier_http courier;
	struct rotation_holds_hold hold;
	const char *code; /**< the request's MFA code; NULL for none; sent once */
	bool can_ask;
	const char *region; /**< the order's region, for the MFA session */
	const char *endpoint;
	struct http_proxy proxy;
};

/** Sets the callbacks; *rotating must not move until rotating_close(). */
void rotating_open(struct rotating *rotating, struct request *request);
void rotating_close(struct rotating *rotating);

/**
 * Takes the key of this name for the request's client, before the client reads it: until
 * rotation_holds_release() no other client changes the key or its rotation. A hold on another key
 * is given back; at first *hold is zeros. `step` is static text: where the holder is. Leaves the
 * gate while it waits. ROTATION_HELD while another client has the key, NOT_FOUND without one.
 */
MUST bool rotating_hold(struct request *request, const char *name, const char *step,
			struct rotation_holds_hold *hold, struct error *err);

/**
 * Fills in what the request `said` leaves open (0, for the grace -1). How the old key is retired
 * comes from the key named, else from another name that shares the IAM key, else from the vault's
 * settings; the grace from the settings. The hooks are the request's and those of all names that
 * share the IAM key, once each, as text in *hooks.
 */
MUST bool rotating_fill(struct agent *agent, const struct rotate_order *said,
			const struct access_key *named, struct rotate_order *order,
			struct buf *hooks, struct error *err);

/** The hold on a key that a request is about to remove, to replace or to rename. */
struct rotating_claim {
	struct agent *agent;
	struct rotation_holds_hold hold;
	/** The old id of the rotation whose old key only waits for its deletion; may be empty. */
	char waits[ACCESS_KEY_ID_MAX + 1];
	/** The same where the rotation's row is deleted with the key: no other name holds it. */
	char ends[ACCESS_KEY_ID_MAX + 1];
};

/**
 * Takes the key of this name as a rotation does, until rotating_unclaim(), and reads it: *key is
 * initialised before and without its secret after, *row is its row. FAILED while its rotation is
 * not finished, ROTATION_HELD while another client has the key. `step` is static text.
 */
MUST bool rotating_claim(struct request *request, const char *name, const char *step,
			 struct access_key *key, struct record_id *row,
			 struct rotating_claim *claim, struct error *err);

/** Accepts a claim that failed, and zeros. */
void rotating_unclaim(struct rotating_claim *claim);

/** An element of `rotate --json`'s rotations, its error null; borrows from *rotate. */
struct msg_rotation rotating_element(const struct rotate *rotate);

/** The message of a `plan` event, and the memory that it borrows from beside *rotate. */
struct rotating_plan {
	struct msg_rotate_plan told;
	struct journal_names names;
	const char *deletes[MSG_DELETES_MAX];
	struct sealed_authorities_view trusted;
};

/**
 * To be called after preflight_look(). `anew`: the begun rotation is to be ended, and another
 * rotation follows. The caller clears *plan in any case; *plan must not move.
 */
MUST bool rotating_plan(const struct rotate *rotate, bool anew, struct rotating_plan *plan,
			struct error *err);
void rotating_plan_clear(struct rotating_plan *plan);

#endif
