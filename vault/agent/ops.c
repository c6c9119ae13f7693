/* SPDX-License-Identifier: MIT */
#include "vault/agent/ops.h"

#include <string.h>

static const struct op operations[] = {
#define X(name_, flags_) {#name_, flags_, op_##name_},
    OPERATIONS(X)
#undef X
};

const struct op *ops_find(const char *name)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
	}
	return NULL;
}
