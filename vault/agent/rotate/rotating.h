/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_ROTATE_ROTATING_H
#define CV_AGENT_ROTATE_ROTATING_H

#include "vault/agent/core/courier_http.h"
#include "vault/agent/core/request.h"
#include "vault/agent/core/rotation_holds.h"
#include "vault/rotate/rotate.h"
#include "vault/seal/record/record.h"

/** A request that rotates: the seams of vault/rotate filled with what the agent has. */
struct rotating {
	struct request *request;
	struct rotate_seams seams;
	struct courier_http courier;
	struct rotation_holds_hold hold;
	const char *code; /**< that came along; NULL for none; sent once */
	bool can_ask;
	const char *region; /**< as in the order, for the MFA session */
	const char *endpoint;
	struct http_proxy proxy;
};

/** Fills the seams; *rotating must stay where it is until rotating_close(). */
void rotating_open(struct rotating *rotating, struct request *request);
void rotating_close(struct rotating *rotating);

/**
 * Takes the key for the request's client (rotation_holds_take()), leaving the gate while it waits.
 * What
 * *hold held is given back first; at first it is zeros. `step` is static text: where the holder is.
 */
MUST bool rotating_hold(struct request *request, const char *access_key_id, const char *step,
			struct rotation_holds_hold *hold, struct error *err);

/**
 * What a request left open: how the old key is retired, from the key named, else from another name
 * that shares the IAM key, else from the vault's settings; the grace, from the settings; and beside
 * the request's hooks those of all who share it, once each, as text in *hooks. In `said`, 0 and for
 * the grace -1 is not said.
 */
MUST bool rotating_fill(struct agent *agent, const struct rotate_order *said,
			const struct access_key *named, struct rotate_order *order,
			struct buf *hooks, struct error *err);

/** A key that is about to be removed or replaced, and that nobody rotates meanwhile. */
struct rotating_claim {
	struct agent *agent;
	struct rotation_holds_hold hold;
	/** The row to go in the same transaction (journal_drop()); may be empty. */
	char ends[ACCESS_KEY_ID_MAX + 1];
};

/**
 * Takes the key of this name as a rotation would, until rotating_unclaim(), and reads it anew: *key
 * is an initialised one, without its secret after, *row its row. FAILED while its rotation is not
 * finished, ROTATION_HELD while a client is at it. Where the old key is only waiting to be deleted
 * and no other name holds the new one, claim->ends is the row that goes with it, else it is empty.
 */
MUST bool rotating_claim(struct request *request, const char *name, struct access_key *key,
			 struct record_id *row, struct rotating_claim *claim, struct error *err);

/** Accepts a claim that failed, and zeros. */
void rotating_unclaim(struct rotating_claim *claim);

/** An element of `rotate --json`'s rotations, its error null; the caller's. */
MUST bool rotating_element(const struct rotate *rotate, json_t **out, struct error *err);

/**
 * The members of a `plan` event, after preflight_look(); the caller's. `anew`: what is begun is to
 * be ended, and another rotation follows.
 */
MUST bool rotating_plan(const struct rotate *rotate, bool anew, json_t **out, struct error *err);

#endif
