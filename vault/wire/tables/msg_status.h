/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_TABLES_MSG_STATUS_H
#define CV_WIRE_TABLES_MSG_STATUS_H

#include "vault/format/fields.h"

/**
 * The answer of `status`, the state file that an agent leaves, and the record beside the vault that
 * says where its agent is.
 */

enum {
	MSG_STATUS_NAMES_MAX = 3500, /**< two lists of the longest names fit into an answer */
	MSG_REFUSED_MAX = 64
};

struct msg_session {
	const char *profile;
	int64_t expires_at;
	bool mfa;
};

/** Requests of one kind for one profile that were refused. */
struct msg_refused {
	const char *profile;
	int64_t count, last_at;
	const char *code;
};

struct msg_agent {
	int64_t pid;
	int64_t idle_at, lock_at;
	bool lock_on_sleep;
	int64_t unlocked_at;
	const char *how;
};

/** The log: its entries, the first that is there, and the bytes that they take. */
struct msg_log_size {
	int64_t entries, first, bytes;
};

/** How many credentials may be handed out at once, and how often that was refused. */
struct msg_emissions {
	int64_t left, refused;
};

struct msg_status {
	int64_t pid;
	const char *version;
	struct field_list sessions; /**< of struct msg_session */
	const char *vault, *vault_id;
	bool locked, keys_locked;
	int64_t locked_since;
	const char *locked_why;
	struct msg_agent agent;
	int64_t generation, log_entries;
	struct msg_log_size log;
	struct msg_emissions emissions;
	/* Null while the records are locked. */
	bool keys_known;
	int64_t keys;
	struct field_list due, overdue, rotating; /**< names */
	struct field_list refused;		  /**< of struct msg_refused */
	const char *backup_to; /**< the folder of backups; NULL: none, or not known while locked */
};
extern const struct fields msg_status;
/** To a client of another version: pid and version alone. */
extern const struct fields msg_status_brief;

/** The state file. */
struct msg_state {
	int64_t locked_since;
	const char *locked_why;
	struct field_list refused; /**< of struct msg_refused */
};
extern const struct fields msg_state;

/**
 * The file VAULT.agent (0600), which an unlocked agent writes and removes. A reader believes it
 * where the kernel names the same process as the one that holds the vault's file.
 */
struct msg_agent_record {
	int64_t pid;
	int64_t start;	     /**< the process's start, in ticks since boot */
	const char *boot_id; /**< of the boot in which pid and start have meaning */
	const char *socket;
};
extern const struct fields msg_agent_record;

#endif
