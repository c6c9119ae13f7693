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

enum { SETTINGS_LEAD_TENTH = 10 /**< of the maximal age is the most that a lead counts */ };

/** A plain value; times in seconds, never 0 but for max_age_s and retire_idle_s. */
struct settings {
	char name[sizeof(SETTINGS_NAME)];
	int64_t idle_s;
	int64_t limit_s;
	int64_t max_age_s;     /**< keys without their own are overdue after this; 0 = never */
	int64_t lead_s;	       /**< how long before that they are due */
	uint64_t retire;       /**< enum rotation_retire: what becomes of old keys */
	int64_t retire_idle_s; /**< ROTATION_WHEN_IDLE: for how long */
	int64_t grace_s;       /**< how long an old key stays, switched off */
	bool through_sleep;    /**< the vault stays unlocked when the machine sleeps */
};

/** 15 minutes, 8 hours, 90 days less 7; old keys off at once, deleted after a day. */
void settings_init(struct settings *settings);

MUST bool settings_encode(const struct settings *settings, struct buf *out, struct error *err);

/** TAMPERED, and the defaults, where it is not one. */
MUST bool settings_decode(const void *data, size_t len, struct settings *settings,
			  struct error *err);

#endif
