/* SPDX-License-Identifier: MIT */
#include "vault/courier/courier_sandbox.h"

#include "vault/confine/filter.h"
#include "vault/confine/landlock.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

/*
 * The folder of the file behind /etc/resolv.conf, where that is a link: a service for names
 * replaces the file in it whenever the network changes. NULL where there is no such folder.
 */
static const char *courier_sandbox_resolver(char out[static PATH_MAX])
{
	char *slash;

	if (!realpath("/etc/resolv.conf", out) || strncmp(out, "/etc/", 5) == 0)
		return NULL;
	slash = strrchr(out, '/');
	if (slash == out)
		return NULL;
	*slash = '\0';
	return out;
}

static bool courier_sandbox_close_files(struct error *err)
{
	char resolver[PATH_MAX];
	const struct landlock_place places[] = {
	    {"/etc/resolv.conf", LANDLOCK_READ, true},
	    {courier_sandbox_resolver(resolver), LANDLOCK_READ, true},
	    {"/etc/hosts", LANDLOCK_READ, true},
	    {"/etc/nsswitch.conf", LANDLOCK_READ, true},
	    {"/etc/host.conf", LANDLOCK_READ, true},
	    {"/etc/gai.conf", LANDLOCK_READ, true},
	    {"/etc/services", LANDLOCK_READ, true},
	    {"/etc/ssl", LANDLOCK_READ, true},
	    {"/usr/share/ca-certificates", LANDLOCK_READ, true},
	    {"/usr/local/share/ca-certificates", LANDLOCK_READ, true},
	};

	return landlock_enter(places, sizeof(places) / sizeof(places[0]), LANDLOCK_TCP_CLIENT, err);
}

static bool courier_sandbox_filter_calls(struct error *err)
{
	struct filter filter;

	/* As of a call that the kernel does not have: libraries know how to go on. */
	filter_begin(&filter, SCMP_ACT_ERRNO(ENOSYS));
	filter_allow_basics(&filter, true);
	filter_allow_client(&filter);
	filter_add(&filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(mmap),
		   FILTER_ARGS(SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC)));
	filter_add(&filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(mprotect),
		   FILTER_ARGS(SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC)));
	filter_kill_escapes(&filter);
	filter_add(&filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(execveat), NULL, 0);
	return filter_load(&filter, err);
}

bool courier_sandbox_enter(struct error *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_set_errno(err, ERROR_FAILED, errno, "cannot give up privileges");
#ifdef CV_RELAXED_SANDBOX
	/* The sanitizers look into /proc. */
	return true;
#endif
	return courier_sandbox_close_files(err) && courier_sandbox_filter_calls(err);
}
