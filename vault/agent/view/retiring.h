/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_VIEW_RETIRING_H
#define CV_AGENT_VIEW_RETIRING_H

#include "vault/base/error.h"
#include "vault/seal/record/rotation_record.h"
#include "vault/wire/msg_retire.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/** What becomes of old keys, as requests and answers say it (docs/protocol.md). */

struct retiring {
	bool given;	 /**< the member is there, be it null */
	uint64_t retire; /**< enum rotation_retire; 0: absent or null */
	int64_t idle_s;	 /**< ROTATION_WHEN_IDLE: for how long; else 0 */
};

enum { RETIRING_DELAY_MAX_S = 3650 * 86400 };

/**
 * A request's members "retire" and, called idle_member, the seconds that go with "when-idle".
 * PROTOCOL for another word, USAGE where only one of the two is there.
 */
MUST bool retiring_read(const json_t *args, const char *idle_member, struct retiring *out,
			struct error *err);

/** USAGE where only one of the two is there: "when-idle", or the seconds that go with it. */
MUST bool retiring_check(enum msg_retire retire, int64_t idle_s, struct error *err);

/** "deactivate", "delete", "when-idle"; NULL for 0. Static text. */
const char *retiring_word(uint64_t retire);

#endif
