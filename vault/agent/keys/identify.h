/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_KEYS_IDENTIFY_H
#define CV_AGENT_KEYS_IDENTIFY_H

#include "vault/agent/core/request.h"
#include "vault/aws/iam.h"

/** Asks AWS whose a long-term key is before it is kept. */

/** What AWS said about it. */
struct examined {
	bool devices_known; /**< false: the key may not list them */
	struct iam_mfa_devices devices;
};

/**
 * Reads key id, secret, region and endpoint from the arguments of `check` or `add` into *key (which
 * the caller initialised and clears) with the endpoint's class.
 */
MUST bool identify_read(const json_t *args, struct access_key *key, struct error *err);

/** How AWS is reached; borrowed. NULL: its own host, no proxy. */
struct identify_route {
	const char *endpoint;
	struct http_proxy proxy;
};

/**
 * Asks AWS who the key is: account, ARN and user name; and, as far as the key is allowed to ask,
 * when it was made and which MFA devices its user has. Outside of the gate while it waits.
 */
MUST bool identify_key(struct request *request, const struct identify_route *route,
		       struct access_key *key, struct examined *out, struct error *err);

#endif
