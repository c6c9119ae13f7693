/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_TABLES_MSG_REMOVE_H
#define CV_WIRE_TABLES_MSG_REMOVE_H

#include "vault/format/fields.h"

#include <stdbool.h>
#include <stdint.h>

/** The messages of `remove`: the request, what was done at AWS, and the answer. */

/** The arguments of `remove`. What stands behind `at_aws` is for the calls of IAM; NULL: none. */
struct msg_remove {
	const char *name;
	bool at_aws;	    /**< the key is deleted at IAM first */
	const char *signer; /**< the key of the vault that signs for it; NULL: one is looked for */
	const char *region, *endpoint, *proxy, *no_proxy;
	bool can_ask, askpass; /**< as of msg_credentials */
};
extern const struct fields msg_remove;

/** The event `removing`: what IAM has just said yes to. */
enum msg_removing_state {
	MSG_REMOVING_INACTIVE,
	MSG_REMOVING_DELETED,
	MSG_REMOVING_GONE, /**< IAM had no such key any more */
	MSG_REMOVING_STATES
};
struct msg_removing {
	const char *what; /**< "removing" */
	const char *access_key_id;
	enum msg_removing_state state;
	const char *signer;
};
extern const struct fields msg_removing;

/** The answer of `remove`. */
struct msg_removed {
	const char *name, *access_key_id;
	const char *old_access_key_id; /**< the old key that was waiting for its deletion */
	int64_t sessions;
};
extern const struct fields msg_removed;

#endif
