/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_MESSAGE_H
#define CV_WIRE_MESSAGE_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/format/fields.h"
#include "vault/format/json_bounds.h"

#include "vault/wire/line.h"

#include <jansson.h>
#include <stdbool.h>

/**
 * The content of a frame: one JSON object. Both ends share how errors cross the wire. json_open()
 * comes before all of this.
 */

enum {
	MESSAGE_VERSION = 2,
	MESSAGE_VERSION_FIRST = 1 /**< what every agent answers `lock` and `public` in */
};

/**
 * A struct with the table that describes it (msg_*.h); both borrowed. Without a table `from` is a
 * json_t.
 */
struct message {
	const struct fields *fields;
	const void *from;
};
#define MESSAGE(fields_, from_) (&(const struct message){.fields = &(fields_), .from = (from_)})
#define MESSAGE_VALUE(json_)	(&(const struct message){.fields = NULL, .from = (json_)})

/**
 * What a client may send and what an agent may answer. A request is small and comes from anybody
 * who can reach the socket: sixty-four of the most expensive ones together cost a few MiB.
 */
extern const struct json_bounds message_request_bounds, message_answer_bounds;

/**
 * The object in a frame's body; *out is the caller's. PROTOCOL for anything that is not one object
 * within bounds.
 */
MUST bool message_parse(const struct json_bounds *bounds, const struct buf *body, json_t **out,
			struct error *err);

/**
 * Writes {KEY: what} as one frame, which others follow. The buffer in between is wiped. *gone as in
 * frame_write().
 */
MUST bool message_send_as(const struct line *line, const char *key, const struct message *what,
			  bool *gone, struct error *err);

/** Writes one object as the last frame of this end, in the same way. */
MUST bool message_send_last(const struct line *line, const json_t *object, struct error *err);

/**
 * Appends {"v":2,"op":op,"args":args}; args NULL stands for {}. `lock` and `public`, which end an
 * agent of another version, use the first version: agents that know only that version refuse any
 * other.
 */
MUST bool message_request(const char *op, const struct message *args, struct buf *out,
			  struct error *err);

/** {KEY: value}, for "ok", "event", "row", "ask" and "answer"; value is taken over. */
MUST bool message_wrap(const char *key, json_t *value, json_t **out, struct error *err);

/**
 * {"error":{"code","status","message","profile","hint","detail"}}: what crosses the wire, and what
 * --json prints on stderr. Empty texts become null.
 */
MUST bool message_error(const struct error *what, json_t **out, struct error *err);

/**
 * The reverse: fills *out from the value of "error". Every text is escaped and cut to fit; an
 * unknown code becomes FAILED. Always fills *out with an error.
 */
void message_to_error(const json_t *value, struct error *out);

#endif
