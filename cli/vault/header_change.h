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

#include <stdbool.h>
#include <stdint.h>

/**
 * What passwd, slot and an unlock that makes a slot dearer send to the agent: pure but for
 * questions.
 */

struct changed {
	struct buf header; /**< the new bytes; empty: nothing changes */
	struct keys keys;  /**< of the new vault key; empty where it stays */
	const char *act;   /**< "passwd" or "slot": the log's word */
	char what[96];	   /**< a few words for the log */
};

#define CHANGED_EMPTY ((struct changed){.header = BUF_INIT(HEADER_BYTES_MAX)})

/** Wipes. Accepts empty. */
void changed_clear(struct changed *changed);

/** A header that was added to under the same vault key: encoded and verified. */
MUST bool header_change_keep(struct header *header, const struct secret *vault_key,
			     struct changed *out, struct error *err);

/**
 * A header under a new vault key. Passphrase slots that the plan neither replaces nor drops are
 * those of others: each is asked for on the terminal (Enter drops it), FAILED with the way to drop
 * it without one.
 */
MUST bool header_change_rekey(struct cli *cli, const struct open_header *opening,
			      struct rekeyed_header *plan, struct changed *out, struct error *err);

/**
 * Makes the slot that has opened the vault dearer, where new ones are; *out stays empty otherwise.
 */
MUST bool header_change_raise(struct cli *cli, const struct open_header *opening,
			      struct changed *out, struct error *err);

/** What a passphrase that stays is to cost: what it did, or what new ones do where that is more. */
struct kdf_cost header_change_cost(const struct slot *slot);

/**
 * The slot that a text of four or more hex digits begins the id of. NOT_FOUND, USAGE for several.
 */
MUST bool header_change_find(const struct header *header, const char *text, size_t *slot,
			     struct error *err);

/** All slots named by --drop-slot, into the plan. */
MUST bool header_change_dropped(const struct cli *cli, const struct header *header,
				struct rekeyed_header *plan, struct error *err);

#endif
