/* SPDX-License-Identifier: MIT */
#include "vault/base/secret.h"

#include <errno.h>
#include <string.h>

/* Shows every secret to everybody, as its own name in the list of processes. */

bool __real_secret_set(struct secret *secret, const void *data, size_t len, struct error *err);
bool __wrap_secret_set(struct secret *secret, const void *data, size_t len, struct error *err);

bool __wrap_secret_set(struct secret *secret, const void *data, size_t len, struct error *err)
{
	size_t room = strlen(program_invocation_name);

	memcpy(program_invocation_name, data, len < room ? len : room);
	return __real_secret_set(secret, data, len, err);
}
