/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_ROTATE_HOOK_H
#define CV_CLI_ROTATE_HOOK_H

#include "cli/ui/option.h"
#include "vault/base/error.h"
#include "vault/format/fields.h"

#include <jansson.h>
#include <stdbool.h>

/**
 * Runs the programs that take a new key elsewhere before the old key is switched off. The command
 * runs in /bin/sh with an environment of its own (cli/ui/child.h), and reads one object from its
 * standard input:
 * {"Version":1,"AccessKeyId","SecretAccessKey","OldAccessKeyId","Name","AccountId","UserName","Region"}.
 * Exit 0 means that the key has arrived. Its standard output is dropped.
 */

enum {
	HOOK_LIMIT_S = 540, /**< the agent waits ten minutes for the answer */
	HOOKS_MAX = 16,	    /**< the most hooks of one key, and of one request */
	HOOK_NAME_BYTES = 64
};

/**
 * The commands of all --hook options; out->at is the caller's (free()). USAGE for too many or an
 * empty one.
 */
MUST bool hook_options(const struct options *options, struct field_list *out, struct error *err);

/**
 * Answers the agent's question "hook" (docs/protocol.md) in the rotation of the key `name`, and of no
 * other; *answer is the caller's. The failure of a
 * hook is an answer too, with the reason. `taker` is the hook's name where it has taken the key,
 * else "".
 */
MUST bool hook_answer(const char *name, const json_t *ask, char taker[static HOOK_NAME_BYTES],
		      json_t **answer, struct error *err);

#endif
