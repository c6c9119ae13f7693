/* SPDX-License-Identifier: MIT */
#ifndef CV_CREDS_PLAN_H
#define CV_CREDS_PLAN_H

#include "vault/aws/endpoint.h"
#include "vault/aws/http.h"
#include "vault/base/error.h"
#include "vault/base/text.h"
#include "vault/format/arn.h"
#include "vault/format/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A plan: how a profile comes to its credentials, as data. It names an origin (a key of the vault)
 * and the steps that lead from there (a session, roles), each by its kind and the fields of that
 * kind. The command line makes it from options, environment and ~/.aws/config; the agent takes it
 * from the wire as hostile input (plan_from_json), has kinds and fields checked by the sources that
 * carry them out (vault/creds/source.h), and follows it. Holds no secret.
 */

enum {
	PLAN_ROLES_MAX = 8,
	PLAN_STEPS_MAX = PLAN_ROLES_MAX + 1,
	PLAN_FIELDS_MAX = 6,
	PLAN_KIND_MAX = 16,
	PLAN_VALUE_MAX = 4096, /**< of a field; its source allows less */
	PLAN_URL_MAX = 255,
	PLAN_NO_PROXY_MAX = 2048,
	PLAN_DURATION_MIN = 900,    /**< seconds; STS's least */
	PLAN_DURATION_MAX = 129600, /**< seconds; GetSessionToken's most */
	PLAN_ROLE_DURATION_MAX = 43200,
	/** Of a role assumed with a session, a role's or a key's: AWS refuses more. */
	PLAN_CHAINED_DURATION_MAX = 3600,
	/** Of a session of an account's root user: AWS cuts longer ones. */
	PLAN_ROOT_DURATION_MAX = 3600
};

/**
 * The origin, or one step. All texts are borrowed from where the plan was read: the config file,
 * the request, literals. A field that is not given is left out.
 */
struct plan_step {
	const char *kind;
	const char *profile; /**< whose section names the step, for messages; NULL: none */
	int64_t duration_s;  /**< 0 = the default */
	size_t fields_count;
	struct plan_field {
		const char *name, *value;
	} fields[PLAN_FIELDS_MAX];
};

struct plan {
	struct plan_step origin;
	size_t steps_count;
	char mfa_serial[ARN_MFA_SERIAL_MAX +
			1]; /**< from the profiles; empty: the key's own, if any */
	int64_t duration_s; /**< of what is handed out; 0 = the default */
	char region[ARN_REGION_BYTES];
	char endpoint[PLAN_URL_MAX + 1];
	struct endpoint_variant variant; /**< of AWS's own endpoint */
	struct http_proxy proxy;	 /**< borrowed, too */
	/**
	 * The first steps_count are set. The last member, so that a plan without steps need not
	 * clear them.
	 */
	struct plan_step steps[PLAN_STEPS_MAX];
};

/** The kinds that a config file leads to. */
#define PLAN_KEY     "key"     /**< an origin; field "name" */
#define PLAN_SESSION "session" /**< no fields */
/**
 * Fields "role_arn", "external_id", "session_name", "session_tags", "transitive_session_tags",
 * "source_identity".
 */
#define PLAN_ROLE    "role"

/** The message where the origin's key is not there, for which the profile has more to say. */
#define PLAN_NO_SUCH_KEY "no key of that name is in the vault"

/** *plan = a session straight from the key of that name (a valid one), nothing else set. */
void plan_init(struct plan *plan, const char *key);

/** A field's value; NULL where it is not there. */
const char *plan_value(const struct plan_step *step, const char *name);

/** Sets a field of a new step, which has room for it; NULL and "" are not given. */
void plan_set(struct plan_step *step, const char *name, const char *value);

/**
 * Puts a new step of that kind before step i, moving the others up. NULL where there is no room.
 */
struct plan_step *plan_insert(struct plan *plan, size_t i, const char *kind);

/** Takes out all steps of that kind. */
void plan_leave_out(struct plan *plan, const char *kind);

/** How many steps are of that kind. */
size_t plan_count(const struct plan *plan, const char *kind);

/**
 * Reads the object of docs/protocol.md: its shape and bounds, the members that every plan has, and
 * plan_check(). *plan borrows from the object. PROTOCOL.
 */
MUST bool plan_from_json(const json_t *object, struct plan *plan, struct error *err);

/** The object of docs/protocol.md, members in a fixed order. The caller's (json_decref). */
MUST bool plan_to_json(const struct plan *plan, json_t **object, struct error *err);

/**
 * A proxy: http or https (http where it says nothing), perhaps NAME:PASSWORD@, a host or [address],
 * perhaps a port, and nothing after it but "/".
 */
bool plan_is_proxy(const char *text);

/** Reads the members "proxy" and "no_proxy"; borrowed. PROTOCOL. */
MUST bool plan_proxy_from_json(const json_t *object, struct http_proxy *proxy, struct error *err);

/** The duration of step i: its own, and for the last step the plan's. */
int64_t plan_duration_s(const struct plan *plan, size_t i);

/**
 * Whether step i is a key's session that is not made, because the role after it lasts for more than
 * an hour: for AWS a role assumed with a session is a chained one. The key itself signs then, and
 * the MFA code goes with the role's call.
 */
bool plan_is_bypassed(const struct plan *plan, size_t i);

/** Whether all parts fit together: an origin with a step after it, durations, chaining. USAGE. */
MUST bool plan_check(const struct plan *plan, struct error *err);

#endif
