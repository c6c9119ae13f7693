/* SPDX-License-Identifier: MIT */
#include "vault/base/secret.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>

/* Deeper than any chain of calls from where secret_wipe_stack() is called. */
enum { BLOCKS = SECRET_ARENA_BYTES / SECRET_BLOCK_BYTES, STACK_BYTES = 32768 };

static struct {
	pthread_mutex_t lock;
	unsigned char *base;
	bool used[BLOCKS];
} arena = {.lock = PTHREAD_MUTEX_INITIALIZER};

bool secret_open(bool insecure_memory, struct error *err)
{
	if (arena.base)
		return true;
	if (sodium_init() < 0)
		return error_set(err, ERROR_FAILED, "libsodium does not start");
	arena.base = sodium_malloc(SECRET_ARENA_BYTES);
	if (!arena.base)
		return error_set(err, ERROR_MEMORY, "no guarded memory for secrets");
	/*
	 * sodium_malloc() ignores mlock's result (1.0.18), so the code locks the pages again and
	 * checks the result.
	 */
	if (mlock(arena.base, SECRET_ARENA_BYTES) != 0 && !insecure_memory) {
		int saved = errno;

		secret_close();
		error_set_errno(
		    err, ERROR_MEMORY, saved,
		    "%d KiB of memory cannot be locked, so secrets might be swapped out",
		    SECRET_ARENA_BYTES / 1024);
		return error_hint(err, "ulimit -l 64   (or go on all the same: --insecure-memory)");
	}
	/*
	 * madvise() never fails on a supported kernel; a sandbox that forbids it only loses a
	 * second line of defence.
	 */
	(void)madvise(arena.base, SECRET_ARENA_BYTES, MADV_WIPEONFORK);
	(void)madvise(arena.base, SECRET_ARENA_BYTES, MADV_DONTDUMP);
	sodium_memzero(arena.base, SECRET_ARENA_BYTES);
	memset(arena.used, 0, sizeof(arena.used));
	return true;
}

void secret_close(void)
{
	if (!arena.base)
		return;
	sodium_free(arena.base);
	arena.base = NULL;
	secret_wipe_stack();
}

static size_t secret_blocks(size_t len)
{
	return (len + SECRET_BLOCK_BYTES - 1) / SECRET_BLOCK_BYTES;
}

bool secret_alloc(struct secret *secret, size_t len, struct error *err)
{
	size_t want = secret_blocks(len), run = 0;

	secret_clear(secret);
	pthread_mutex_lock(&arena.lock);
	/* The first run of free blocks that is long enough. */
	for (size_t i = 0; arena.base && len > 0 && len <= SECRET_ARENA_BYTES && i < BLOCKS; i++) {
		run = arena.used[i] ? 0 : run + 1;
		if (run < want)
			continue;
		memset(arena.used + i + 1 - want, 1, want);
		secret->data = arena.base + (i + 1 - want) * SECRET_BLOCK_BYTES;
		secret->len = len;
		break;
	}
	pthread_mutex_unlock(&arena.lock);
	if (!secret->data)
		return error_set(err, ERROR_MEMORY, "the guarded memory for secrets is full");
	return true;
}

bool secret_set(struct secret *secret, const void *data, size_t len, struct error *err)
{
	if (!secret_alloc(secret, len, err))
		return false;
	memcpy(secret->data, data, len);
	return true;
}

bool secret_random(struct secret *secret, size_t len, struct error *err)
{
	if (!secret_alloc(secret, len, err))
		return false;
	randombytes_buf(secret->data, len);
	return true;
}

void secret_move(struct secret *to, struct secret *from)
{
	secret_clear(to);
	*to = *from;
	*from = SECRET_EMPTY;
}

void secret_clear(struct secret *secret)
{
	if (secret->data && arena.base) {
		size_t at = (size_t)(secret->data - arena.base) / SECRET_BLOCK_BYTES;

		sodium_memzero(secret->data, secret->len);
		pthread_mutex_lock(&arena.lock);
		memset(arena.used + at, 0, secret_blocks(secret->len));
		pthread_mutex_unlock(&arena.lock);
	}
	*secret = SECRET_EMPTY;
}

void secret_wipe(void *data, size_t n)
{
	if (data && n)
		sodium_memzero(data, n);
}

void secret_wipe_stack(void)
{
	sodium_stackzero(STACK_BYTES);
}

bool secret_equal(const void *a, const void *b, size_t n)
{
	return sodium_memcmp(a, b, n) == 0;
}

void secret_random_bytes(void *out, size_t n)
{
	randombytes_buf(out, n);
}

unsigned int secret_random_below(unsigned int n)
{
	return randombytes_uniform(n);
}
