/* SPDX-License-Identifier: MIT */
#include "vault/confine/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Landlock by its system calls: Debian 12's headers know less of it than kernels do. Numbers from
 * the kernel's include/uapi/linux/landlock.h; older kernels take a shorter structure.
 */
enum { NR_CREATE_RULESET = 444, NR_ADD_RULE = 445, NR_RESTRICT_SELF = 446 };
enum { RULE_PATH_BENEATH = 1, CREATE_RULESET_VERSION = 1 };
enum {
	ACCESS_EXECUTE = 1 << 0,
	ACCESS_READ = 1 << 2 | 1 << 3, /* READ_FILE, READ_DIR */
	/* WRITE_FILE, REMOVE_FILE, MAKE_REG, MAKE_SOCK */
	ACCESS_WRITE = 1 << 1 | 1 << 5 | 1 << 8 | 1 << 9,
	ACCESS_REFER = 1 << 13,	   /* from ABI 2 */
	ACCESS_TRUNCATE = 1 << 14, /* from ABI 3 */
	ACCESS_IOCTL = 1 << 15,	   /* from ABI 5 */
	ACCESS_FIRST = (1 << 13) - 1,
	ACCESS_OF_FILES = 1 << 0 | 1 << 1 | 1 << 2 | ACCESS_TRUNCATE
};
enum { NET_BIND = 1, NET_CONNECT = 2, SCOPE_ALL = 3 };

struct ruleset {
	uint64_t fs;
	uint64_t net;	 /* from ABI 4 */
	uint64_t scoped; /* from ABI 6 */
};

struct beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

long landlock_version(void)
{
	long abi = syscall(NR_CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION);

	return abi > 0 ? abi : 0;
}

static bool landlock_add(int ruleset, const struct landlock_place *place, uint64_t handled,
			 struct error *err)
{
	struct beneath rule = {.allowed = 0};
	struct stat st;
	bool added;

	rule.parent = open(place->path, O_PATH | O_CLOEXEC);
	if (rule.parent < 0)
		return (place->may_lack && (errno == ENOENT || errno == ENOTDIR)) ||
		       error_set_errno(err, ERROR_FAILED, errno,
				       "cannot open a place for the sandbox");
	if (place->rights & LANDLOCK_READ)
		rule.allowed |= ACCESS_READ;
	if (place->rights & LANDLOCK_WRITE)
		rule.allowed |= ACCESS_WRITE | ACCESS_TRUNCATE;
	if (place->rights & LANDLOCK_EXECUTE)
		rule.allowed |= ACCESS_EXECUTE;
	if (fstat(rule.parent, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed &= ACCESS_OF_FILES;
	rule.allowed &= handled;
	added = syscall(NR_ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0 ||
		error_set_errno(err, ERROR_FAILED, errno, "cannot set up the sandbox");
	(void)close(rule.parent);
	return added;
}

bool landlock_enter(const struct landlock_place *places, size_t count,
		    enum landlock_network network, struct error *err)
{
	long abi = landlock_version();
	struct ruleset rules = {.fs = ACCESS_FIRST};
	size_t size = abi >= 6 ? sizeof(rules) : abi >= 4 ? 16 : 8;
	int ruleset;
	bool ok = true;

	if (abi < 1)
		return true;
	if (abi >= 2)
		rules.fs |= ACCESS_REFER;
	if (abi >= 3)
		rules.fs |= ACCESS_TRUNCATE;
	if (abi >= 4)
		rules.net = network == LANDLOCK_TCP_CLIENT ? NET_BIND : NET_BIND | NET_CONNECT;
	if (abi >= 5)
		rules.fs |= ACCESS_IOCTL;
	if (abi >= 6)
		rules.scoped = SCOPE_ALL;
	ruleset = (int)syscall(NR_CREATE_RULESET, &rules, size, 0);
	if (ruleset < 0)
		return error_set_errno(err, ERROR_FAILED, errno, "cannot set up the sandbox");
	for (size_t i = 0; ok && i < count; i++)
		ok = !places[i].path || landlock_add(ruleset, &places[i], rules.fs, err);
	if (ok && syscall(NR_RESTRICT_SELF, ruleset, 0) != 0)
		ok = error_set_errno(err, ERROR_FAILED, errno, "cannot enter the sandbox");
	(void)close(ruleset);
	return ok;
}
