/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_TABLES_MSG_BACKUP_H
#define CV_WIRE_TABLES_MSG_BACKUP_H

#include "vault/format/fields.h"

/** Messages about copies of the vault: the making of one (docs/backup.md). */

/** The agent leaves a copy beside the vault: the vault's path, this, and the hex that it says. */
#define MSG_COPY_INFIX ".copy-"

enum {
	MSG_COPY_ID_BYTES = 8, /**< random bytes of a copy's name */
	MSG_COPY_ID_HEX = 2 * MSG_COPY_ID_BYTES,
	MSG_COPY_MAX = 256 * 1024 * 1024 /**< bytes of a vault's file */
};

/**
 * The answer of `backup`: the copy, verified, which the client puts where it belongs and removes,
 * and what is in it.
 */
struct msg_backup {
	const char *copy; /**< MSG_COPY_ID_HEX hex digits */
	int64_t bytes;
	const char *sha256; /**< of these bytes, in hex */
	const char *vault_id;
	int64_t generation, epoch;
	int64_t keys;	/**< access keys, spares included */
	int64_t spares; /**< second keys of unfinished rotations */
	int64_t log_entries, log_first;
	int64_t made_at;
};
extern const struct fields msg_backup;

#endif
