/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_AGENT_H
#define CV_AGENT_CORE_AGENT_H

#include "vault/agent/core/broker.h"
#include "vault/agent/core/denials.h"
#include "vault/agent/core/emissions.h"
#include "vault/agent/core/single_flight.h"
#include "vault/agent/core/idle_connections.h"
#include "vault/agent/core/idle_origins.h"
#include "vault/agent/core/known_requests.h"
#include "vault/agent/core/limits.h"
#include "vault/agent/core/peer.h"
#include "vault/agent/core/places.h"
#include "vault/agent/core/rotation_holds.h"
#include "vault/agent/core/sealed_authorities.h"
#include "vault/aws/skews.h"
#include "vault/agent/core/key_use.h"
#include "vault/aws/http.h"
#include "vault/aws/pace.h"
#include "vault/base/clock.h"
#include "vault/base/error.h"
#include "vault/creds/cache.h"
#include "vault/creds/source.h"
#include "vault/seal/keys.h"
#include "vault/seal/record/settings.h"
#include "vault/store/store.h"

#include <jansson.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * The agent's one state: the open vault, its keys, the sessions in memory, and the gate that each
 * request passes before it uses them. An agent exists exactly while the vault is unlocked; an agent
 * that has begun to end never serves again.
 */

enum { AGENT_DRAIN_MS = 3000, AGENT_END_S = 8 };

struct op;
struct server;

struct agent {
	/* Set before the threads start, constant after. */
	const struct clock *clock;
	const struct http *http; /**< NULL: a courier for each operation; tests script theirs */
	struct broker *broker;	 /**< NULL where http is set */
	const struct sources *sources; /**< the sources of credentials; tests add their own */
	char vault[PATH_MAX];	       /**< the vault's path, resolved */
	char socket[PATH_MAX];	       /**< moves only while the agent serves, under `lock` */
	dev_t socket_device;	       /**< with the inode: which socket is the agent's own */
	ino_t socket_inode;
	char witness[PATH_MAX];	     /**< the state directory; empty: no witness, for tests */
	bool listens;		     /**< tests do without the named socket */
	uid_t uid;		     /**< the agent's user; other users are refused */
	const struct op *operations; /**< the agent's operations; see ops.h */

	pthread_mutex_t lock; /**< guards what follows down to `purge_at_ms` */
	pthread_cond_t quiet;
	unsigned int inside; /**< requests within the gate */
	unsigned int connections;
	bool closing;
	bool unlocked;
	struct limits limits;
	struct emissions emissions;
	bool own_idle, own_total; /**< the unlock set this limit, and settings do not change it */
	bool idle;		  /**< the idle limit has passed */
	struct idle_origins idle_origins; /**< set with `idle`, and constant after */
	bool resident;
	char how[32];
	int64_t unlocked_at;
	int64_t purge_at_ms;

	/* Made by the open and unlock operations, used within the gate. */
	struct store *store;
	struct keys keys; /**< keys for proofs and MFA digests; never the keys to records */
	unsigned char vault_id[SEAL_ID_BYTES];
	struct settings settings; /**< guarded by the lock, read by agent_settings() */
	struct cache *cache;
	struct flights *flights;
	struct denials *denials;
	struct skews *skews;
	struct paces *paces; /**< the pace of rotations, which share AWS's rate limits */
	struct key_use *usages;
	struct rotation_holds *rotations; /**< rotation_holds.h */

	/* Thread-safe by themselves. */
	atomic_bool erase_due; /**< the journal may hold retired key material */
	struct places places;
	struct server *server; /**< lives as long as the process; NULL before the unlock */
	struct idle_connections idlers;
	struct peers peers;
	struct known_requests *known;
	struct sealed_authorities authorities; /**< besides the system's */
	pthread_mutex_t config_turn;	       /**< one change of the settings after another */
};

MUST bool agent_init(struct agent *agent, const struct clock *clock, struct error *err);

/** Frees what is left, without a word to the log. An agent that has served ends by agent_end(). */
void agent_clear(struct agent *agent);

/**
 * Passes the gate; false, LOCKED, when the agent is ending. A request that waits for a person, AWS
 * or another request leaves the gate first.
 */
MUST bool agent_enter(struct agent *agent, struct error *err);
void agent_leave(struct agent *agent);

/**
 * Passes the gate again after an agent_leave() in the middle of a request. Where the agent is
 * ending the call does not return: the thread sleeps until the process is gone.
 */
void agent_reenter(struct agent *agent);

/**
 * Applies the limits: at the idle limit the keys to the records are wiped; past the other limits,
 * or after a sleep of the machine, the agent ends (agent_end()). Called by every request and by the
 * main loop, outside of the gate.
 */
void agent_check_limits(struct agent *agent);

/** Behind the idle limit: the origin of a plan, where sessions of it live on (idle_origins.h). */
bool agent_idle_origin(struct agent *agent, const struct plan *plan, struct origin *out);

/** A request from a person or program was served. */
void agent_touch(struct agent *agent);

/** A copy of the vault's settings as they are now. */
struct settings agent_settings(struct agent *agent);

/**
 * Puts other settings into force. A limit that was given with the unlock stays; the others follow
 * the settings.
 */
void agent_set_settings(struct agent *agent, const struct settings *settings);

/** Whether the socket's name stands for the agent's own socket. */
bool agent_has_socket(const struct agent *agent);

/**
 * Whether the vault is unlocked; it may be so without the keys to the records
 * (store_has_record_keys()).
 */
bool agent_is_unlocked(struct agent *agent);

/**
 * Ends the agent: refuses new requests, removes the socket's name, waits for the requests within
 * the gate, writes the last entries, wipes the keys, closes the vault, and says why in the state
 * file. Returns to its first caller, when the file is closed; that caller then calls agent_exit().
 * For every other caller it does not return. Outside of the gate.
 */
void agent_end(struct agent *agent, const char *why);

_Noreturn void agent_exit(void);

/**
 * Empties the journal, as each act that retires key material does before it answers.
 * SQLite has overwritten the old rows in the file with zeros by then; the journal may still hold
 * them. IO where that fails: the act itself stands, and the journal is emptied as soon as it can
 * be, at the latest when the vault is closed. Within the gate.
 */
MUST bool agent_erase_retired(struct agent *agent, struct error *err);

/**
 * The work of each second: limits, silent connections, denials that were held back, the rows of
 * ended sessions.
 */
void agent_tick(struct agent *agent);

/** A connection begins and ends; the end of the last one ends an agent that is not resident. */
void agent_connection(struct agent *agent);
void agent_disconnect(struct agent *agent);

#endif
