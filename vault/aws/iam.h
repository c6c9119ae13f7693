/* SPDX-License-Identifier: MIT */
#ifndef CV_AWS_IAM_H
#define CV_AWS_IAM_H

#include "vault/aws/call.h"

/**
 * The calls of IAM (API version 2010-05-08) that credvault makes. user_name is NULL for the
 * signer's own user, which IAM allows to long-term keys only. Every text that comes back has passed
 * IAM's own rules for it; an answer that breaks them is AWS_UNREACHABLE. `failure` may be NULL
 * everywhere.
 */

enum {
	IAM_USER_NAME_BYTES = 129, /**< names have at most 64; the model says 128 */
	IAM_STATUS_BYTES = 17,
	IAM_KEYS_MAX = 16,	  /**< AWS allows two; more than this is nonsense */
	IAM_MFA_DEVICES_MAX = 32, /**< AWS allows eight */
	IAM_PAGES_MAX = 8,
	IAM_SERVICE_BYTES = 65,
};

/** An id of the right form that no key has: AWS's alphabet is base32, without 0. */
#define IAM_NO_KEY_ID "AKIA0000000000000000"

struct iam_access_key {
	char access_key_id[ARN_ACCESS_KEY_ID_MAX + 1];
	char user_name[IAM_USER_NAME_BYTES];
	char status[IAM_STATUS_BYTES]; /**< "Active", "Inactive", "Expired", or a newer status */
	int64_t created_at;	       /**< seconds since the epoch; 0 when IAM does not say, or
					    a time more than a day ahead of its own clock */
};

struct iam_access_keys {
	struct iam_access_key items[IAM_KEYS_MAX];
	size_t count;
};

/** Whether IAM gives users such names: 1 to 128 of ASCII's letters, digits and _+=,.@- */
bool iam_is_user_name(const char *text);

/** A key that is listed twice makes no sense. */
MUST bool iam_list_access_keys(const struct aws *aws, const char *user_name,
			       struct iam_access_keys *out, struct aws_failure *failure,
			       struct error *err);

struct iam_mfa_device {
	char serial[ARN_MFA_SERIAL_MAX + 1];
	char user_name[IAM_USER_NAME_BYTES];
	int64_t enabled_at; /**< seconds since the epoch; 0 when IAM does not say */
};

struct iam_mfa_devices {
	struct iam_mfa_device items[IAM_MFA_DEVICES_MAX];
	size_t count;
};

MUST bool iam_list_mfa_devices(const struct aws *aws, const char *user_name,
			       struct iam_mfa_devices *out, struct aws_failure *failure,
			       struct error *err);

/** What CreateAccessKey answers. Owns `secret`. */
struct iam_new_key {
	char access_key_id[ARN_ACCESS_KEY_ID_MAX + 1];
	struct secret secret;
	int64_t created_at; /**< as of struct iam_access_key; 0 as well where it is no date */
};

/** Wipes and frees. Accepts empty. */
void iam_new_key_clear(struct iam_new_key *key);

/**
 * Makes a key. Sent once: where no valid answer came, failure->maybe_sent says that a key may exist
 * whose secret is lost. *out must be empty; empty on failure.
 */
MUST bool iam_create_access_key(const struct aws *aws, const char *user_name,
				struct iam_new_key *out, struct aws_failure *failure,
				struct error *err);

/** Switches a key on or off. May be repeated. */
MUST bool iam_update_access_key(const struct aws *aws, const char *user_name,
				const char *access_key_id, bool active, struct aws_failure *failure,
				struct error *err);

/** Deletes a key. A repeated call fails with NoSuchEntity. */
MUST bool iam_delete_access_key(const struct aws *aws, const char *user_name,
				const char *access_key_id, struct aws_failure *failure,
				struct error *err);

/** When a key was used last, as far as IAM knows: it lags by hours. */
struct iam_last_used {
	int64_t at;			 /**< seconds since the epoch; 0 = never */
	char service[IAM_SERVICE_BYTES]; /**< "s3", "N/A" */
	char region[ARN_REGION_BYTES];	 /**< "" when it is none */
};

/** A use more than a day ahead of IAM's own clock makes no sense. */
MUST bool iam_get_access_key_last_used(const struct aws *aws, const char *access_key_id,
				       struct iam_last_used *out, struct aws_failure *failure,
				       struct error *err);

/**
 * Whether IAM says that a user's policies allow an action ("iam:CreateAccessKey"), without doing
 * it.
 */
MUST bool iam_simulate(const struct aws *aws, const char *user_arn, const char *action,
		       bool *allowed, struct aws_failure *failure, struct error *err);

#endif
