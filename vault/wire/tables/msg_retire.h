/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_TABLES_MSG_RETIRE_H
#define CV_WIRE_TABLES_MSG_RETIRE_H

#include "vault/format/fields.h"

/** The treatment of a rotated key, as named in messages; the numbers are the same on disk. */
enum msg_retire {
	MSG_RETIRE_NONE, /**< not given: the vault's default */
	MSG_RETIRE_DEACTIVATE,
	MSG_RETIRE_DELETE,
	MSG_RETIRE_WHEN_IDLE, /**< once the key was idle for the seconds given with it */
	MSG_RETIRES
};
extern const char *const msg_retire_words[MSG_RETIRES];

/** Durations and hooks in messages: at most ten years, sixteen commands. */
enum {
	MSG_DELAY_MAX_S = 3650 * 86400,
	MSG_HOOKS_MAX = 16,
	MSG_HOOK_BYTES = 4096, /**< of one command */
	MSG_URL_MAX = 255,
	MSG_REGION_MAX = 63,
	MSG_NOTE_MAX = 256
};

#endif
