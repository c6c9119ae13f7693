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

int __real_process_open_program(const char *path);
int __wrap_process_open_program(const char *path);

/* The helper's path beside the program; path itself where that is no helper. */
static const char *beside(const char *path, char out[static 2 * PATH_MAX])
{
	char own[PATH_MAX];
	const char *name = strrchr(path, '/');
	ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);

	own[n > 0 ? n : 0] = '\0';
	if (n <= 0 || !name || strncmp(name, "/credvault-", 11) != 0)
		return path;
	*strrchr(own, '/') = '\0';
	(void)snprintf(out, 2 * PATH_MAX, "%s%s", own, name);
	return out;
}

bool __wrap_process_spawn(const struct process_child *child, pid_t *pid, struct error *err)
{
	char path[2 * PATH_MAX];
	struct process_child moved = *child;

	moved.path = beside(child->path, path);
	return __real_process_spawn(&moved, pid, err);
}

int __wrap_process_open_program(const char *path)
{
	char found[2 * PATH_MAX];

	return __real_process_open_program(beside(path, found));
}
