/* SPDX-License-Identifier: MIT */
#include "cli/vault/passphrase_strength.h"

#include "vault/base/clock.h"
#include "vault/base/file.h"
#include "vault/base/text.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PASSPHRASE_BYTES = 1024, LIMIT_MS = 10000, BITS_MAX = 999 };

/*
 * What libzxcvbn 2.x declares in zxcvbn.h, which is not needed to build: a part of the passphrase,
 * and the type of each. MATCH_MULTIPLE is added to the type of a part that is repeated.
 */
enum { MATCH_TYPES = 12, MATCH_MULTIPLE = 32, MATCH_AHEAD = 2 * sizeof(int) + 2 * sizeof(double) };
struct match {
	unsigned char ahead[MATCH_AHEAD]; /* begin and length, two entropies */
	int type;
	struct match *next;
};
_Static_assert(offsetof(struct match, ahead) + MATCH_AHEAD == offsetof(struct match, type),
	       "the type lies right behind them");
typedef double match_fn(const char *passphrase, const char *words[], struct match **info);

/* What a part of that type is; NULL where nothing is known of it. */
static const char *const parts[MATCH_TYPES] = {
    [2] = "common words",
    [3] = "common words with letters changed",
    [4] = "words of this program",
    [5] = "words of this program",
    [6] = "repetitions",
    [7] = "sequences",
    [8] = "keys that lie side by side",
    [9] = "a date",
    [10] = "a year",
};

/* The child's answer. */
struct estimate {
	double bits;
	unsigned int types; /* a bit for the type of each part */
};

/*
 * Memory for secrets is empty in a child: these pages are not, and each process wipes its copy.
 */
struct room {
	char passphrase[PASSPHRASE_BYTES + 1];
};

/* Where the stack of main() begins; of the dynamic linker. */
extern unsigned char *__libc_stack_end;

static bool strength_match(const char *library, const char *passphrase, struct estimate *estimate)
{
	static const char *words[] = {"credvault", "vault", "aws", "amazon", NULL};
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	match_fn *match = NULL;
	struct match *info = NULL;

	*estimate = (struct estimate){.bits = 0};
	if (handle)
		*(void **)&match = dlsym(handle, "ZxcvbnMatch");
	if (!match)
		return false;
	estimate->bits = match(passphrase, words, &info);
	for (; info; info = info->next) {
		int type = info->type & ~MATCH_MULTIPLE;

		if (type >= 0 && type < MATCH_TYPES)
			estimate->types |= 1U << type;
		if (info->type & MATCH_MULTIPLE)
			estimate->types |= 1U << 6;
	}
	return true;
}

/*
 * The child. It leaves nothing: neither what the library has left in the heap and on the stack, nor
 * what the stack of the callers held when it was copied. Nothing returns, and nothing but system
 * calls may follow that.
 */
static _Noreturn __attribute__((noinline)) void strength_child(const char *library,
							       struct room *room, int to)
{
	unsigned char *callers = (unsigned char *)__builtin_frame_address(0) + 2 * sizeof(void *);
	struct estimate estimate;
	bool ok = strength_match(library, room->passphrase, &estimate);
	size_t heap = mallinfo2().arena;
	unsigned char *end = sbrk(0);

	secret_wipe(room->passphrase, sizeof(room->passphrase));
	secret_wipe_stack();
	secret_wipe(end - heap, heap);
	secret_wipe(callers, (size_t)(__libc_stack_end - callers));
	_exit(ok && file_write_all(to, &estimate, sizeof(estimate)) ? 0 : 1);
}

static void strength_describe(const struct estimate *estimate, struct passphrase_strength *out)
{
	out->known = true;
	out->bits = estimate->bits < 0		? 0
		    : estimate->bits > BITS_MAX ? BITS_MAX
						: (int)estimate->bits;
	for (size_t i = 0; i < MATCH_TYPES; i++) {
		if ((estimate->types >> i & 1) && parts[i] && !strstr(out->why, parts[i]))
			text_append(out->why, sizeof(out->why), "%s%s", out->why[0] ? ", " : "",
				    parts[i]);
	}
}

/* Waits for the whole answer; a library that takes too long has none. */
static bool strength_read(int from, struct estimate *estimate)
{
	int64_t end = clock_boot_ms(&clock_system) + LIMIT_MS;
	struct pollfd p = {.fd = from, .events = POLLIN};

	for (;;) {
		int64_t left = end - clock_boot_ms(&clock_system);
		int ready = left > 0 ? poll(&p, 1, (int)left) : 0;

		if (ready < 0 && errno == EINTR)
			continue;
		/* A pipe delivers so few bytes whole. */
		return ready > 0 && read(from, estimate, sizeof(*estimate)) == sizeof(*estimate);
	}
}

static pid_t strength_start(const char *library, struct room *room, const struct secret *passphrase,
			    int to)
{
	pid_t pid;

	/* A second line of defence; it may be refused where little memory may be locked. */
	(void)mlock(room, sizeof(*room));
	(void)madvise(room, sizeof(*room), MADV_DONTDUMP);
	memcpy(room->passphrase, passphrase->data,
	       passphrase->len < PASSPHRASE_BYTES ? passphrase->len : PASSPHRASE_BYTES);
	pid = fork();
	if (pid == 0)
		strength_child(library, room, to);
	secret_wipe(room, sizeof(*room));
	return pid;
}

bool passphrase_strength_estimate(const char *library, const struct secret *passphrase,
				  struct passphrase_strength *out, struct error *err)
{
	struct room *room = mmap(NULL, sizeof(*room), PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int back[2] = {-1, -1};
	struct estimate estimate;
	pid_t pid = -1;

	*out = (struct passphrase_strength){.known = false};
	if (room != MAP_FAILED && pipe2(back, O_CLOEXEC) == 0)
		pid = strength_start(library, room, passphrase, back[1]);
	if (back[1] >= 0)
		(void)close(back[1]);
	if (pid > 0) {
		if (strength_read(back[0], &estimate))
			strength_describe(&estimate, out);
		(void)kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	if (back[0] >= 0)
		(void)close(back[0]);
	if (room != MAP_FAILED)
		(void)munmap(room, sizeof(*room));
	return pid > 0 ||
	       error_set(err, ERROR_FAILED, "cannot start a process to judge the passphrase");
}
