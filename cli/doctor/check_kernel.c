/* SPDX-License-Identifier: MIT */
#include "cli/doctor/checks.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Numbers of system calls that Debian 12's headers lack on some machines. */
enum { NR_LANDLOCK_CREATE_RULESET = 444, NR_MEMFD_SECRET = 447, LANDLOCK_VERSION = 1 };

/* Whether a call that makes a descriptor is there. */
static bool kernel_gives(long fd)
{
	if (fd >= 0)
		(void)close((int)fd);
	return fd >= 0;
}

static void kernel_look(struct doctor *doctor)
{
	long landlock = syscall(NR_LANDLOCK_CREATE_RULESET, NULL, 0, LANDLOCK_VERSION);
	bool whole = true;

	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0) {
		whole = false;
		doctor_say(doctor, DOCTOR_BAD, NULL,
			   "the kernel has no seccomp, without which the agent does not start");
	}
	if (landlock <= 0) {
		whole = false;
		doctor_say(doctor, DOCTOR_WARN, "cat /sys/kernel/security/lsm",
			   "the kernel has no Landlock: an agent that is taken over reaches the "
			   "user's other files; boot with lsm=landlock,… from 5.13 on");
	}
	if (!kernel_gives(syscall(SYS_pidfd_open, getpid(), 0))) {
		whole = false;
		doctor_say(doctor, DOCTOR_WARN, NULL,
			   "the kernel has no pidfd_open (before 5.3): lock --kill cannot work");
	}
	if (!kernel_gives(syscall(NR_MEMFD_SECRET, 0)) && whole) {
		doctor_say(doctor, DOCTOR_OK, NULL,
			   "seccomp, Landlock %ld, pidfd; no memfd_secret, which nothing needs",
			   landlock);
		return;
	}
	if (whole)
		doctor_say(doctor, DOCTOR_OK, NULL, "seccomp, Landlock %ld, pidfd, memfd_secret",
			   landlock);
}

const struct doctor_check check_kernel = {.name = "kernel", .look = kernel_look};
