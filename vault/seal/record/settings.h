/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_RECORD_SETTINGS_H
#define CV_SEAL_RECORD_SETTINGS_H

#include "vault/base/buf.h"
#include "vault/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The vault's limits and defaults: the one row of TABLE_SETTINGS. */

#define SETTINGS_NAME "settings"

enum {
	SETTINGS_LEAD_TENTH = 10, /**< a lead counts for at most a tenth of the maximal age */
	SETTINGS_PROGRAM_BYTES = 1024,
	SETTINGS_PATH_MAX = 1024
};

/** A plain value; times in seconds, never 0 but for max_age_s and retire_idle_s. */
struct settings {
	char name[sizeof(SETTINGS_NAME)];
	int64_t idle_s;
	int64_t limit_s;
	int64_t max_age_s;     /**< age at which a key without its own is overdue; 0 = never */
	int64_t lead_s;	       /**< how long before being overdue keys are due */
	uint64_t retire;       /**< enum rotation_retire: what happens to old keys */
	int64_t retire_idle_s; /**< ROTATION_WHEN_IDLE: required idle time */
	int64_t grace_s;       /**< how long an old key is kept, switched off */
	int64_t log_keep_s;    /**< how old entries of the log are before they may be pruned */
	bool through_sleep;    /**< the vault stays unlocked when the machine sleeps */
	/** Asks for codes where nobody else can: an absolute path; empty: none. */
	char askpass[SETTINGS_PROGRAM_BYTES];
	char backup_to[SETTINGS_PATH_MAX + 1]; /**< directory of backups, absolute; empty: none */
};

/**
 * The defaults: idle after 15 minutes, limit 8 hours, maximal age 90 days, lead 7 days; an old key
 * is off at once and deleted after a day; the log is kept for 400 days.
 */
void settings_init(struct settings *settings);

MUST bool settings_encode(const struct settings *settings, struct buf *out, struct error *err);

/** TAMPERED, and *settings the defaults, when the plaintext is no settings record. */
MUST bool settings_decode(const void *data, size_t len, struct settings *settings,
			  struct error *err);

#endif
