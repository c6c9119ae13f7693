/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_VAULT_HEADER_CHANGE_H
#define CV_CLI_VAULT_HEADER_CHANGE_H

#include "cli/ui/context.h"
#include "cli/vault/open_header.h"
#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/seal/header/header.h"
#include "vault/seal/kdf.h"
#include "vault/seal/keys.h"
#include "vault/seal/header/rekeyed_header.h"
#include "vault/wire/tables/msg_launch.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * Makes the changed headers that passwd, slot and the raising of a slot's cost send to the agent.
 * Asks for passphrases where it must, and writes nothing.
 */

struct changed {
	struct buf header; /**< the new header; empty: nothing changes */
	struct keys keys;  /**< subkeys of a new vault key; empty where the key stays */
	enum msg_act act;  /**< the log's word */
	char what[96];	   /**< a few words for the log */
};

#define CHANGED_EMPTY ((struct changed){.header = BUF_INIT(HEADER_BYTES_MAX)})

/** Wipes. Accepts empty. */
void changed_clear(struct changed *changed);

/** Encodes and verifies a header that has a new slot under the same vault key. */
MUST bool header_change_keep(struct header *header, const struct secret *vault_key,
			     struct changed *out, struct error *err);

/**
 * Makes a header under a new vault key. Each passphrase slot that the plan neither replaces nor
 * drops belongs to another person, whose passphrase is asked for on the terminal (Enter drops the
 * slot); FAILED without a terminal, with the option that drops it.
 */
MUST bool header_change_rekey(struct cli *cli, const struct open_header *opened,
			      struct rekeyed_header *plan, struct changed *out, struct error *err);

/**
 * Raises the cost of the slot that has opened the vault to that of new slots; *out stays empty
 * where the slot costs as much already.
 */
MUST bool header_change_raise(struct cli *cli, const struct open_header *opened,
			      struct changed *out, struct error *err);

/** The cost of a passphrase that stays: the slot's, or that of new slots where it is more. */
struct kdf_cost header_change_cost(const struct slot *slot);

/** The slot whose id begins with text, four or more hex digits. NOT_FOUND; USAGE for several. */
MUST bool header_change_find(const struct header *header, const char *text, size_t *slot,
			     struct error *err);

/** Adds all slots named by --drop-slot to the plan. */
MUST bool header_change_dropped(const struct cli *cli, const struct header *header,
				struct rekeyed_header *plan, struct error *err);

#endif
