/* SPDX-License-Identifier: MIT */
#include "vault/seal/kdf.h"

#include <sodium.h>
#include <unistd.h>

enum { UNIT_BYTES = 1024, SECOND_MS = 1000, RAM_SHARE = 4 };

_Static_assert((int)KDF_SALT_BYTES == (int)crypto_pwhash_SALTBYTES, "salt");

static bool within_bounds(const struct kdf_cost *cost)
{
	return cost->memory >= KDF_MEMORY_MIN && cost->memory <= KDF_MEMORY_MAX &&
	       cost->memory % UNIT_BYTES == 0 && cost->passes >= KDF_PASSES_MIN &&
	       cost->passes <= KDF_PASSES_MAX && cost->memory * cost->passes <= KDF_WORK_MAX;
}

bool kdf_check(const struct kdf_cost *cost, struct error *err)
{
	if (within_bounds(cost))
		return true;
	error_set(err, ERROR_TAMPERED,
		  "a passphrase slot asks for a cost outside the bounds, so nothing was derived");
	return error_detail(err,
			    "it says %llu bytes, %llu passes; 64 MiB to 4 GiB and 3 to 32 "
			    "passes are accepted, 32 GiB in all",
			    (unsigned long long)cost->memory, (unsigned long long)cost->passes);
}

bool kdf_is_weak(const struct kdf_cost *cost)
{
	return cost->memory < KDF_MEMORY_TODAY;
}

bool kdf_derive(const struct secret *passphrase, const unsigned char salt[static KDF_SALT_BYTES],
		const struct kdf_cost *cost, struct secret *out, struct error *err)
{
	if (passphrase->len < 1 || passphrase->len > KDF_PASSPHRASE_MAX)
		return error_set(err, ERROR_USAGE, "a passphrase has 1 to %d bytes",
				 KDF_PASSPHRASE_MAX);
	if (!kdf_check(cost, err) || !secret_alloc(out, KDF_KEY_BYTES, err))
		return false;
	if (cost->memory > SIZE_MAX ||
	    crypto_pwhash(out->data, KDF_KEY_BYTES, (const char *)passphrase->data, passphrase->len,
			  salt, cost->passes, (size_t)cost->memory,
			  crypto_pwhash_ALG_ARGON2ID13) != 0) {
		secret_clear(out);
		/* An attacker would profit from a fallback to a cheaper derivation (trap 41). */
		error_set(err, ERROR_MEMORY, "Argon2id cannot have the %llu MiB that it needs",
			  (unsigned long long)(cost->memory / KDF_MIB));
		return error_hint(err, "free some memory or raise the limit (ulimit -v, cgroup)");
	}
	return true;
}

static bool real_trial(void *ctx, const struct kdf_cost *cost, struct error *err)
{
	static const unsigned char phrase[] = "how long does it take";
	unsigned char salt[KDF_SALT_BYTES] = {0};
	struct secret passphrase = SECRET_EMPTY, key = SECRET_EMPTY;
	bool ok;

	(void)ctx;
	ok = secret_set(&passphrase, phrase, sizeof(phrase), err) &&
	     kdf_derive(&passphrase, salt, cost, &key, err);
	secret_clear(&passphrase);
	secret_clear(&key);
	return ok;
}

static uint64_t system_ram(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
}

static bool measure(const struct kdf_wish *wish, const struct clock *clock,
		    const struct kdf_cost *cost, int64_t *ms, struct error *err)
{
	int64_t before;

	if (wish->progress)
		wish->progress(wish->ctx, cost);
	before = clock->now_ns(clock->ctx, CLOCK_KIND_MONO);
	if (!(wish->trial ? wish->trial : real_trial)(wish->ctx, cost, err))
		return false;
	*ms = (clock->now_ns(clock->ctx, CLOCK_KIND_MONO) - before) / 1000000;
	return true;
}

static bool asked_for(const struct kdf_wish *wish, struct kdf_cost *cost, struct error *err)
{
	uint64_t lowest = wish->low_memory ? KDF_MEMORY_LOW : KDF_MEMORY_TODAY;

	cost->memory = wish->memory > 0 ? wish->memory - wish->memory % UNIT_BYTES : lowest;
	cost->passes = wish->low_memory ? KDF_PASSES_LOW : KDF_PASSES_MIN;
	if (cost->memory < lowest || cost->memory > KDF_MEMORY_MAX)
		return error_set(err, ERROR_USAGE, "the KDF's memory is %llu MiB to 4 GiB%s",
				 (unsigned long long)(lowest / KDF_MIB),
				 wish->low_memory ? "" : " (64 MiB with --low-memory)");
	return true;
}

bool kdf_calibrate(const struct kdf_wish *wish, const struct clock *clock, struct kdf_cost *cost,
		   struct error *err)
{
	uint64_t ram = wish->ram > 0 ? wish->ram : system_ram();
	struct kdf_cost next;
	struct error ignored;
	int64_t ms = 0;

	if (!asked_for(wish, cost, err))
		return false;
	if (wish->low_memory || wish->memory > 0)
		return true;
	if (!measure(wish, clock, cost, &ms, err))
		return false;
	next = *cost;
	/*
	 * Doubling the memory at least doubles the time: a cost that would surely be too slow is
	 * not tried.
	 */
	while (next.memory < KDF_GIB && next.memory * 2 <= ram / RAM_SHARE && 2 * ms <= SECOND_MS) {
		next.memory *= 2;
		if (!measure(wish, clock, &next, &ms, &ignored) || ms > SECOND_MS)
			break;
		*cost = next;
	}
	return true;
}
