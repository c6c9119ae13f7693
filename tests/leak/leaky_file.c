/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/access_key.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Leaves what it is about to seal in a temporary file beside the vault. */

bool __real_access_key_encode(const struct access_key *key, struct buf *out, struct error *err);
bool __wrap_access_key_encode(const struct access_key *key, struct buf *out, struct error *err);

bool __wrap_access_key_encode(const struct access_key *key, struct buf *out, struct error *err)
{
	char words[2 * PATH_MAX] = "", path[2 * PATH_MAX];
	int in = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC), file;
	ssize_t n = read(in, words, sizeof(words) - 1);
	const char *option = n > 0 ? memmem(words, (size_t)n, "--vault", 8) : NULL;

	(void)close(in);
	if (!__real_access_key_encode(key, out, err) || !option)
		return false;
	(void)snprintf(path, sizeof(path), "%s.tmp", option + 8);
	file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	n = write(file, out->data, out->len);
	(void)close(file);
	return n > 0;
}
