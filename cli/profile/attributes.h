/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_ATTRIBUTES_H
#define CV_CLI_PROFILE_ATTRIBUTES_H

#include "cli/ui/context.h"
#include "cli/profile/aws_config.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/base/text.h"
#include "vault/creds/plan.h"
#include "vault/format/arn.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/** A key on its way into the vault: what identifies it, and what a person says about it. */

enum { ATTRIBUTES_NOTE_MAX = 256, ATTRIBUTES_AGELESS = -1 };

struct attributes {
	char name[TEXT_NAME_MAX + 1];
	char access_key_id[ARN_ACCESS_KEY_ID_MAX + 1];
	struct secret secret_access_key;
	char mfa_serial[ARN_MFA_SERIAL_MAX + 1]; /**< "" = none */
	bool mfa_given;				 /**< mfa_serial (also "") was said, not found */
	bool mfa_required;
	char region[ARN_REGION_BYTES];	    /**< "" = not given */
	char endpoint[PLAN_URL_MAX + 1];    /**< "" = AWS's own */
	int64_t max_age_s;		    /**< 0 = the vault's, ATTRIBUTES_AGELESS = never */
	char note[ATTRIBUTES_NOTE_MAX + 1]; /**< "" = none */
	bool replace;
};

/** An empty one. */
void attributes_init(struct attributes *attributes);

/** Wipes and frees. Accepts empty. */
void attributes_clear(struct attributes *attributes);

/**
 * Reads --mfa-serial, --require-mfa, --region, --max-age, --note, --replace, --endpoint-url. USAGE.
 */
MUST bool attributes_from_options(const struct cli *cli, struct attributes *attributes,
				  struct error *err);

/**
 * Takes an access key: USAGE, never quoting the secret, when it cannot be a long-term one
 * (temporary keys have no place in a vault). `where` names its source.
 */
MUST bool attributes_set_key(struct attributes *attributes, const char *where,
			     const char *access_key_id, const void *secret, size_t secret_len,
			     struct error *err);

/** Sets the MFA device; "none" and "" stand for none. USAGE. */
MUST bool attributes_set_mfa(struct attributes *attributes, const char *serial, struct error *err);

/** Sets the note. USAGE where it is too long or would steer a terminal. */
MUST bool attributes_set_note(struct attributes *attributes, const char *note, struct error *err);

/** Sets the region. USAGE. */
MUST bool attributes_set_region(struct attributes *attributes, const char *region,
				struct error *err);

/**
 * The config file's mfa_serial for `name`, else the first device of a `check` that STS takes; NULL:
 * none.
 */
const char *attributes_find_mfa(const struct aws_config *config, const char *name,
				const json_t *facts);

/** The config file's region for `name`; NULL: none, or none that can be one. */
const char *attributes_find_region(const struct aws_config *config, const char *name);

/** "101 days" since an RFC 3339 time; false when there is none. For people. */
bool attributes_age(const json_t *created_at, int64_t now, char *out, size_t size);

#endif
