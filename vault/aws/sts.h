/* SPDX-License-Identifier: MIT */
#ifndef CV_AWS_STS_H
#define CV_AWS_STS_H

#include "vault/aws/call.h"

/**
 * The calls of STS (API version 2011-06-15) that credvault makes. Arguments that break STS's own
 * rules are USAGE before anything is sent; answers are checked before they are returned; a
 * malformed answer is AWS_UNREACHABLE. Every call that carries an MFA code is sent once. `failure`
 * may be NULL everywhere.
 */

enum {
	STS_SESSION_MIN_S = 900,
	STS_SESSION_MAX_S = 129600,
	STS_ROLE_MAX_S = 43200,
	STS_EXPIRY_SLACK_S = 300, /**< how much longer than asked for a session may claim to last */
	STS_USER_ID_BYTES = 258,
	STS_POLICIES_MAX = 10
};

struct sts_identity {
	char account_id[ARN_ACCOUNT_BYTES];
	char arn[ARN_MAX + 1];
	char user_id[STS_USER_ID_BYTES];
};

/** Who the signer is. Needs no permission. */
MUST bool sts_get_caller_identity(const struct aws *aws, struct sts_identity *out,
				  struct aws_failure *failure, struct error *err);

/** An MFA device and the code it shows; both NULL for none. */
struct sts_mfa {
	const char *serial;
	const char *code; /**< six digits */
};

/**
 * A session of a long-term key. duration_s is STS_SESSION_MIN_S to _MAX_S. *out is replaced; empty
 * on failure. region and account_id stay empty: STS does not name them here.
 */
MUST bool sts_get_session_token(const struct aws *aws, int64_t duration_s,
				const struct sts_mfa *mfa, struct credentials *out,
				struct aws_failure *failure, struct error *err);

struct sts_role {
	const char *role_arn;
	const char *session_name;
	int64_t duration_s;	 /**< STS_SESSION_MIN_S to STS_ROLE_MAX_S */
	const char *external_id; /**< NULL for none */
	const char *policy;	 /**< an inline session policy (JSON text); NULL for none */
	const char *const *policy_arns;
	size_t policy_arn_count; /**< at most STS_POLICIES_MAX */
	/** As vault/format/session_tags.h has them; NULL for none. */
	const char *session_tags, *transitive_tags;
	const char *source_identity; /**< NULL for none */
	struct sts_mfa mfa;
};

/**
 * A session of a role; *out is replaced, with the role's account as account_id. arn is the assumed
 * role's (arn:…:assumed-role/NAME/SESSION). Empty on failure.
 */
MUST bool sts_assume_role(const struct aws *aws, const struct sts_role *role,
			  struct credentials *out, char arn[static ARN_MAX + 1],
			  struct aws_failure *failure, struct error *err);

#endif
