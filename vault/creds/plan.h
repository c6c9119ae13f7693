/* SPDX-License-Identifier: MIT */
#ifndef CV_CREDS_PLAN_H
#define CV_CREDS_PLAN_H

#include "vault/base/error.h"
#include "vault/base/text.h"
#include "vault/format/arn.h"
#include "vault/format/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A plan: how a profile comes to its credentials, as data. The command line makes it from options,
 * environment and ~/.aws/config; the agent takes it from the wire as hostile input (plan_from_json)
 * and carries it out. Holds no secret.
 */

enum {
	PLAN_ROLES_MAX = 8,
	PLAN_EXTERNAL_ID_MAX = 1224,
	PLAN_SESSION_NAME_MAX = 64,
	PLAN_URL_MAX = 255,
	PLAN_DURATION_MIN = 900,    /**< seconds; STS's least */
	PLAN_DURATION_MAX = 129600, /**< seconds; GetSessionToken's most */
	PLAN_ROLE_DURATION_MAX = 43200
};

/** One AssumeRole. Empty text = not given; duration_s 0 = the default. */
struct plan_role {
	char profile[TEXT_NAME_MAX + 1]; /**< whose section named the role; for messages */
	char role_arn[ARN_MAX + 1];
	char external_id[PLAN_EXTERNAL_ID_MAX + 1];
	char session_name[PLAN_SESSION_NAME_MAX + 1];
	int64_t duration_s;
};

/** Key, then perhaps a session, then roles_count roles in the order they are assumed. */
struct plan {
	char key[TEXT_NAME_MAX + 1];
	char mfa_serial[ARN_MFA_SERIAL_MAX +
			1]; /**< from the profiles; empty: the key's own, if any */
	bool session;	    /**< false: straight from the key to the first role */
	int64_t duration_s; /**< of what is handed out; 0 = the default */
	char region[ARN_REGION_BYTES];
	char endpoint[PLAN_URL_MAX + 1];
	char proxy[PLAN_URL_MAX + 1];
	size_t roles_count;
	/** The first roles_count are set. Last, so that who has none need not clear 28 KiB. */
	struct plan_role roles[PLAN_ROLES_MAX];
};

/** *plan = a session straight from the key of that name (a valid one), nothing else set. */
void plan_init(struct plan *plan, const char *key);

/** Reads the object of docs/protocol.md; every member checked, unknown ones refused. PROTOCOL. */
MUST bool plan_from_json(const json_t *object, struct plan *plan, struct error *err);

/** The object of docs/protocol.md, members in a fixed order. The caller's (json_decref). */
MUST bool plan_to_json(const struct plan *plan, json_t **object, struct error *err);

/** Printable ASCII without space, not empty; what a URL may mean is checked where it is used. */
bool plan_is_url_text(const char *text);

/**
 * A proxy: http or https, perhaps NAME:PASSWORD@, a host or [address], a port, and nothing behind
 * but "/".
 */
bool plan_is_proxy(const char *text);

/** Whether all parts fit together: no role without --no-session, durations, chaining. USAGE. */
MUST bool plan_check(const struct plan *plan, struct error *err);

#endif
