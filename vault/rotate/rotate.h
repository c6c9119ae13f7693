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
 * One key's rotation: a machine that is driven step by step (steps.h), each of which is durable
 * before the next begins and may be done again. It never prints, prompts or runs anything: what it
 * needs of the world are the seams below, which the agent and the tests fill in.
 */

struct rotate;

struct rotate_seams {
	struct store *store;
	const struct http *http;
	const struct clock *clock;
	void *ctx;
	/** How far the clock of this endpoint is off; lives as long as the seams. */
	struct skew *(*skew)(void *ctx, const char *url);
	/** The pace of all who ask this host; lives as long as the seams. NULL: asked alone. */
	struct pace *(*pace)(void *ctx, const char *host);
	/** Before and after waiting for AWS or for time. NULL: nothing to do. */
	void (*leave)(void *ctx);
	void (*enter)(void *ctx);
	/** Whether the client has gone: then the run ends after the call at hand. NULL: never. */
	bool (*gone)(void *ctx);
	/**
	 * A session of the current key made with MFA, from the cache or with one code. NULL: none
	 * can be had.
	 */
	bool (*session)(void *ctx, const struct access_key *key, struct credentials *out,
			struct error *err);
	/**
	 * Runs hook i with the new key; true when it has acknowledged. NULL: there are no hooks.
	 */
	bool (*hook)(void *ctx, const struct rotate *rotate, const char *command,
		     const struct access_key *fresh, struct error *err);
	/** What was made from the old key is void from now on. NULL: nothing to do. */
	bool (*retired)(void *ctx, const struct rotation_record *rotation, struct error *err);
	/** What is retired is to be erased from the file's journal. NULL: nothing to do. */
	bool (*erase)(void *ctx, struct error *err);
	/** An entry of the log with time and peer filled. */
	struct audit_entry (*entry)(void *ctx);
	/**
	 * A step is begun (rotate->row.step); a proof was tried; there is a wait. Any may be NULL.
	 */
	void (*on_step)(void *ctx, const struct rotate *rotate);
	void (*on_proving)(void *ctx, const struct rotate *rotate, int proved, int64_t wait_s);
	void (*on_waiting)(void *ctx, const struct rotate *rotate, const char *what,
			   int64_t wait_s);
};

/** What is wanted. Borrowed for the rotation's time; NULL texts are not given. */
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
	bool keep_orphan;	/**< candidates are somebody else's */
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
	struct rotation_record row; /**< step 0: nothing is begun */
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
 * Reads the key and what was begun with it. NOT_FOUND without such a key; USAGE where the endpoint
 * is another than the one it was begun at; FAILED where the key may not sign for it. The caller
 * clears *rotate in any case; it must not move meanwhile.
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

/**
 * How long a key must have been idle where this was asked for: less than AWS's own lag says
 * nothing.
 */
int64_t rotate_idle_s(int64_t asked);

/**
 * How far the endpoint's clock is ahead of ours, where that is too far to be the network's; else 0.
 */
int64_t rotate_aws_ahead_s(const struct rotate *rotate, const struct endpoint *endpoint);

#endif
