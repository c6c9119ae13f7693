/* SPDX-License-Identifier: MIT */
#include "vault/wire/tables/msg_retire.h"

const char *const msg_retire_words[MSG_RETIRES] = {
    [MSG_RETIRE_NONE] = NULL,
    [MSG_RETIRE_DEACTIVATE] = "deactivate",
    [MSG_RETIRE_DELETE] = "delete",
    [MSG_RETIRE_WHEN_IDLE] = "when-idle",
};
