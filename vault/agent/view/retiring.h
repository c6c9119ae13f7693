/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_VIEW_RETIRING_H
#define CV_AGENT_VIEW_RETIRING_H

#include "vault/base/error.h"
#include "vault/seal/record/rotation_record.h"
#include "vault/wire/tables/msg_retire.h"

#include <stdbool.h>
#include <stdint.h>

/** What becomes of old keys, as requests and answers say it (docs/protocol.md). */

/** USAGE where only one of the two is there: "when-idle", or the seconds that go with it. */
MUST bool retiring_check(enum msg_retire retire, int64_t idle_s, struct error *err);

/** "deactivate", "delete", "when-idle"; NULL for 0. Static text. */
const char *retiring_word(uint64_t retire);

#endif
