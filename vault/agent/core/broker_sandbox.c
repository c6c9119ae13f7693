/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/broker_sandbox.h"

#include "vault/confine/filter.h"
#include "vault/confine/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <linux/close_range.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

/* Finds the loader of dynamic programs; the broker's own program names the one couriers use. */
static int broker_sandbox_loader(struct dl_phdr_info *program, size_t size, void *loader)
{
	(void)size;
	for (int i = 0; i < program->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &program->dlpi_phdr[i];

		if (segment->p_type == PT_INTERP)
			*(const char **)loader = (const char *)(program->dlpi_addr +
								segment->p_vaddr);
	}
	/* The first is the program; libraries follow. */
	return 1;
}

static bool broker_sandbox_close_files(struct error *err)
{
	const char *loader = NULL;
	char courier[32], resolver[PATH_MAX];
	bool has_resolver = realpath("/etc/resolv.conf", resolver) != NULL;

	(void)snprintf(courier, sizeof(courier), "/proc/self/fd/%d", BROKER_COURIER);
	(void)dl_iterate_phdr(broker_sandbox_loader, &loader);
	if (has_resolver)
		*strrchr(resolver, '/') = '\0';

	const struct landlock_place places[] = {
	    {courier, LANDLOCK_READ | LANDLOCK_EXECUTE, true},
	    {loader, LANDLOCK_READ | LANDLOCK_EXECUTE, true},
	    {has_resolver && resolver[0] ? resolver : NULL, LANDLOCK_READ, true},
	    {"/etc", LANDLOCK_READ, true},
	    {"/usr", LANDLOCK_READ, true},
	    {"/lib", LANDLOCK_READ, true},
	    {"/lib32", LANDLOCK_READ, true},
	    {"/lib64", LANDLOCK_READ, true},
	    {"/opt", LANDLOCK_READ, true},
	    {"/nix/store", LANDLOCK_READ, true},
	    {"/gnu/store", LANDLOCK_READ, true},
	};

	return landlock_enter(places, sizeof(places) / sizeof(places[0]), LANDLOCK_TCP_CLIENT, err);
}

static bool broker_sandbox_filter_calls(struct error *err)
{
	static const int allowed[] = {
	    /* the loader of dynamic programs, and the C library's start */
	    SCMP_SYS(mmap),
	    SCMP_SYS(mprotect),
	    SCMP_SYS(arch_prctl),
	    SCMP_SYS(set_tid_address),
	    /* couriers that end */
	    SCMP_SYS(wait4),
	    /* what a courier gives up */
	    SCMP_SYS(umask),
	    SCMP_SYS(seccomp),
	    SCMP_SYS(landlock_create_ruleset),
	    SCMP_SYS(landlock_add_rule),
	    SCMP_SYS(landlock_restrict_self),
	};
	static const scmp_datum_t settings[] = {PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_NAME,
						PR_SET_SECCOMP, PR_GET_DUMPABLE};
	static const scmp_datum_t spaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
					   CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
					   CLONE_NEWNET | CLONE_PTRACE | CLONE_PARENT;
	struct filter filter;

	filter_begin(&filter, SCMP_ACT_ERRNO(ENOSYS));
	filter_allow_basics(&filter, false);
	filter_allow_client(&filter);
	filter_allow(&filter, FILTER_CALLS(allowed));
	filter_kill_escapes(&filter);
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		filter_add(&filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl),
			   FILTER_ARGS(SCMP_A0(SCMP_CMP_EQ, settings[i])));
	filter_add(&filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl),
		   FILTER_ARGS(SCMP_A0(SCMP_CMP_EQ, PR_SET_DUMPABLE), SCMP_A1(SCMP_CMP_EQ, 0)));
	filter_add(&filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64),
		   FILTER_ARGS(SCMP_A0(SCMP_CMP_EQ, 0)));
	filter_add(&filter, SCMP_ACT_ALLOW, SCMP_SYS(clone),
		   FILTER_ARGS(SCMP_A0(SCMP_CMP_MASKED_EQ, spaces, 0)));
	/*
	 * One file is executed, by its descriptor. A descriptor that is never closed and never the
	 * target of a copy stays what it is.
	 */
	filter_add(
	    &filter, SCMP_ACT_ALLOW, SCMP_SYS(execveat),
	    FILTER_ARGS(SCMP_A0(SCMP_CMP_EQ, BROKER_COURIER), SCMP_A4(SCMP_CMP_EQ, AT_EMPTY_PATH)));
	filter_add(&filter, SCMP_ACT_ALLOW, SCMP_SYS(close),
		   FILTER_ARGS(SCMP_A0(SCMP_CMP_LT, BROKER_COURIER)));
	filter_add(&filter, SCMP_ACT_ALLOW, SCMP_SYS(close),
		   FILTER_ARGS(SCMP_A0(SCMP_CMP_GT, BROKER_COURIER)));
	filter_add(&filter, SCMP_ACT_ALLOW, SCMP_SYS(close_range),
		   FILTER_ARGS(SCMP_A2(SCMP_CMP_EQ, CLOSE_RANGE_CLOEXEC)));
	filter_add(&filter, SCMP_ACT_ALLOW, SCMP_SYS(dup2),
		   FILTER_ARGS(SCMP_A1(SCMP_CMP_LT, BROKER_COURIER)));
	filter_add(&filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl),
		   FILTER_ARGS(SCMP_A1(SCMP_CMP_EQ, F_DUPFD_CLOEXEC),
			       SCMP_A2(SCMP_CMP_LT, BROKER_COURIER)));
	return filter_load(&filter, err);
}

bool broker_sandbox_enter(struct error *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_set_errno(err, ERROR_FAILED, errno, "cannot give up privileges");
#ifdef CV_RELAXED_SANDBOX
	/* The sanitizers of a courier look into /proc. */
	return true;
#endif
	return broker_sandbox_close_files(err) && broker_sandbox_filter_calls(err);
}
