/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_CLIENT_H
#define CV_WIRE_CLIENT_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/wire/message.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

/**
 * The client's end of the agent's protocol (docs/protocol.md): one connection, one call after
 * another. The directory, the socket and the listening process must belong to the caller's uid;
 * this is checked before a byte is sent. Another program of the same user may listen all the same:
 * what is secret, and every question that has a command run, goes through client_call_sealed() or
 * over the socketpair of an agent that this process has started.
 */
struct client {
	int fd;	    /**< -1: not connected */
	pid_t pid;  /**< the listening process; a hint */
	bool known; /**< this process has started the agent, whose end of a socketpair this is */
	char path[108]; /**< of the named socket; "" over another */
	/**
	 * Called when the agent has said nothing for CLIENT_SILENT_MS, and now and then after, with
	 * the number of earlier times in this wait. False ends the call with *err, and the
	 * connection. NULL: the client waits for ever.
	 */
	bool (*silent)(const struct client *client, unsigned earlier, struct error *err);
	const void *silent_ctx; /**< what silent() wants to know besides; borrowed */
};

enum { CLIENT_SILENT_MS = 1200, CLIENT_SILENT_AGAIN_MS = 4000 };

#define CLIENT_EMPTY ((struct client){.fd = -1})

/**
 * Connects to a named socket. *absent is true, with true returned, when no agent listens there: no
 * socket, or one left over from an agent that has ended. UNSAFE_FILE: the directory is not the
 * caller's with mode 0700, the socket is not the caller's, or another user listens.
 */
MUST bool client_connect(const char *path, struct client *out, bool *absent, struct error *err);

/** Takes over our end of the socketpair of an agent that this process has started. */
void client_adopt(struct client *client, int fd);

/**
 * Whether the agent at the client's named socket answers a further connection within ms: it is at
 * work, and not hung.
 */
bool client_ping(const struct client *client, int ms);

/** Hangs up. Accepts empty. */
void client_close(struct client *client);

/**
 * Says that nothing more will be sent. An operation that checks for its client finishes its current
 * step, then answers. May be called by another thread during a call. Accepts empty.
 */
void client_stop(const struct client *client);

/**
 * What happens during a call; any of them may be NULL. A function that returns false ends the call
 * with its error, and the connection with it. All values are borrowed.
 */
struct client_handler {
	bool (*event)(void *ctx, const json_t *event, struct error *err);
	bool (*row)(void *ctx, const json_t *row, struct error *err);
	/**
	 * Instead of row, where it is not NULL: the row's JSON text, for very many of them. It is
	 * one object, complete, without control characters; nothing else was looked at.
	 */
	bool (*row_text)(void *ctx, const char *text, size_t len, struct error *err);
	/** Instead of *ok, where it is not NULL: the answer's JSON text, checked like a row's. */
	bool (*ok_text)(void *ctx, const char *text, size_t len, struct error *err);
	/**
	 * A question. *answer is what stands in {"answer":…} and is taken over. False: there is no
	 * answer; the client tells the agent, which goes on, unless the code is INTERRUPTED, which
	 * ends the call. When the agent then fails for lack of an answer, this error becomes the
	 * call's. Over a named socket only harmless questions get here outside of a channel: for a
	 * code, a plan's yes or no, and what a source of credentials wants.
	 */
	bool (*ask)(void *ctx, const json_t *ask, json_t **answer, struct error *err);
	void *ctx;
};

enum client_result {
	CLIENT_OK,    /**< *ok is the answer, the caller's; NULL where it went to ok_text */
	CLIENT_ERROR, /**< *err says what; the agent's own errors come decoded */
	CLIENT_GONE,  /**< the agent left before it answered; the outcome is unknown */
	CLIENT_CUT    /**< the same of a sealed call, whose request may have been acted upon */
};

/**
 * Sends a request and sees it through to its answer. args may be NULL; handler may
 * be NULL. The connection stays usable after CLIENT_OK and after an error that the agent itself
 * answered with; otherwise it is closed (fd -1). *err is filled for CLIENT_GONE too (PROTOCOL).
 */
MUST enum client_result client_call(struct client *client, const char *op,
				    const struct message *args,
				    const struct client_handler *handler, json_t **ok,
				    struct error *err);

/**
 * As client_call(), in a channel that both ends prove by the vault's KEY_PROOF; the connection is
 * closed then. IMPOSTOR where whoever listens does not hold the vault of this key: nothing but the
 * request's digest was sent to it.
 */
MUST enum client_result client_call_sealed(struct client *client, const struct secret *proof_key,
					   const char *op, const struct message *args,
					   const struct client_handler *handler, json_t **ok,
					   struct error *err);

/** Whether an operation always goes through a channel. */
bool client_op_is_sealed(const char *op);

#endif
