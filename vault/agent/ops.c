/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"

const struct op operations[] = {
#define X(name_, flags_) {#name_, flags_, op_##name_},
    OPERATIONS(X)
#undef X
	{NULL, OP_PLAIN, NULL},
};
