/* SPDX-License-Identifier: MIT */
#ifndef CV_BASE_SECRET_H
#define CV_BASE_SECRET_H

#include "vault/base/error.h"

#include <stddef.h>

/**
 * Secret bytes in guarded memory: one arena per process (32 KiB between guard pages, locked and
 * checked to be locked, absent from core files, zero in forked children), so that a container's 64
 * KiB lock limit is enough. Every secret that outlives one function is a struct secret.
 */

enum { SECRET_ARENA_BYTES = 32768, SECRET_BLOCK_BYTES = 64 };

/** len bytes at data, in the arena; {NULL, 0} is empty. The struct owns them. */
struct secret {
	unsigned char *data;
	size_t len;
};

#define SECRET_EMPTY ((struct secret){.data = NULL, .len = 0})

/**
 * Starts libsodium and maps the arena; once per process, before any other call here that allocates.
 * Fails with MEMORY when the pages cannot be locked, unless `insecure_memory`.
 */
MUST bool secret_open(bool insecure_memory, struct error *err);

/** Wipes and frees the arena with all secrets; wipes the stack. Accepts a closed arena. */
void secret_close(void);

/**
 * Makes *secret hold len (> 0) zero bytes. The previous content is cleared first. MEMORY when the
 * arena is full.
 */
MUST bool secret_alloc(struct secret *secret, size_t len, struct error *err);

/** Makes *secret hold a copy of len (> 0) bytes. The caller wipes its own copy. */
MUST bool secret_set(struct secret *secret, const void *data, size_t len, struct error *err);

/** Makes *secret hold len fresh random bytes. */
MUST bool secret_random(struct secret *secret, size_t len, struct error *err);

/** Moves a secret: clears *to, gives it the content of *from, and leaves *from empty. */
void secret_move(struct secret *to, struct secret *from);

/** Wipes and gives back. Accepts empty. */
void secret_clear(struct secret *secret);

/** Wipes n bytes of any memory in a way the compiler keeps. Accepts NULL. */
void secret_wipe(void *data, size_t n);

/**
 * Wipes the stack below the caller, where libraries, and the dynamic linker with its saved
 * registers, leave fragments of the data they handled. Callers call it when work with secrets ends.
 */
void secret_wipe_stack(void);

/** Compares n bytes in constant time. */
MUST bool secret_equal(const void *a, const void *b, size_t n);

/** n random bytes from the kernel. Works without secret_open(). */
void secret_random_bytes(void *out, size_t n);

/** A uniform random number below n (n > 0). */
unsigned int secret_random_below(unsigned int n);

#endif
