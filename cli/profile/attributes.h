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
#include "vault/wire/tables/msg_add.h"

#include <stdbool.h>
#include <stdint.h>

/** An access key to be added to the vault: its id and secret, and what its owner says about it. */

enum { ATTRIBUTES_NOTE_MAX = 256, ATTRIBUTES_AGELESS = -1 };

struct attributes {
	char name[TEXT_NAME_MAX + 1];
	char access_key_id[ARN_ACCESS_KEY_ID_MAX + 1];
	struct secret secret_access_key;
	char mfa_serial[ARN_MFA_SERIAL_MAX + 1]; /**< "" = none */
	bool mfa_given; /**< the owner gave mfa_serial, even an empty one */
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
 * Sets id and secret. USAGE where they cannot be those of a long-term key: a vault holds no
 * temporary ones. Errors name the key's source, `where`, and never quote the secret.
 */
MUST bool attributes_set_key(struct attributes *attributes, const char *where,
			     const char *access_key_id, const void *secret, size_t secret_len,
			     struct error *err);

/** Sets the MFA device; "none" and "" mean no device. USAGE. */
MUST bool attributes_set_mfa(struct attributes *attributes, const char *serial, struct error *err);

/** Sets the note. USAGE where it is too long or would steer a terminal. */
MUST bool attributes_set_note(struct attributes *attributes, const char *note, struct error *err);

/** Sets the region. USAGE. */
MUST bool attributes_set_region(struct attributes *attributes, const char *region,
				struct error *err);

/**
 * The value of `key` in the shared files, valid or not, for a profile that can be read; NULL: none.
 */
const char *attributes_configured(const struct aws_config *config, const char *name,
				  const char *key);

/**
 * The MFA device of `name`: the config file's mfa_serial, else the first of the devices from AWS
 * (NULL: no devices) whose codes STS accepts; NULL: none.
 */
const char *attributes_find_mfa(const struct aws_config *config, const char *name,
				const struct msg_identified *facts);

/** The config file's region for `name`; NULL: none, or no valid one. */
const char *attributes_find_region(const struct aws_config *config, const char *name);

/** "101 days" since a time, for people; false where it is 0, not known. */
bool attributes_age(int64_t created_at, int64_t now, char *out, size_t size);

#endif
