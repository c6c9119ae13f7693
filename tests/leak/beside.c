/* SPDX-License-Identifier: MIT */
#include "vault/base/process.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Finds a helper beside the program itself, so that leaky and sound programs can be put together.
 */

bool __real_process_spawn(const struct process_child *child, pid_t *pid, struct error *err);
bool __wrap_process_spawn(const struct process_child *child, pid_t *pid, struct error *err);

bool __wrap_process_spawn(const struct process_child *child, pid_t *pid, struct error *err)
{
	char own[PATH_MAX], beside[2 * PATH_MAX];
	const char *name = strrchr(child->path, '/');
	struct process_child moved = *child;
	ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);

	own[n > 0 ? n : 0] = '\0';
	if (n > 0 && name && strncmp(name, "/credvault-", 11) == 0) {
		*strrchr(own, '/') = '\0';
		(void)snprintf(beside, sizeof(beside), "%s%s", own, name);
		moved.path = beside;
	}
	return __real_process_spawn(&moved, pid, err);
}
