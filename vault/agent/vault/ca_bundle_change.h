/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_VAULT_CA_BUNDLE_CHANGE_H
#define CV_AGENT_VAULT_CA_BUNDLE_CHANGE_H

#include "vault/agent/core/request.h"
#include "vault/wire/tables/msg_config.h"

/**
 * Seals other authorities in the place of those that the vault holds, or none: the part of `config`
 * that decides whom AWS's answers are taken from. Always wants the passphrase, and is on record.
 * USAGE where the text holds something else than certificates.
 */
MUST bool ca_bundle_change(struct request *request, const struct msg_ca_bundle *said,
			   struct error *err);

#endif
