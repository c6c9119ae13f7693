/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_REQUEST_H
#define CV_AGENT_CORE_REQUEST_H

#include "vault/agent/core/agent.h"
#include "vault/store/txn.h"
#include "vault/audit/entry.h"
#include "vault/aws/call.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/process.h"
#include "vault/wire/message.h"

#include <jansson.h>
#include <stdbool.h>

/** A connection and its current request, and what an operation may do with them. */

enum {
	REQUEST_ASK_MS = 120000,   /**< how long an answer to a question may take */
	REQUEST_RATE_PER_S = 4000, /**< requests a connection may send, in the long run */
	REQUEST_BURST = 8000,
	REQUEST_PROOF_LIFE_MS = 60000, /**< how long an offer of a channel may be taken up */
	/** After the first proof that is refused on a connection, twice after two … */
	REQUEST_PROOF_DELAY_MS = 100,
	REQUEST_PROOF_DELAY_MAX_MS = 10000
};

/** A connection. Used by its own thread alone. */
struct connection {
	struct agent *agent;
	struct line line; /**< sealed once the client has proved itself (`channel`) */
	struct channel channel;
	bool launch; /**< the socketpair the agent was started with, by whoever unlocked it */
	struct process_peer peer;
	struct audit_peer who;
	struct buf in;
	int64_t tokens;		     /**< requests it may send now */
	int64_t filled_ms;	     /**< when they were counted last */
	unsigned int refused_proofs; /**< one after the other; see REQUEST_PROOF_DELAY_MS */
	bool later;		     /**< this is not its first request */
	bool over;		     /**< the client was seen to have hung up */
};

struct request;

/** An operation (ops.h): its name, what it may count on, and its function. */
enum {
	OP_PLAIN = 0,
	OP_LAUNCH = 1,	 /**< only on the socketpair, and only before the unlock */
	OP_ACTIVITY = 2, /**< puts off the idle limit when it succeeds */
	OP_RECORDS = 4,	 /**< LOCKED while the keys to the records are gone */
	OP_DENIALS = 8,	 /**< a failure is recorded and counted as a denial */
	OP_OUTSIDE = 16, /**< runs outside of the gate */
	OP_CHANNEL =
	    32, /**< CHANNEL_NEEDED, before its arguments are read, of an unproved client */
	OP_ANY_VERSION = 64 /**< answered whatever version asks; its arguments do not count then */
};

struct op {
	const char *name;
	unsigned int flags;
	/** On success it has given its answer (request_answer()). */
	bool (*run)(struct request *request, struct error *err);
};

struct request {
	struct agent *agent;
	struct connection *connection;
	const struct op *op;
	json_t *message;	 /**< the parsed request, which owns args */
	const json_t *args;	 /**< an object; in a foreign request any value, or NULL */
	const struct buf *frame; /**< the request's exact bytes */
	/** Where the bytes were read before: op is set then, message and args are not. */
	const struct known_request *known;
	struct buf text;		 /**< the answer's object, ready to be sent; wiped */
	bool foreign;			 /**< the client speaks another version (OP_ANY_VERSION) */
	bool gone;			 /**< the client has left */
	bool answered;			 /**< request_commit_and_answer() has sent the answer */
	bool proved;			 /**< see request_need_proof() */
	bool late;			 /**< the agent is leaving: no answer */
	bool gave_up;			 /**< a person was asked, and gave up or mistyped */
	bool asked;			 /**< a question of this request was answered */
	bool undenied;			 /**< a failure from here on is not a denial by the vault */
	bool places[PLACE_KINDS];	 /**< that it has; request_give_places_back() */
	char profile[TEXT_NAME_MAX + 1]; /**< for the denial's entry; may be empty */
};

/**
 * Parses the frame; false where it is no message at all, and the connection is to be closed. The
 * caller lets go of request->message.
 */
MUST bool request_parse(struct request *request, struct error *err);

/**
 * Reads the envelope of the parsed request: {"v":1,"op":…,"args":{…}} and nothing else. Members
 * beside "v" and "op" are ignored where the client speaks another version; most operations of such
 * a client are refused, but `lock` is not.
 */
MUST bool request_unwrap(struct request *request, struct error *err);

/**
 * True where the client holds the vault's passphrase or a key file: the request came through a
 * channel, or from whoever unlocked this very agent. Else CHANNEL_NEEDED: called before anything is
 * done, as the client sends the same request again, in a channel. `why` (static text, or NULL where
 * the act itself says so) is a clause that says what wants it; it becomes the error's detail.
 */
MUST bool request_need_proof(const struct request *request, const char *why, struct error *err);

/**
 * Takes a place of that kind (places.h) for the rest of the request, once. FAILED where all are
 * taken. Whoever has proved to be the owner takes none.
 */
MUST bool request_take_place(struct request *request, enum place kind, struct error *err);

/** At the request's end. */
void request_give_places_back(struct request *request);

/**
 * Whether the client can be asked for a code: somebody there can answer, or it may run the program
 * that the vault's settings name.
 */
bool request_can_ask(const struct request *request, bool can_ask, bool askpass);

/**
 * Called before frames are sent: a request whose client has not read what was sent before takes a
 * place. False where none is left: the client counts as gone.
 */
MUST bool request_may_send(struct request *request, struct error *err);

/** The connection's peer as the log names it; read on first use. */
const struct audit_peer *request_peer(struct request *request);

/** An entry with time and peer filled. */
struct audit_entry request_entry(struct request *request, enum audit_op op);

/** Sets `answer` as the request's answer, {"ok":answer}. */
MUST bool request_answer(struct request *request, const struct message *answer, struct error *err);

/**
 * Commits fn; the request's answer is then the text in request->text. Where another request's
 * thread makes the commit, that thread sends the answer too (request->answered), and this thread
 * sleeps until the client sends more or hangs up: one wake-up less for each of many clients. Within
 * the gate.
 */
MUST bool request_commit_and_answer(struct request *request, txn_fn *fn, void *arg,
				    struct error *err);

/** Sends {"ok":text} from request->text. */
MUST bool request_send_ok(struct request *request);

/**
 * Sends {"row":row}, outside of the gate: a client that does not read keeps nobody waiting. Called
 * inside of it, as the other two that send rows.
 */
MUST bool request_send_row(struct request *request, const struct message *row, struct error *err);

/** Sends {"event":event}. A client that does not take it has left (request->gone). */
void request_send_event(struct request *request, const struct message *event);

/** Sends the event `call` to the request's client after each try of a call of AWS. */
struct call_listener request_listener(struct request *request);

/** Whether the client has left, or will send nothing more. Looks without waiting. */
bool request_is_gone(struct request *request);

/**
 * As request_send_row(), for long lists: the row is JSON text, and rows are gathered in `frames`
 * (FRAMES_INIT) and sent many at a time. The caller sends the rest by request_rows_send() and
 * clears `frames`.
 */
MUST bool request_row_text(struct request *request, const char *row, struct buf *frames,
			   struct error *err);
MUST bool request_rows_send(struct request *request, struct buf *frames, struct error *err);

/**
 * Asks the client: sends {"ask":ask} and waits at most wait_ms, outside of the gate. *answer is the
 * object of the answer, the caller's; NULL with INTERRUPTED where the client answers null, has left
 * (request->gone) or takes too long.
 */
MUST bool request_put_question(struct request *request, const struct message *ask, int wait_ms,
			       json_t **answer, struct error *err);

#endif
