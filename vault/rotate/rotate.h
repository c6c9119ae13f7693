/* SPDX-License-Identifier: MIT */
#ifndef CV_ROTATE_ROTATE_H
#define CV_ROTATE_ROTATE_H

#include "vault/audit/entry.h"
#include "vault/aws/call.h"
#include "vault/aws/iam.h"
#include "vault/rotate/journal.h"
#include "vault/rotate/foreign_use.h"
#include "vault/seal/record/access_key.h"
#include "vault/seal/record/rotation_record.h"
#include "vault/store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The rotation of one key: a machine that is driven step by step (steps.h). Each step is durable
 * before the next begins, and may be done again. The machine never prints, prompts or runs
 * anything: what it needs of the world are the seams below, which the agent and the tests fill in.
 */

enum {
	ROTATE_WAIT_FIRST_MS = 3000, /**< IAM needs seconds until a new key is known everywhere */
	ROTATE_WAIT_MAX_MS = 60000,
	ROTATE_PATIENCE_S =
	    300, /**< for so long after its creation an unknown key is a young one */
	ROTATE_PATIENCE_MIN_S = 30
};

struct rotate;

/** All of them are there. */
struct rotate_seams {
	struct store *store;
	const struct http *http;
	const struct clock *clock;
	void *ctx;
	/** How far the clock of this endpoint is off; lives as long as the seams. */
	struct skew *(*skew)(void *ctx, const char *url);
	/** The pace of all who ask this host, as long as the seams; NULL where it has none. */
	struct pace *(*pace)(void *ctx, const char *host);
	/** Before and after waiting for AWS or for time: the gate (agent.h) is left and entered. */
	void (*leave)(void *ctx);
	void (*enter)(void *ctx);
	/** Whether the client has gone: then the run ends after the call at hand. */
	bool (*gone)(void *ctx);
	/** A session of the current key made with MFA, from the cache or with one code. */
	bool (*session)(void *ctx, const struct access_key *key, struct credentials *out,
			struct error *err);
	/** Gives the new key to one hook's command; true when the hook has acknowledged it. */
	bool (*hook)(void *ctx, const struct rotate *rotate, const char *command,
		     const struct access_key *fresh, struct error *err);
	/** Drops the sessions that were made from the key that is off now. */
	bool (*retired)(void *ctx, const struct rotation_record *rotation, struct error *err);
	/** Erases the rows of a rotation that is over from the file's journal. */
	bool (*erase)(void *ctx, struct error *err);
	/** An entry of the log with time and peer filled. */
	struct audit_entry (*entry)(void *ctx);
	/** A step begins (rotate->row.step), a proof is tried, a wait begins. */
	void (*on_step)(void *ctx, const struct rotate *rotate);
	void (*on_proving)(void *ctx, const struct rotate *rotate, int proved, int64_t wait_s);
	void (*on_waiting)(void *ctx, const struct rotate *rotate, const char *what,
			   int64_t wait_s);
	struct call_listener listener; /**< told of each try of a call */
};

/** What the client asks for. Borrowed as long as the rotation; a text that is not given is NULL. */
struct rotate_order {
	const char *name;
	enum rotation_retire retire;
	int64_t idle_s;
	int64_t grace_s;
	const char *hooks; /**< a JSON array; NULL for none */
	const char *region;
	const char *endpoint;
	struct http_proxy proxy;
	const char *delete_key; /**< an id at IAM that may be deleted */
	bool keep_orphan;	/**< a key that may be a lost answer's is somebody else's */
};

enum rotate_may { ROTATE_MAY_UNKNOWN, ROTATE_MAY, ROTATE_MAY_NOT };

/** When and where AWS saw a key last. */
struct rotate_use {
	bool known;
	struct iam_last_used last;
};

/** What the rest of a rotation waits for, as far as this run found. */
enum rotate_waits { ROTATE_WAITS_NOT, ROTATE_WAITS_GRACE, ROTATE_WAITS_IDLE, ROTATE_WAITS_CODE };

/** What preflight found; plain values. */
struct rotate_found {
	struct iam_access_keys keys;
	struct rotate_use uses[IAM_KEYS_MAX];
	enum rotate_may create, update, delete, last_used;
	enum foreign_use_verdict
	    verdict; /**< on the last use of `judged`, the key that was current */
	char judged[ACCESS_KEY_ID_MAX + 1];
};

struct rotate {
	const struct rotate_seams *seams;
	struct rotate_order order;
	struct access_key key;	    /**< as in the vault, without its secret */
	struct rotation_record row; /**< step 0: no rotation is begun */
	bool resumed;
	bool over; /**< the row is gone */
	enum rotate_waits waits;
	struct rotate_found found;
	struct endpoint iam, sts;
	struct credentials session; /**< with MFA, once it was needed; signs in place of keys */
	bool session_died;	    /**< one code serves a run: no other session is made */
	char arn[ACCESS_KEY_ARN_MAX + 1];
	char user_name[65];
};

/**
 * Reads the key and the rotation that was begun with it; nobody else may rotate the key meanwhile.
 * NOT_FOUND without such a key; USAGE where the rotation was begun at another endpoint; FAILED
 * where the key may not sign for the endpoint. The caller clears *rotate in any case; it must not
 * move.
 */
MUST bool rotate_open(struct rotate *rotate, const struct rotate_seams *seams,
		      const struct rotate_order *order, struct error *err);
void rotate_clear(struct rotate *rotate);

/** The id of the key that is to go, and of the one that is to stay; "" where there is none yet. */
const char *rotate_old_id(const struct rotate *rotate);
const char *rotate_new_id(const struct rotate *rotate);

/** The key of this id as IAM listed it last, NULL where it did not. Borrowed. */
const struct iam_access_key *rotate_listed(const struct rotate *rotate, const char *access_key_id);

/** When AWS saw a key that is listed. Borrowed. */
const struct rotate_use *rotate_use_of(const struct rotate *rotate,
				       const struct iam_access_key *listed);

/**
 * The use of the current key that preflight found and this vault cannot explain; NULL: none.
 * Borrowed.
 */
const struct iam_last_used *rotate_unexplained(const struct rotate *rotate);

/** How long a key must be idle where this was asked for: less than AWS's own lag says nothing. */
int64_t rotate_idle_s(int64_t asked);

/** How far the endpoint's clock is ahead of ours; 0 where the network may explain it. */
int64_t rotate_aws_ahead_s(const struct rotate *rotate, const struct endpoint *endpoint);

/** The log's line for a step: the key it is about and a few words. */
struct audit_entry rotate_entry(const struct rotate *rotate, const char *access_key_id,
				const char *what);

/** Writes the row with this step, and its line; on failure the row's step is what it was. */
MUST bool rotate_commit(struct rotate *rotate, enum rotation_record_step step,
			const char *access_key_id, const char *what, struct error *err);

/** Ends the rotation: removes the recovery file, then the row with its secret. */
MUST bool rotate_end(struct rotate *rotate, const char *access_key_id, const char *what,
		     struct error *err);

/** Waits outside of the gate, in short pieces. INTERRUPTED when the client goes meanwhile. */
MUST bool rotate_wait(struct rotate *rotate, int64_t ms, struct error *err);

/** The next wait of a back-off: twice as long, up to ROTATE_WAIT_MAX_MS, less a random eighth. */
int64_t rotate_back_off(int64_t ms);

#endif
