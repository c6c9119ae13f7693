/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_KEYS_IDENTIFY_H
#define CV_AGENT_KEYS_IDENTIFY_H

#include "vault/agent/core/request.h"
#include "vault/aws/iam.h"
#include "vault/creds/plan.h"
#include "vault/seal/record/access_key.h"
#include "vault/wire/tables/msg_add.h"

/** Asks AWS for the owner of a long-term key before the key is stored. */

enum { IDENTIFY_ASK_MS = 600000 /**< how long a person may take to decide about the key */ };

/** What AWS said about the key. */
struct examined {
	bool devices_known; /**< false: the key may not list them */
	struct iam_mfa_devices devices;
};

/** The endpoint and proxy for AWS; borrowed. NULL: AWS's own host, no proxy. */
struct identify_route {
	const char *endpoint;
	struct http_proxy proxy;
	bool patient; /**< retry an unknown key, which may have been made just now */
};

/**
 * Copies id and secret into *key (which the caller initialised and clears), and sets the class of
 * the endpoint. USAGE where they cannot be a long-term key.
 */
MUST bool identify_take(const char *access_key_id, const char *secret,
			const struct identify_route *route, struct access_key *key,
			struct error *err);

/**
 * Asks AWS who the key is: account, ARN and user name; and, as far as the key is allowed to ask,
 * when it was made and which MFA devices its user has. Outside of the gate while it waits.
 */
MUST bool identify_key(struct request *request, const struct identify_route *route,
		       struct access_key *key, struct examined *out, struct error *err);

/** Sets the IAM user's name from the key's ARN; empty where that names none. */
void identify_name_user(struct access_key *key);

/** Logs the use of a key that is not in the vault. */
MUST bool identify_record(struct request *request, const struct access_key *key, struct error *err);

/** The message about the key; borrows from all three arguments. */
struct msg_identified identify_tell(const struct access_key *key, const struct examined *examined,
				    const char *serials[static IAM_MFA_DEVICES_MAX]);

#endif
