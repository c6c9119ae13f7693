/* SPDX-License-Identifier: MIT */
#include "vault/agent/serve/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Landlock by its system calls: Debian 12's headers know less of it than kernels do. Numbers from
 * the kernel's include/uapi/linux/landlock.h; older kernels take a shorter structure.
 */
enum { NR_CREATE_RULESET = 444, NR_ADD_RULE = 445, NR_RESTRICT_SELF = 446 };
enum { RULE_PATH_BENEATH = 1, CREATE_RULESET_VERSION = 1 };
enum {
	ACCESS_READ = 1 << 2 | 1 << 3, /* READ_FILE, READ_DIR */
	/* WRITE_FILE, REMOVE_FILE, MAKE_REG, MAKE_SOCK */
	ACCESS_WRITE = 1 << 1 | 1 << 5 | 1 << 8 | 1 << 9,
	ACCESS_REFER = 1 << 13,	   /* from ABI 2 */
	ACCESS_TRUNCATE = 1 << 14, /* from ABI 3 */
	ACCESS_IOCTL = 1 << 15,	   /* from ABI 5 */
	ACCESS_FIRST = (1 << 13) - 1
};
enum { NET_TCP = 3, SCOPE_ALL = 3 };

struct ruleset {
	uint64_t fs;
	uint64_t net;	 /* from ABI 4 */
	uint64_t scoped; /* from ABI 6 */
};

struct beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

static bool sandbox_allow_beneath(int ruleset, const char *directory, uint64_t access,
				  struct error *err)
{
	struct beneath rule = {.allowed = access};
	long failed;

	rule.parent = open(directory, O_PATH | O_CLOEXEC | O_DIRECTORY);
	if (rule.parent < 0)
		return error_set_errno(err, ERROR_FAILED, errno,
				       "cannot open a directory for the sandbox");
	failed = syscall(NR_ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0);
	(void)close(rule.parent);
	return failed == 0 ||
	       error_set_errno(err, ERROR_FAILED, errno, "cannot set up the sandbox");
}

static void sandbox_directory_of(const char *path, char out[static PATH_MAX])
{
	const char *slash = strrchr(path, '/');

	(void)snprintf(out, PATH_MAX, "%.*s", slash && slash != path ? (int)(slash - path) : 1,
		       slash ? path : "/");
}

static bool sandbox_landlock(const char *vault, const char *socket, const char *state,
			     struct error *err)
{
	long abi = syscall(NR_CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION);
	struct ruleset rules = {.fs = ACCESS_FIRST};
	uint64_t access = ACCESS_READ | ACCESS_WRITE;
	size_t size = abi >= 6 ? sizeof(rules) : abi >= 4 ? 16 : 8;
	char directory[PATH_MAX];
	int ruleset;
	bool ok;

	/* A kernel without Landlock leaves seccomp alone to confine the agent. */
	if (abi < 1)
		return true;
	if (abi >= 2)
		rules.fs |= ACCESS_REFER;
	if (abi >= 3) {
		rules.fs |= ACCESS_TRUNCATE;
		access |= ACCESS_TRUNCATE;
	}
	if (abi >= 4)
		rules.net = NET_TCP;
	if (abi >= 5)
		rules.fs |= ACCESS_IOCTL;
	if (abi >= 6)
		rules.scoped = SCOPE_ALL;
	ruleset = (int)syscall(NR_CREATE_RULESET, &rules, size, 0);
	if (ruleset < 0)
		return error_set_errno(err, ERROR_FAILED, errno, "cannot set up the sandbox");
	sandbox_directory_of(vault, directory);
	ok = sandbox_allow_beneath(ruleset, directory, access, err);
	if (ok) {
		sandbox_directory_of(socket, directory);
		ok = sandbox_allow_beneath(ruleset, directory, access, err);
	}
	ok = ok && sandbox_allow_beneath(ruleset, state, access, err);
	/* The log names processes by what /proc says of them. */
	ok = ok && sandbox_allow_beneath(ruleset, "/proc", ACCESS_READ, err);
	if (ok && syscall(NR_RESTRICT_SELF, ruleset, 0) != 0)
		ok = error_set_errno(err, ERROR_FAILED, errno, "cannot enter the sandbox");
	(void)close(ruleset);
	return ok;
}

#ifndef CV_RELAXED_SANDBOX

static const int allowed[] = {
    /* files of the vault */
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(close),
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(stat),
    SCMP_SYS(fstat),
    SCMP_SYS(lstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(lseek),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(fcntl),
    SCMP_SYS(flock),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchown),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getdents64),
    SCMP_SYS(getcwd),
    SCMP_SYS(umask),
    /* connections */
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(connect),
    SCMP_SYS(sendto),
    SCMP_SYS(recvfrom),
    SCMP_SYS(sendmsg),
    SCMP_SYS(recvmsg),
    SCMP_SYS(shutdown),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    /* memory, threads, time */
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(mlock),
    SCMP_SYS(munlock),
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sysinfo),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(alarm),
    SCMP_SYS(setitimer),
    SCMP_SYS(pause),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(getrandom),
    /* itself and the broker */
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getppid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(prlimit64),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(tgkill),
    SCMP_SYS(wait4),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

static int sandbox_add_rules(scmp_filter_ctx filter)
{
	int failed = 0;

	for (size_t i = 0; !failed && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
					  SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
	/* No further page of memory becomes executable. */
	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
					  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
					  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	/*
	 * Threads, not processes: clone3's flags cannot be seen from here, so the C library uses
	 * clone.
	 */
	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
					  SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	/*
	 * stdio and SQLite ask what a descriptor is, by ioctl, and are told that it is no terminal.
	 */
	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0);
	return failed;
}

static bool sandbox_filter_calls(struct error *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int failed = filter ? sandbox_add_rules(filter) : -ENOMEM;

	if (!failed)
		failed = seccomp_load(filter);
	seccomp_release(filter);
	return !failed ||
	       error_set_errno(err, ERROR_FAILED, -failed,
			       "cannot give up the system calls the agent does not need");
}

#else

/* The sanitizers' run time makes too many calls to list. */
static bool sandbox_filter_calls(struct error *err)
{
	(void)err;
	return true;
}

#endif

bool sandbox_enter(const char *vault, const char *socket, const char *state, struct error *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_set_errno(err, ERROR_FAILED, errno, "cannot give up privileges");
	return sandbox_landlock(vault, socket, state, err) && sandbox_filter_calls(err);
}
