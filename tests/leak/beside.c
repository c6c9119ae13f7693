/* SPDX-License-Identifier: MIT */
#include "vault/base/process.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Finds a helper beside the program itself, so that leaky and sound programs can be put together.
 */

bool __real_process_spawn(const char *path, char *const argv[], char *const envp[],
			  const struct process_fd *fds, size_t count, bool new_session, pid_t *pid,
			  struct error *err);
bool __wrap_process_spawn(const char *path, char *const argv[], char *const envp[],
			  const struct process_fd *fds, size_t count, bool new_session, pid_t *pid,
			  struct error *err);

bool __wrap_process_spawn(const char *path, char *const argv[], char *const envp[],
			  const struct process_fd *fds, size_t count, bool new_session, pid_t *pid,
			  struct error *err)
{
	char own[PATH_MAX], beside[2 * PATH_MAX];
	const char *name = strrchr(path, '/');
	ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);

	own[n > 0 ? n : 0] = '\0';
	if (n > 0 && name && strncmp(name, "/credvault-", 11) == 0) {
		*strrchr(own, '/') = '\0';
		(void)snprintf(beside, sizeof(beside), "%s%s", own, name);
		path = beside;
	}
	return __real_process_spawn(path, argv, envp, fds, count, new_session, pid, err);
}
