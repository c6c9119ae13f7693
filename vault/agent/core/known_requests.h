/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_CORE_KNOWN_REQUESTS_H
#define CV_AGENT_CORE_KNOWN_REQUESTS_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/text.h"
#include "vault/format/digest.h"
#include "vault/wire/tables/msg_credentials.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * Requests for credentials as they were read before, by their exact bytes: an SDK repeats its
 * request byte for byte, and reading JSON costs more than serving the answer from memory. What is
 * remembered follows from the bytes alone and stays true however the vault changes; whatever
 * depends on the vault, the clock or the client is looked at each time. Only digests of the bytes
 * are kept, and no request with an MFA code. Thread-safe.
 */
struct known_requests;

struct op;

/** The contents of the bytes. A plain value without secrets. */
struct known_request {
	const struct op *op;
	enum msg_purpose purpose;
	char profile[TEXT_NAME_MAX + 1];
	int64_t fresh_s;		    /**< how long a session must still last */
	unsigned char digest[DIGEST_BYTES]; /**< the request's digest, to find its route */
};

MUST bool known_requests_new(struct known_requests **out, struct error *err);

/** Accepts NULL. */
void known_requests_free(struct known_requests *known);

/** Whether these bytes were read before; *out is then their contents. */
bool known_requests_find(struct known_requests *known, const struct buf *frame,
			 struct known_request *out);

/** Remembers the contents of the bytes; another request may lose its place. */
void known_requests_put(struct known_requests *known, const struct buf *frame,
			const struct known_request *request);

#endif
