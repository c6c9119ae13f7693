/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_ATTEST_H
#define CV_CLI_VAULT_ATTEST_H

#include "cli/ui/context.h"
#include "vault/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Asks which access keys the vault's file holds, by tags (vault/format/key_tag.h) under a nonce of
 * this call: an answer that was recorded earlier, or that is merely "ok", fits nothing.
 */

/** A key of the caller's; borrowed. */
struct attest_key {
	const char *name, *access_key_id; /**< the name in the vault */
	const void *secret;
	size_t secret_len;
	bool held; /**< the answer: the vault has this id and secret by this name */
};

/**
 * Sets `held` of each key. Only the agent of reopen_vault() is believed: FAILED where cli->agent is
 * anything else before or after the calls.
 */
MUST bool attest_keys(struct cli *cli, struct attest_key *keys, size_t count, struct error *err);

#endif
