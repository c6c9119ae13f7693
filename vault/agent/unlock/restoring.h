/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_UNLOCK_RESTORING_H
#define CV_AGENT_UNLOCK_RESTORING_H

#include "vault/agent/core/request.h"
#include "vault/seal/keys.h"
#include "vault/store/backup/merge.h"
#include "vault/store/backup/staged.h"
#include "vault/store/witness/witness.h"
#include "vault/wire/tables/msg_restore.h"

/**
 * A backup that is being restored by a fresh agent: over the vault that is there, or where none is.
 * What `restore_plan` shows and what `restore` does come from the same functions;
 * a digest ties the second to the first.
 */
struct restoring {
	struct msg_restore said;
	struct keys keys; /**< the vault's; empty: there is none */
	struct keys backup_keys;
	struct keys new_keys; /**< of a new vault key; empty: it stays */
	bool has_vault;
	struct staged staged;
	struct witness_finding finding; /**< of the vault, or of the backup without one */
	struct merge merge;
	uint64_t lost_to; /**< the highest number that a lost entry of the log had; 0: none is */
	char digest[2 * STAGED_DIGEST_BYTES + 1];
	/** Names of the keys that are taken over. */
	char (*taken)[TEXT_NAME_MAX + 1];
	size_t taken_count, taken_room, dropped_count;
};

/**
 * Reads the arguments, opens the backup and, with keys, the vault, and compares them. The caller
 * clears *restoring, also on failure. USAGE for a name whose newer record is not there to be lost.
 */
MUST bool restoring_open(struct request *request, const struct fields *fields,
			 struct restoring *restoring, struct error *err);
void restoring_clear(struct restoring *restoring);

/**
 * Closes the vault. It was opened without a refusal by the witness, and is to be opened anew before
 * anything but a restoration uses it.
 */
void restoring_forget_vault(struct agent *agent);

/** Sends the rows and answers with the plan. */
MUST bool restoring_answer_plan(struct request *request, struct restoring *restoring,
				struct error *err);

/** Takes the keys over into the vault that is there. What it was is kept in a file beside it. */
MUST bool restoring_merge(struct request *request, struct restoring *restoring, struct error *err);

/** Gives the backup the vault's place. The agent then has it open, under restoring->keys. */
MUST bool restoring_install(struct request *request, struct restoring *restoring,
			    struct error *err);

#endif
