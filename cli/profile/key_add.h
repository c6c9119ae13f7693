/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_PROFILE_KEY_ADD_H
#define CV_CLI_PROFILE_KEY_ADD_H

#include "cli/profile/attributes.h"
#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <jansson.h>
#include <stdbool.h>

/**
 * A long-term key on its way into the vault: what `add` and `import` ask of the agent about one.
 */

/**
 * AWS is asked whose key it is; the agent holds it from then on. *facts is the answer of
 * docs/protocol.md, the caller's.
 */
MUST bool key_add_check(struct cli *cli, const struct attributes *attributes, json_t **facts,
			struct error *err);

/**
 * Puts the key into the vault; *key is the answer, the caller's. With `checked` its secret does not
 * travel again, and where the agent holds the key no more (asking took long, or many were checked
 * since) it is checked once more.
 */
MUST bool key_add_store(struct cli *cli, const struct attributes *attributes, bool checked,
			json_t **key, struct error *err);

#endif
