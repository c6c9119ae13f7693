/* SPDX-License-Identifier: MIT */
#include "vault/confine/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static const int basics[] = {
    /* descriptors */
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(lseek),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(shutdown),
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
    SCMP_SYS(restart_syscall),
    SCMP_SYS(getrandom),
    /* itself */
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getppid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/* Not among them: those that make a descriptor send signals (F_SETOWN, F_SETSIG, F_NOTIFY). */
static const int fcntls[] = {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW};

void filter_begin(struct filter *filter, uint32_t otherwise)
{
	filter->ctx = seccomp_init(otherwise);
	filter->failed = filter->ctx ? 0 : -ENOMEM;
	filter->otherwise = otherwise;
}

void filter_add(struct filter *filter, uint32_t action, int call, const struct scmp_arg_cmp *args,
		size_t count)
{
	/* libseccomp refuses a rule that changes nothing. */
	if (!filter->failed && action != filter->otherwise)
		filter->failed = seccomp_rule_add_array(filter->ctx, action, call,
							(unsigned int)count, args);
}

void filter_allow(struct filter *filter, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++)
		filter_add(filter, SCMP_ACT_ALLOW, calls[i], NULL, 0);
}

void filter_allow_basics(struct filter *filter, bool may_close)
{
	filter_allow(filter, FILTER_CALLS(basics));
	if (may_close)
		filter_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(close), NULL, 0);
	for (size_t i = 0; i < sizeof(fcntls) / sizeof(fcntls[0]); i++)
		filter_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl),
			   FILTER_ARGS(SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)fcntls[i])));
	/* No further page of memory becomes executable. */
	filter_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap),
		   FILTER_ARGS(SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)));
	filter_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect),
		   FILTER_ARGS(SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)));
	/*
	 * Threads, not processes: clone3's flags cannot be seen from here, so the C library uses
	 * clone.
	 */
	filter_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), NULL, 0);
	filter_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone),
		   FILTER_ARGS(SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)));
	filter_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill),
		   FILTER_ARGS(SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())));
	filter_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64),
		   FILTER_ARGS(SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A2(SCMP_CMP_EQ, 0)));
}

static const int client[] = {
    SCMP_SYS(stat),	  SCMP_SYS(lstat),	 SCMP_SYS(statx),	SCMP_SYS(access),
    SCMP_SYS(faccessat),  SCMP_SYS(faccessat2),	 SCMP_SYS(readlink),	SCMP_SYS(readlinkat),
    SCMP_SYS(uname),	  SCMP_SYS(pipe2),	 SCMP_SYS(eventfd2),	SCMP_SYS(connect),
    SCMP_SYS(sendmmsg),	  SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
};

static void filter_allow_sockets(struct filter *filter, scmp_datum_t family, scmp_datum_t type)
{
	filter_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket),
		   FILTER_ARGS(SCMP_A0(SCMP_CMP_EQ, family),
			       SCMP_A1(SCMP_CMP_MASKED_EQ,
				       ~(scmp_datum_t)(SOCK_CLOEXEC | SOCK_NONBLOCK), type)));
}

void filter_allow_client(struct filter *filter)
{
	static const scmp_datum_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
	static const scmp_datum_t families[] = {AF_INET, AF_INET6};

	filter_allow(filter, FILTER_CALLS(client));
	filter_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(open),
		   FILTER_ARGS(SCMP_A1(SCMP_CMP_MASKED_EQ, writing, 0)));
	filter_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat),
		   FILTER_ARGS(SCMP_A2(SCMP_CMP_MASKED_EQ, writing, 0)));
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		filter_allow_sockets(filter, families[i], SOCK_STREAM);
		filter_allow_sockets(filter, families[i], SOCK_DGRAM);
	}
	filter_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket),
		   FILTER_ARGS(SCMP_A0(SCMP_CMP_LT, AF_INET)));
	filter_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket),
		   FILTER_ARGS(SCMP_A0(SCMP_CMP_GT, AF_INET6)));
	/* curl and its resolver wake each other; streams cannot be connected elsewhere. */
	filter_add(
	    filter, SCMP_ACT_ALLOW, SCMP_SYS(socketpair),
	    FILTER_ARGS(SCMP_A0(SCMP_CMP_EQ, AF_UNIX),
			SCMP_A1(SCMP_CMP_MASKED_EQ, ~(scmp_datum_t)(SOCK_CLOEXEC | SOCK_NONBLOCK),
				SOCK_STREAM)));
	/* The resolver asks how long an answer is. */
	filter_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl),
		   FILTER_ARGS(SCMP_A1(SCMP_CMP_EQ, FIONREAD)));
}

void filter_kill_escapes(struct filter *filter)
{
	static const int escapes[] = {
	    SCMP_SYS(execve),
	    SCMP_SYS(ptrace),
	    SCMP_SYS(process_vm_readv),
	    SCMP_SYS(process_vm_writev),
	    SCMP_SYS(kill),
	    SCMP_SYS(tkill),
	    SCMP_SYS(pidfd_send_signal),
	    SCMP_SYS(mount),
	    SCMP_SYS(unshare),
	    SCMP_SYS(setns),
	    SCMP_SYS(bpf),
	    SCMP_SYS(io_uring_setup),
	};

	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
		filter_add(filter, SCMP_ACT_KILL_PROCESS, escapes[i], NULL, 0);
}

bool filter_load(struct filter *filter, struct error *err)
{
	int failed = filter->failed;

#ifndef CV_RELAXED_SANDBOX
	if (!failed)
		failed = seccomp_load(filter->ctx);
#endif
	seccomp_release(filter->ctx);
	filter->ctx = NULL;
	return !failed || error_set_errno(err, ERROR_FAILED, -failed,
					  "cannot give up the system calls that are not needed");
}
