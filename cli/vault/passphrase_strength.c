/* SPDX-License-Identifier: MIT */
#include "cli/vault/passphrase_strength.h"

#include "vault/base/clock.h"
#include "vault/base/file.h"
#include "vault/base/text.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
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

/* Runs in a child and never returns: what the library leaves in memory goes with the process. */
static _Noreturn void strength_child(const char *library, int from, int to)
{
	static const char *words[] = {"credvault", "vault", "aws", "amazon", NULL};
	char passphrase[PASSPHRASE_BYTES + 1];
	struct estimate estimate = {.bits = 0};
	struct match *info = NULL;
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	match_fn *match = NULL;
	ssize_t n;

	if (handle)
		*(void **)&match = dlsym(handle, "ZxcvbnMatch");
	n = match ? read(from, passphrase, PASSPHRASE_BYTES) : -1;
	if (n < 0)
		_exit(1);
	passphrase[n] = '\0';
	estimate.bits = match(passphrase, words, &info);
	for (; info; info = info->next) {
		int type = info->type & ~MATCH_MULTIPLE;

		if (type >= 0 && type < MATCH_TYPES)
			estimate.types |= 1U << type;
		if (info->type & MATCH_MULTIPLE)
			estimate.types |= 1U << 6;
	}
	_exit(file_write_all(to, &estimate, sizeof(estimate)) ? 0 : 1);
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

bool passphrase_strength_estimate(const char *library, const struct secret *passphrase,
				  struct passphrase_strength *out, struct error *err)
{
	int in[2] = {-1, -1}, back[2] = {-1, -1};
	struct estimate estimate;
	pid_t pid = -1;

	*out = (struct passphrase_strength){.known = false};
	/* Memory for secrets is empty in a child: it gets the passphrase through a pipe. */
	if (pipe2(in, O_CLOEXEC) == 0 && pipe2(back, O_CLOEXEC) == 0 &&
	    file_write_all(in[1], passphrase->data,
			   passphrase->len < PASSPHRASE_BYTES ? passphrase->len : PASSPHRASE_BYTES))
		pid = fork();
	if (pid == 0)
		strength_child(library, in[0], back[1]);
	if (pid > 0) {
		(void)close(back[1]);
		back[1] = -1;
		if (strength_read(back[0], &estimate))
			strength_describe(&estimate, out);
		(void)kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	for (size_t i = 0; i < 2; i++) {
		if (in[i] >= 0)
			(void)close(in[i]);
		if (back[i] >= 0)
			(void)close(back[i]);
	}
	return pid > 0 ||
	       error_set(err, ERROR_FAILED, "cannot start a process to judge the passphrase");
}
