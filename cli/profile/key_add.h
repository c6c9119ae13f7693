/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_KEY_ADD_H
#define CV_CLI_PROFILE_KEY_ADD_H

#include "cli/profile/attributes.h"
#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <jansson.h>
#include <stdbool.h>

/**
 * Checks a long-term access key with AWS, and adds it to the vault: the agent's operations for
 * `add` and `import`.
 */

/**
 * Has the agent ask AWS whose key it is, and keep the key for key_add_store(). *facts is the answer
 * of docs/protocol.md, the caller's.
 */
MUST bool key_add_check(struct cli *cli, const struct attributes *attributes, json_t **facts,
			struct error *err);

/**
 * Adds the key to the vault; *key is the answer, the caller's. With `checked` the secret is not
 * sent again; where the agent has dropped the key since the check (the questions took long, or many
 * keys were checked), it is checked once more.
 */
MUST bool key_add_store(struct cli *cli, const struct attributes *attributes, bool checked,
			json_t **key, struct error *err);

#endif
