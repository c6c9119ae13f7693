/* SPDX-License-Identifier: MIT */
#ifndef CV_TESTS_FAULT_ROTATION_MODEL_H
#define CV_TESTS_FAULT_ROTATION_MODEL_H

#include "vault/aws/http.h"
#include "vault/base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A small IAM and STS of one user, a clock, the user's hooks, and a fault at one call of any of
 * them. All plain memory: it can be shared between processes, outlive the one that is killed, and
 * be put back to how it was at some moment.
 */

enum {
	MODEL_KEYS = 8,
	MODEL_SESSIONS = 8,
	MODEL_HOOKS = 4,
	MODEL_TRACE = 64,
	MODEL_ACTION_BYTES = 32,
	MODEL_NOW = 1795000000,
	MODEL_DIED = 77 /**< the exit status of a process that a fault has killed */
};

#define MODEL_ARN	 "arn:aws:iam::111122223333:user/dev"
#define MODEL_MFA_SERIAL "arn:aws:iam::111122223333:mfa/dev"

/** With what every secret of the model begins. */
#define MODEL_SECRET "secretOfTheModelsKey/Number+"

/** X(name, word, column): what goes wrong at a call. */
#define MODEL_FAULTS(X)                                                                           \
	X(KILLED_BEFORE, "killed before", "killed before") /* the call is never made */           \
	X(KILLED_AFTER, "killed after", "killed after")	   /* it is carried out, and the end */   \
	X(KILLED_LATE, "killed, done late", "late")	   /* killed; carried out as with LATE */ \
	X(DROPPED, "not done, no answer", "no answer")	   /* sent, lost on the way */            \
	X(LOST, "done, no answer", "no answer") /* carried out, and the answer is lost */         \
	X(LATE, "done late, no answer", "late") /* see model_arrive() */                          \
	X(500_AFTER, "500 after it was done", "500 after")                                        \
	X(GARBAGE, "done, answered nonsense", "nonsense")                                         \
	X(THROTTLED, "throttled", "throttled")                                                    \
	X(DENIED, "denied", "denied")                                                             \
	X(UNSENT, "not sent", "not sent")

enum model_fault {
	FAULT_NONE,
#define X(name_, word_, column_) FAULT_##name_,
	MODEL_FAULTS(X)
#undef X
	    FAULTS
};

/** In words, and the column of the table it is counted in. */
const char *model_fault_name(enum model_fault fault);
const char *model_fault_column(enum model_fault fault);
bool model_fault_kills(enum model_fault fault);

/** Whose a key at IAM is. */
enum model_owner {
	OWNER_OURS,
	OWNER_FOREIGN, /**< another machine's: nobody here may delete it */
	OWNER_STRAY    /**< nobody's: the person knows that, and names it */
};

struct model_key {
	char id[24];
	char secret[44];
	bool exists, active;
	enum model_owner owner;
	bool lost; /**< its maker did not hear of it: it may be named, and deleted */
	int64_t created_at;
	int64_t used_at;
	int young;		    /**< so many calls signed with it are refused */
	int hook_runs[MODEL_HOOKS]; /**< how often each hook has taken it */
};

/** A call that is still on its way. */
struct model_late {
	bool there;
	char action[MODEL_ACTION_BYTES];
	char signer[24];
	char body[512];
};

struct model {
	struct model_key keys[MODEL_KEYS];
	int made;
	struct {
		char id[24];
		char key[24];
	} sessions[MODEL_SESSIONS];
	int sessions_made; /**< each took one MFA code */
	int64_t now_ms;
	int calls;
	int fault_at; /**< the call that fails, from 1; 0 = none */
	enum model_fault fault;
	bool fault_stays; /**< all calls of that action from then on */
	int struck;	  /**< how many calls have failed so */
	char fault_action[MODEL_ACTION_BYTES];
	char denied[64];   /**< an action that is not allowed */
	bool mfa_demanded; /**< keys are changed with an MFA session only */
	int young;	   /**< what a new key's `young` is */
	struct model_late late;
	char trace[MODEL_TRACE][MODEL_ACTION_BYTES];
};

struct model_key *model_key(struct model *m, const char *id);
struct model_key *model_add(struct model *m, enum model_owner owner);

/** How many keys of ours there are. */
int model_count(const struct model *m, bool only_active);

/** The last call that was made, "" before the first. */
const char *model_last(const struct model *m);

/** A clock on it, and time that is slept is over. */
struct clock model_clock(struct model *m);

/**
 * Counts a call of anything and says how it fails. The process ends where it is killed before.
 * `model_called` is told of it before and after what it does.
 */
enum model_fault model_call(struct model *m, const char *action);
void model_call_done(struct model *m, enum model_fault fault);
extern void (*model_called)(const struct model *m);

/** struct http's send. */
bool model_send(void *model, const struct http_request *request, struct http_reply *reply,
		struct error *err);

/**
 * What is still on its way comes now. By itself a new key comes behind the next listing, all else
 * behind the next call.
 */
void model_arrive(struct model *m);

/** A session of this key with MFA: its id. NULL, the code being spent or not, where it fails. */
const char *model_session(struct model *m, const char *access_key_id);

/** Whether the key, or that of the session, is there and on. */
bool model_works(struct model *m, const char *id);

/** Gives the new key to hook i. False where it does not acknowledge. */
bool model_hook(struct model *m, int i, const char *new_access_key_id);

#endif
