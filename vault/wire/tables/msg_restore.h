/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_TABLES_MSG_RESTORE_H
#define CV_WIRE_TABLES_MSG_RESTORE_H

#include "vault/format/fields.h"

/**
 * Messages about a backup that is to be restored. The client leaves it beside the vault, under the
 * name of a copy (MSG_COPY_INFIX in msg_backup.h), and speaks to an agent that it has started.
 */

enum { MSG_RESTORE_DROPS_MAX = 64 };

/** The arguments of `staged`. */
struct msg_staged {
	const char *copy; /**< MSG_COPY_ID_HEX hex digits */
};
extern const struct fields msg_staged;

/** The arguments of `restore_plan`, and, with those below `drop`, of `restore`. */
struct msg_restore {
	const char *copy;
	struct field_raw keys;	      /**< the vault's subkeys; none: there is no vault */
	struct field_raw backup_keys; /**< those of the backup */
	struct field_list drop;	      /**< texts: keys whose newer record is to be lost */
	const char *digest;	      /**< the plan's, that a person has said yes to */
	const char *replaced;	      /**< end of the name under which the vault is kept */
	struct buf header;	      /**< with a new vault key: the public bytes … */
	struct field_raw new_keys;    /**< … and its subkeys */
	const char *how;
	bool resident;
};
extern const struct fields msg_restore_plan_args, msg_restore;

/** Each key of either side, as a row. */
struct msg_restore_key {
	const char *name;
	unsigned int fate; /**< which of msg_restore_fates */
	const char *vault_key_id, *backup_key_id;
	int64_t vault_at, backup_at;
};
extern const struct fields msg_restore_key;
enum msg_restore_fate {
	MSG_RESTORE_NONE,
	MSG_RESTORE_SAME,
	MSG_RESTORE_STAYS,
	MSG_RESTORE_COMES,
	MSG_RESTORE_KEPT,
	MSG_RESTORE_TAKEN,
	MSG_RESTORE_DROPPED,
	MSG_RESTORE_SPARE,
	MSG_RESTORE_FATES
};
extern const char *const msg_restore_fates[MSG_RESTORE_FATES];

/** One side of a restoration. */
struct msg_restore_side {
	int64_t generation, epoch, log_entries;
	int64_t updated_at;
};

/** The answer of `restore_plan`. */
struct msg_restore_plan {
	struct msg_restore_side vault, backup;
	bool has_vault;
	const char *verdict; /**< the witness's, of the vault, or of the backup without one */
	bool trusted;
	bool was_used;		 /**< this machine knows of a vault there … */
	int64_t last_generation; /**< … and how far it had come */
	bool settings_differ;
	bool new_key;		    /**< the backup is to be sealed under a new vault key */
	int64_t lost_from, lost_to; /**< entries of the log that are lost; 0: none */
	const char *digest;
};
extern const struct fields msg_restore_plan;

#endif
