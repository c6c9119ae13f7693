/* SPDX-License-Identifier: MIT */
#include "vault/agent/serve/sandbox.h"

#include "vault/confine/filter.h"
#include "vault/confine/landlock.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static void sandbox_directory_of(const char *path, char out[static PATH_MAX])
{
	const char *slash = strrchr(path, '/');

	(void)snprintf(out, PATH_MAX, "%.*s", slash && slash != path ? (int)(slash - path) : 1,
		       slash ? path : "/");
}

static bool sandbox_close_files(const char *vault, const char *socket, const char *state,
				struct error *err)
{
	char beside_vault[PATH_MAX], beside_socket[PATH_MAX];
	const struct landlock_place places[] = {
	    {beside_vault, LANDLOCK_READ | LANDLOCK_WRITE, false},
	    {beside_socket, LANDLOCK_READ | LANDLOCK_WRITE, false},
	    {state, LANDLOCK_READ | LANDLOCK_WRITE, false},
	    /* The log names processes by what /proc says of them. */
	    {"/proc", LANDLOCK_READ, false},
	};

	sandbox_directory_of(vault, beside_vault);
	sandbox_directory_of(socket, beside_socket);
	return landlock_enter(places, sizeof(places) / sizeof(places[0]), LANDLOCK_NO_TCP, err);
}

static const int allowed[] = {
    /* files of the vault */
    SCMP_SYS(pwrite64),
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(statx),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
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
    SCMP_SYS(flock),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchown),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getdents64),
    SCMP_SYS(getcwd),
    SCMP_SYS(umask),
    /* connections: the agent is connected to, and connects to nobody */
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    /* what ends it in time, and the broker's end */
    SCMP_SYS(alarm),
    SCMP_SYS(setitimer),
    SCMP_SYS(pause),
    SCMP_SYS(wait4),
};

static bool sandbox_filter_calls(struct error *err)
{
	struct filter filter;

	filter_begin(&filter, SCMP_ACT_KILL_PROCESS);
	filter_allow_basics(&filter, true);
	filter_allow(&filter, FILTER_CALLS(allowed));
	/* A stream that is not connected sends nothing, whatever address a message names. */
	filter_add(
	    &filter, SCMP_ACT_ALLOW, SCMP_SYS(socket),
	    FILTER_ARGS(SCMP_A0(SCMP_CMP_EQ, AF_UNIX),
			SCMP_A1(SCMP_CMP_MASKED_EQ, ~(scmp_datum_t)(SOCK_CLOEXEC | SOCK_NONBLOCK),
				SOCK_STREAM)));
	filter_add(&filter, SCMP_ACT_ALLOW, SCMP_SYS(getsockopt),
		   FILTER_ARGS(SCMP_A1(SCMP_CMP_EQ, SOL_SOCKET)));
	filter_add(
	    &filter, SCMP_ACT_ALLOW, SCMP_SYS(setsockopt),
	    FILTER_ARGS(SCMP_A1(SCMP_CMP_EQ, SOL_SOCKET), SCMP_A2(SCMP_CMP_EQ, SO_RCVTIMEO)));
	filter_add(
	    &filter, SCMP_ACT_ALLOW, SCMP_SYS(setsockopt),
	    FILTER_ARGS(SCMP_A1(SCMP_CMP_EQ, SOL_SOCKET), SCMP_A2(SCMP_CMP_EQ, SO_SNDTIMEO)));
	/*
	 * stdio and SQLite ask what a descriptor is, by ioctl, and are told that it is no terminal.
	 * No ioctl is carried out.
	 */
	filter_add(&filter, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), NULL, 0);
	return filter_load(&filter, err);
}

bool sandbox_enter(const char *vault, const char *socket, const char *state, struct error *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_set_errno(err, ERROR_FAILED, errno, "cannot give up privileges");
	return sandbox_close_files(vault, socket, state, err) && sandbox_filter_calls(err);
}
