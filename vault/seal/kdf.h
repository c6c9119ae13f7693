/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_KDF_H
#define CV_SEAL_KDF_H

#include "vault/base/clock.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * The cost of one guess at the passphrase: Argon2id (version 1.3, one lane, the only number
 * libsodium supports; so these are NOT the parameter sets of RFC 9106). The cost is never lowered
 * because memory is short.
 */

#define KDF_MIB ((uint64_t)1 << 20)
#define KDF_GIB ((uint64_t)1 << 30)

enum { KDF_SALT_BYTES = 16, KDF_KEY_BYTES = 32, KDF_PASSPHRASE_MAX = 1024 };

/** Bounds on the cost that a file states, checked before any derivation. */
#define KDF_MEMORY_MIN	 (64 * KDF_MIB)
#define KDF_MEMORY_MAX	 (4 * KDF_GIB)
#define KDF_PASSES_MIN	 ((uint64_t)3)
#define KDF_PASSES_MAX	 ((uint64_t)32)
#define KDF_WORK_MAX	 (32 * KDF_GIB)	 /**< memory times passes */
#define KDF_TOTAL_MAX	 (48 * KDF_GIB)	 /**< of all slots of a vault: four of 4 GiB, 3 passes */
#define KDF_MEMORY_TODAY (256 * KDF_MIB) /**< the least memory of a new slot */
#define KDF_WORK_TODAY	 (KDF_MEMORY_TODAY * KDF_PASSES_MIN)
#define KDF_MEMORY_LOW	 (64 * KDF_MIB) /**< in low-memory mode, with KDF_PASSES_LOW passes */
#define KDF_PASSES_LOW	 ((uint64_t)6)

struct kdf_cost {
	uint64_t memory; /**< bytes, a multiple of 1024 */
	uint64_t passes;
};

/** TAMPERED "… cost outside the bounds …" unless the cost is within the bounds. */
MUST bool kdf_check(const struct kdf_cost *cost, struct error *err);

/**
 * Whether a slot costs less than a new one would, so that the vault key should be wrapped again.
 */
bool kdf_is_weak(const struct kdf_cost *cost);

/**
 * Derives KDF_KEY_BYTES from a passphrase of 1 to KDF_PASSPHRASE_MAX bytes, all of which count. The
 * cost is checked first. MEMORY when Argon2id cannot get the memory that the cost states.
 */
MUST bool kdf_derive(const struct secret *passphrase,
		     const unsigned char salt[static KDF_SALT_BYTES], const struct kdf_cost *cost,
		     struct secret *out, struct error *err);

/** The input for choosing the cost of a new slot. */
struct kdf_wish {
	bool low_memory; /**< 64 MiB, 6 passes, without measuring */
	uint64_t memory; /**< bytes that the owner asked for, 0 = measure */
	uint64_t ram;	 /**< RAM of the machine in bytes, 0 = ask the system */
	/** Called before each measurement; may be NULL. */
	void (*progress)(void *ctx, const struct kdf_cost *cost);
	/** Runs one derivation at this cost; NULL = a real derivation. */
	bool (*trial)(void *ctx, const struct kdf_cost *cost, struct error *err);
	void *ctx;
};

/**
 * Chooses the cost: the largest of 256 MiB, 512 MiB and 1 GiB that takes at most a quarter of RAM
 * and one second at 3 passes, but never less than 256 MiB; or the memory that the owner asked for.
 * USAGE when the owner's figure is below 256 MiB without low_memory, or outside the bounds. MEMORY
 * when 256 MiB cannot be allocated.
 */
MUST bool kdf_calibrate(const struct kdf_wish *wish, const struct clock *clock,
			struct kdf_cost *cost, struct error *err);

#endif
