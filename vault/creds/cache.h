/* SPDX-License-Identifier: MIT */
#ifndef CV_CREDS_CACHE_H
#define CV_CREDS_CACHE_H

#include "vault/aws/call.h"
#include "vault/base/buf.h"
#include "vault/base/clock.h"
#include "vault/base/error.h"
#include "vault/format/digest.h"
#include "vault/seal/record/session_record.h"
#include "vault/store/store.h"
#include "vault/store/txn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The sessions that are alive: in memory (sealed between uses) by the digest of their step, and
 * sealed in the vault so that a lock and unlock keeps them. The cache also holds routes: a route
 * maps the digest of a request to the session it led to, with the answer ready to be sent. A route
 * needs no record of a key, so programs can go on while the records are locked. Thread-safe.
 */
struct cache;

enum { CACHE_SESSIONS_MAX = 1024, CACHE_ROUTES_MAX = 1024 };

MUST bool cache_new(struct cache **out, struct error *err);

/** Wipes and frees. Accepts NULL. */
void cache_free(struct cache *cache);

/** Brings the sealed sessions that have not ended at `now` back into memory, after an unlock. */
MUST bool cache_load(struct cache *cache, struct store *store, int64_t now, struct error *err);

/**
 * Copies the session of a step into *out where it has more than left_s seconds left. *found says
 * whether. The caller clears *out.
 */
MUST bool cache_find(struct cache *cache, const unsigned char step[static DIGEST_BYTES],
		     int64_t now, int64_t left_s, struct session_record *out, bool *found,
		     struct error *err);

/** When the session of a step ends, 0 where there is none that lasts beyond `now`. */
int64_t cache_until(struct cache *cache, const unsigned char step[static DIGEST_BYTES],
		    int64_t now);

/** Seals a session into its row; inside store_commit(). cache_receive() then updates the memory. */
MUST bool cache_seal(struct txn *txn, const struct session_record *session, struct error *err);

/**
 * A session on its way into the vault; the caller owns it between cache_expect() and
 * cache_receive(). A drop of sessions between the two calls drops this session too, although it is
 * not in the cache yet and its row is about to be written.
 */
struct cache_coming {
	struct cache_coming *next;
	const struct session_record *session;
	bool dropped;
};

/** Called before the transaction with cache_seal(). */
void cache_expect(struct cache *cache, struct cache_coming *coming,
		  const struct session_record *session);

/**
 * Called after that transaction. Where the session was `stored`, the memory takes a copy, which
 * replaces the step's old session and the routes that led to it; false, with NOT_FOUND, where the
 * session was dropped.
 */
MUST bool cache_receive(struct cache *cache, struct cache_coming *coming, bool stored,
			struct error *err);

/** The session that a request led to. A plain value but for `answer`, which the caller clears. */
struct cache_route {
	unsigned char step[DIGEST_BYTES];     /**< the session handed out */
	bool of_key;			      /**< the chain begins with a key of the vault … */
	char key_name[TEXT_NAME_MAX + 1];     /**< … by this name when the route was made */
	unsigned char key_row[SEAL_ID_BYTES]; /**< the row of that key, for its usage */
	char access_key_id[ACCESS_KEY_ID_MAX + 1];
	char role_arn[ACCESS_KEY_ARN_MAX + 1];
	int64_t expires_at;
	const struct skew
	    *skew; /**< of the endpoint that made the session, outliving the cache; may be NULL */
	bool mfa;
	bool told;	   /**< cache_route_tell() was called for it */
	struct buf answer; /**< the JSON object of the answer; a secret */
};

enum { CACHE_ANSWER_MAX = 32768 };

#define CACHE_ROUTE_INIT ((struct cache_route){.answer = BUF_INIT(CACHE_ANSWER_MAX)})

/**
 * Copies the route of a request with more than left_s seconds left, by skew_now() of its endpoint.
 * As cache_find().
 */
MUST bool cache_route_find(struct cache *cache, const unsigned char request[static DIGEST_BYTES],
			   const struct clock *clock, int64_t left_s, struct cache_route *out,
			   bool *found, struct error *err);

/**
 * Remembers a route (a copy). Quietly does nothing when its session is gone from memory, or is of
 * another name by now.
 */
MUST bool cache_route_put(struct cache *cache, const unsigned char request[static DIGEST_BYTES],
			  const struct cache_route *route, struct error *err);

/**
 * Whether a request's route is in memory and this was not called for it before: what there is to
 * say of a session is said once.
 */
bool cache_route_tell(struct cache *cache, const unsigned char request[static DIGEST_BYTES]);

/**
 * Drops one session that AWS does not take any more; its row goes with the next one of that step.
 */
void cache_forget(struct cache *cache, const unsigned char step[static DIGEST_BYTES]);

/** Names of session rows; plain memory, freed by cache_names_clear(). */
struct cache_names {
	char (*at)[SESSION_NAME_BYTES];
	size_t count;
};
void cache_names_clear(struct cache_names *names);

/** Which sessions: NULL or negative members mean any. */
struct cache_filter {
	const char *profile;
	const char *key_name; /**< of the key that is its origin */
	int64_t ended_at;     /**< sessions that have expired at this time; -1 for any */
	int64_t minted_until; /**< sessions made at this time or before; 0 for any */
};

/**
 * Drops sessions and the routes that lead to them from memory and hands back the names of their
 * rows, for cache_delete(). After that the cache no longer hands these sessions out.
 */
MUST bool cache_drop(struct cache *cache, const struct cache_filter *filter,
		     struct cache_names *names, struct error *err);

/**
 * The names of all rows of sessions that began with a key, whether the memory has them or not;
 * inside store_commit(), where no other session comes in between. *names is emptied first.
 */
MUST bool cache_find_rows(struct txn *txn, const char *key_name, struct cache_names *names,
			  struct error *err);

/** Deletes the rows of these names; inside store_commit(). A missing row is no error. */
MUST bool cache_delete(struct txn *txn, const struct cache_names *names, struct error *err);

/** Like cache_delete(), in a transaction of its own. */
MUST bool cache_remove_rows(struct store *store, const struct cache_names *names,
			    struct error *err);

/**
 * Gives the sessions of a renamed key its new name, in memory; the routes that led to them by the
 * old one are gone, and so is a session that is on its way. Called after the transaction with
 * cache_rename_row().
 */
void cache_rename(struct cache *cache, const char *key_name, const char *new_name);

/** The same in a session's row, if it is there and of that key; inside store_commit(). */
MUST bool cache_rename_row(struct txn *txn, const char *row, const char *key_name,
			   const char *new_name, struct error *err);

/** What `status` and `list` say about a session. */
struct cache_view {
	const char *profile;  /**< borrowed for the call */
	const char *key_name; /**< of the key that is its origin; "" for another origin */
	int64_t expires_at;
	bool mfa;
	bool role; /**< of a role, not of the key itself */
};
typedef void cache_view_fn(void *arg, const struct cache_view *view);

/** Calls fn for every session that lasts beyond now; fn must not call the cache. */
void cache_each(struct cache *cache, int64_t now, cache_view_fn *fn, void *arg);

#endif
