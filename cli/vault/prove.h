/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_PROVE_H
#define CV_CLI_VAULT_PROVE_H

#include "cli/ui/context.h"
#include "vault/base/error.h"
#include "vault/wire/client.h"

/**
 * What a channel to the vault's agent needs: the vault's KEY_PROOF, which only its passphrase, its
 * recovery code or its key file gives. Whoever listens at the socket shows a header; before anybody
 * types, that must be the header of the vault that this machine knows at the path.
 */

/**
 * `why` is a clause for the person who is asked, or NULL.
 *
 * Makes cli->agent.proof_key be there, for the agent that cli->agent is connected to: kept from an
 * unlock in this run, or derived after asking. CLIENT_GONE where that agent has left. CLIENT_ERROR
 * with TAMPERED for the header of another vault; IMPOSTOR for a header that is not the file's;
 * LOCKED where nobody can be asked, or where the agent's keys to records are gone;
 * WRONG_PASSPHRASE.
 */
MUST enum client_result prove_key(struct cli *cli, const char *why, struct error *err);

/**
 * Whether a proof costs no person anything: one was made in this run, or a passphrase or a key file
 * came with the command.
 */
bool prove_is_given(const struct cli *cli);

#endif
