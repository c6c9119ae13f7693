/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into a program: its Nth call that changes a file below a folder ends it, or fails. The
 * tests of commands that rewrite a person's files go through every such call.
 *
 *	FAULT_BELOW="$HOME/.aws" FAULT_AT=3 FAULT_AS=kill credvault setup --apply
 *
 * FAULT_AS is kill (ahead of the call), kill-after, half (half of a write, then kill), or an error:
 * ENOSPC, EIO, EROFS, which strikes that call, and with a + behind it each later one too.
 * FAULT_COUNT names a file that gets a byte for every such call.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* The C library's function of this name. */
#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

enum fault { PASS, KILL_AFTER, HALF, FAIL };

static unsigned long calls;

static void die(void)
{
	(void)kill(getpid(), SIGKILL);
	for (;;)
		(void)pause();
}

static void count(void)
{
	const char *path = getenv("FAULT_COUNT");
	int fd = path ? REAL(open)(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;

	if (fd < 0)
		return;
	(void)!REAL(write)(fd, ".", 1);
	(void)close(fd);
}

/* What happens to this call; FAIL sets errno. */
static enum fault strike(void)
{
	static const struct {
		const char *name;
		int number;
	} errors[] = {{"ENOSPC", ENOSPC}, {"EIO", EIO}, {"EROFS", EROFS}};
	const char *at = getenv("FAULT_AT"), *as = getenv("FAULT_AS");
	unsigned long wanted = at ? strtoul(at, NULL, 10) : 0;

	calls++;
	count();
	if (!as || !wanted || calls < wanted || (calls > wanted && as[strlen(as) - 1] != '+'))
		return PASS;
	if (strcmp(as, "kill") == 0)
		die();
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strncmp(as, errors[i].name, strlen(errors[i].name)) == 0) {
			errno = errors[i].number;
			return FAIL;
		}
	}
	return strcmp(as, "half") == 0 ? HALF : KILL_AFTER;
}

static bool is_below(const char *path)
{
	const char *below = getenv("FAULT_BELOW");
	size_t len = below ? strlen(below) : 0;

	return len && strncmp(path, below, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static bool fd_is_below(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t len;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		return false;
	path[len] = '\0';
	return is_below(path);
}

static bool name_is_below(int folder, const char *name)
{
	return name[0] == '/' ? is_below(name) : (folder == AT_FDCWD ? false : fd_is_below(folder));
}

/* Makes the call, where it is to be made. */
#define CHANGE(below, failed, call)                            \
	do {                                                   \
		enum fault fault_ = (below) ? strike() : PASS; \
		if (fault_ == FAIL)                            \
			return failed;                         \
		__typeof__(call) result_ = (call);             \
		if (fault_ != PASS)                            \
			die();                                 \
		return result_;                                \
	} while (0)

#define WRITE(below, fd, some, all)                            \
	do {                                                   \
		enum fault fault_ = (below) ? strike() : PASS; \
		if (fault_ == FAIL)                            \
			return -1;                             \
		if (fault_ == HALF) {                          \
			(void)!(some);                         \
			die();                                 \
		}                                              \
		ssize_t result_ = (all);                       \
		if (fault_ != PASS)                            \
			die();                                 \
		return result_;                                \
	} while (0)

ssize_t write(int fd, const void *data, size_t len)
{
	WRITE(fd_is_below(fd), fd, REAL(write)(fd, data, len / 2), REAL(write)(fd, data, len));
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
	WRITE(fd_is_below(fd), fd, REAL(pwrite)(fd, data, len / 2, at),
	      REAL(pwrite)(fd, data, len, at));
}

ssize_t writev(int fd, const struct iovec *parts, int count_)
{
	WRITE(fd_is_below(fd), fd, REAL(write)(fd, parts[0].iov_base, parts[0].iov_len / 2),
	      REAL(writev)(fd, parts, count_));
}

static mode_t mode_of(int flags, va_list more)
{
	return flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
	va_list more;
	mode_t mode;

	va_start(more, flags);
	mode = mode_of(flags, more);
	va_end(more);
	CHANGE((flags & (O_CREAT | O_TRUNC)) && name_is_below(AT_FDCWD, path), -1,
	       REAL(open)(path, flags, mode));
}

int openat(int folder, const char *path, int flags, ...)
{
	va_list more;
	mode_t mode;

	va_start(more, flags);
	mode = mode_of(flags, more);
	va_end(more);
	CHANGE((flags & (O_CREAT | O_TRUNC)) && name_is_below(folder, path), -1,
	       REAL(openat)(folder, path, flags, mode));
}

int mkostemp(char *path, int flags)
{
	CHANGE(name_is_below(AT_FDCWD, path), -1, REAL(mkostemp)(path, flags));
}

int mkdirat(int folder, const char *path, mode_t mode)
{
	CHANGE(name_is_below(folder, path), -1, REAL(mkdirat)(folder, path, mode));
}

int fsync(int fd)
{
	CHANGE(fd_is_below(fd), -1, REAL(fsync)(fd));
}

int fdatasync(int fd)
{
	CHANGE(fd_is_below(fd), -1, REAL(fdatasync)(fd));
}

int fchmod(int fd, mode_t mode)
{
	CHANGE(fd_is_below(fd), -1, REAL(fchmod)(fd, mode));
}

int fchown(int fd, uid_t user, gid_t group)
{
	CHANGE(fd_is_below(fd), -1, REAL(fchown)(fd, user, group));
}

int ftruncate(int fd, off_t size)
{
	CHANGE(fd_is_below(fd), -1, REAL(ftruncate)(fd, size));
}

int rename(const char *from, const char *to)
{
	CHANGE(name_is_below(AT_FDCWD, to), -1, REAL(rename)(from, to));
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
	CHANGE(name_is_below(to_folder, to), -1, REAL(renameat)(from_folder, from, to_folder, to));
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned int flags)
{
	CHANGE(name_is_below(to_folder, to), -1,
	       REAL(renameat2)(from_folder, from, to_folder, to, flags));
}

int unlink(const char *path)
{
	CHANGE(name_is_below(AT_FDCWD, path), -1, REAL(unlink)(path));
}

int unlinkat(int folder, const char *path, int flags)
{
	CHANGE(name_is_below(folder, path), -1, REAL(unlinkat)(folder, path, flags));
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
	CHANGE(name_is_below(to_folder, to), -1,
	       REAL(linkat)(from_folder, from, to_folder, to, flags));
}

/* The same for programs whose offsets are of 64 bits by name. */
#define ALSO(name) __attribute__((alias(#name)))
int open64(const char *path, int flags, ...) ALSO(open);
int openat64(int folder, const char *path, int flags, ...) ALSO(openat);
ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at) ALSO(pwrite);
int ftruncate64(int fd, off64_t size) ALSO(ftruncate);
int mkostemp64(char *path, int flags) ALSO(mkostemp);
