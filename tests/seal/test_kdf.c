/* SPDX-License-Identifier: MIT */
#include "vault/seal/kdf.h"

#include "tests/seal/fixture.h"
#include "tests/support/skip.h"

#include <sys/mman.h>
#include <sys/resource.h>

/* Of the reference library: 3 passes, 64 MiB, ONE lane, "password", "somesaltsomesalt". */
#define ARGON2_P1 "7664ad4ba1a3c999fcdd0991ffc2270f78302d2383233db5e7befc85d1bb1819"

/*
 * A machine where deriving takes `ms_per_256` for each 256 MiB; it counts how often it is asked to.
 */
struct machine {
	int64_t now_ns;
	int64_t ms_per_256;
	uint64_t memory_free;
	uint64_t cache; /* above this, everything takes ten times as long */
	int trials;
	int told;
};

static int64_t machine_now(void *ctx, enum clock_kind kind)
{
	(void)kind;
	return ((struct machine *)ctx)->now_ns;
}

static void machine_sleep(void *ctx, int64_t ms)
{
	((struct machine *)ctx)->now_ns += ms * 1000000;
}

static bool machine_trial(void *ctx, const struct kdf_cost *cost, struct error *out)
{
	struct machine *machine = ctx;

	machine->trials++;
	if (cost->memory > machine->memory_free)
		return error_set(out, ERROR_MEMORY, "no memory");
	machine->now_ns += machine->ms_per_256 * (int64_t)(cost->memory / (256 * KDF_MIB)) *
			   1000000 * (machine->cache > 0 && cost->memory > machine->cache ? 10 : 1);
	return true;
}

static void machine_told(void *ctx, const struct kdf_cost *cost)
{
	(void)cost;
	((struct machine *)ctx)->told++;
}

static bool calibrate(struct machine *machine, struct kdf_wish wish, struct kdf_cost *cost)
{
	struct clock clock = {machine_now, machine_sleep, machine};

	wish.progress = machine_told;
	wish.trial = machine_trial;
	wish.ctx = machine;
	return kdf_calibrate(&wish, &clock, cost, &err);
}

#define FAST ((struct machine){.ms_per_256 = 100, .memory_free = 8 * KDF_GIB})

/* TRAP 7: nothing is derived before the cost is within its bounds. */
static void trap_7_costs_outside_the_bounds_are_refused_before_any_work(void **state)
{
	static const struct kdf_cost bad[] = {
	    {64 * KDF_MIB - 1024, 3},
	    {64 * KDF_MIB, 2},
	    {64 * KDF_MIB, 0},
	    {64 * KDF_MIB, 33},
	    {4 * KDF_GIB + 1024, 3},
	    {4 * KDF_GIB, 9},
	    {2 * KDF_GIB, 17},
	    {UINT64_MAX, 3},
	    {0, 3},
	    {4096 * KDF_GIB, 3},
	    {64 * KDF_MIB, UINT64_MAX},
	    {64 * KDF_MIB, 0xffffffff},
	    {64 * KDF_MIB + 1, 3},
	    {(uint64_t)1 << 63, 4},
	};
	unsigned char salt[KDF_SALT_BYTES] = {0};
	struct secret phrase = SECRET_EMPTY, out = SECRET_EMPTY;

	(void)state;
	assert_good(secret_set(&phrase, "x", 1, &err));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_refused(kdf_check(&bad[i], &err), TAMPERED);
		assert_non_null(strstr(err.message, "cost outside the bounds"));
		assert_refused(kdf_derive(&phrase, salt, &bad[i], &out, &err), TAMPERED);
		assert_int_equal(out.len, 0);
	}
	secret_clear(&phrase);
}

static void costs_at_the_bounds_are_accepted(void **state)
{
	static const struct kdf_cost good[] = {{64 * KDF_MIB, 3},
					       {64 * KDF_MIB, 32},
					       {4 * KDF_GIB, 3},
					       {4 * KDF_GIB, 8},
					       {1 * KDF_GIB, 32}};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_good(kdf_check(&good[i], &err));
}

/*
 * TRAP 6: libsodium has one lane; what it derives is Argon2id at p=1 as the reference library does
 * it.
 */
static void trap_6_the_derivation_is_argon2id_with_one_lane(void **state)
{
	struct kdf_cost cost = {64 * KDF_MIB, 3};
	struct secret phrase = SECRET_EMPTY, out = SECRET_EMPTY;

	(void)state;
	assert_good(secret_set(&phrase, "password", 8, &err));
	assert_good(
	    kdf_derive(&phrase, (const unsigned char *)"somesaltsomesalt", &cost, &out, &err));
	assert_hex(out.data, out.len, ARGON2_P1);
	secret_clear(&phrase);
	secret_clear(&out);
}

static bool limit_holds(void)
{
#ifdef __SANITIZE_ADDRESS__
	return false;
#else
	const size_t size = (size_t)2 * KDF_GIB;
	struct rlimit old, tight = {.rlim_cur = KDF_GIB};
	void *area;

	assert_int_equal(getrlimit(RLIMIT_DATA, &old), 0);
	tight.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_DATA, &tight), 0);
	area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_int_equal(setrlimit(RLIMIT_DATA, &old), 0);
	if (area == MAP_FAILED)
		return true;
	assert_int_equal(munmap(area, size), 0);
	return false;
#endif
}

/* TRAP 41: short memory is an error, never a cheaper slot. */
static void trap_41_short_memory_fails_and_never_lowers_the_cost(void **state)
{
	struct kdf_cost cost = {2 * KDF_GIB, 3};
	struct secret phrase = SECRET_EMPTY, out = SECRET_EMPTY;
	unsigned char salt[KDF_SALT_BYTES] = {0};
	struct rlimit old, tight = {.rlim_cur = KDF_GIB};

	(void)state;
	if (!limit_holds())
		skip_because("AddressSanitizer dies of a memory limit, valgrind enforces none");
	assert_good(secret_set(&phrase, "x", 1, &err));
	assert_int_equal(getrlimit(RLIMIT_DATA, &old), 0);
	tight.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_DATA, &tight), 0);
	assert_refused(kdf_derive(&phrase, salt, &cost, &out, &err), MEMORY);
	assert_int_equal(setrlimit(RLIMIT_DATA, &old), 0);
	assert_int_equal(out.len, 0);
	assert_true(cost.memory == 2 * KDF_GIB && cost.passes == 3);
	secret_clear(&phrase);
}

static void trap_41_calibration_fails_where_256_mib_cannot_be_had(void **state)
{
	struct machine machine = {.ms_per_256 = 100, .memory_free = 128 * KDF_MIB};
	struct kdf_cost cost = {0};

	(void)state;
	assert_refused(calibrate(&machine, (struct kdf_wish){.ram = KDF_GIB}, &cost), MEMORY);
}

static void every_byte_of_the_passphrase_counts(void **state)
{
	struct kdf_cost cost = {64 * KDF_MIB, 3};
	struct secret phrase = SECRET_EMPTY, one = SECRET_EMPTY, other = SECRET_EMPTY;
	unsigned char salt[KDF_SALT_BYTES] = {0};

	(void)state;
	assert_good(secret_alloc(&phrase, KDF_PASSPHRASE_MAX, &err));
	assert_good(kdf_derive(&phrase, salt, &cost, &one, &err));
	phrase.data[KDF_PASSPHRASE_MAX - 1] = 1;
	assert_good(kdf_derive(&phrase, salt, &cost, &other, &err));
	assert_false(secret_equal(one.data, other.data, KDF_KEY_BYTES));
	secret_clear(&phrase);
	secret_clear(&one);
	secret_clear(&other);
}

static void empty_and_overlong_passphrases_are_refused(void **state)
{
	struct kdf_cost cost = {64 * KDF_MIB, 3};
	struct secret phrase = SECRET_EMPTY, out = SECRET_EMPTY;
	unsigned char salt[KDF_SALT_BYTES] = {0};

	(void)state;
	assert_refused(kdf_derive(&phrase, salt, &cost, &out, &err), USAGE);
	assert_good(secret_alloc(&phrase, KDF_PASSPHRASE_MAX + 1, &err));
	assert_refused(kdf_derive(&phrase, salt, &cost, &out, &err), USAGE);
	secret_clear(&phrase);
}

static void calibration_takes_the_most_that_stays_within_a_second(void **state)
{
	static const struct {
		int64_t ms_per_256;
		uint64_t ram, mib;
	} cases[] = {
	    {100, 8 * KDF_GIB, 1024}, {250, 8 * KDF_GIB, 1024},	 {300, 8 * KDF_GIB, 512},
	    {600, 8 * KDF_GIB, 256},  {9000, 8 * KDF_GIB, 256},	 {100, 2 * KDF_GIB, 512},
	    {100, KDF_GIB, 256},      {100, 256 * KDF_MIB, 256},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine machine = FAST;
		struct kdf_cost cost = {0};

		machine.ms_per_256 = cases[i].ms_per_256;
		assert_good(calibrate(&machine, (struct kdf_wish){.ram = cases[i].ram}, &cost));
		assert_int_equal(cost.memory / KDF_MIB, cases[i].mib);
		assert_int_equal(cost.passes, 3);
		assert_int_equal(machine.told, machine.trials);
	}
}

static void a_step_that_turns_out_too_slow_is_not_taken(void **state)
{
	struct machine machine = FAST;
	struct kdf_cost cost = {0};

	(void)state;
	machine.cache = 512 * KDF_MIB;
	assert_good(calibrate(&machine, (struct kdf_wish){.ram = 8 * KDF_GIB}, &cost));
	assert_int_equal(cost.memory / KDF_MIB, 512);
	assert_int_equal(machine.trials, 3);
}

static void a_step_that_cannot_be_had_is_not_taken(void **state)
{
	struct machine machine = FAST;
	struct kdf_cost cost = {0};

	(void)state;
	machine.memory_free = 512 * KDF_MIB;
	assert_good(calibrate(&machine, (struct kdf_wish){.ram = 8 * KDF_GIB}, &cost));
	assert_int_equal(cost.memory / KDF_MIB, 512);
}

static void a_low_memory_vault_costs_64_mib_and_six_passes(void **state)
{
	struct machine machine = FAST;
	struct kdf_cost cost = {0};

	(void)state;
	assert_good(calibrate(&machine, (struct kdf_wish){.low_memory = true}, &cost));
	assert_true(cost.memory == 64 * KDF_MIB && cost.passes == 6);
	assert_int_equal(machine.trials, 0);
	assert_true(kdf_is_weak(&cost));
}

static void what_the_owner_asks_for_is_taken_unmeasured(void **state)
{
	struct machine machine = FAST;
	struct kdf_cost cost = {0};

	(void)state;
	assert_good(calibrate(&machine, (struct kdf_wish){.memory = 2 * KDF_GIB}, &cost));
	assert_true(cost.memory == 2 * KDF_GIB && cost.passes == 3);
	assert_int_equal(machine.trials, 0);
	assert_good(calibrate(
	    &machine, (struct kdf_wish){.memory = 128 * KDF_MIB, .low_memory = true}, &cost));
	assert_true(cost.memory == 128 * KDF_MIB && cost.passes == 6);
	assert_good(kdf_check(&cost, &err));
}

static void less_than_256_mib_needs_low_memory(void **state)
{
	static const uint64_t bad[] = {1, 64 * KDF_MIB, 256 * KDF_MIB - 1, 4 * KDF_GIB + KDF_MIB,
				       UINT64_MAX};
	struct machine machine = FAST;
	struct kdf_cost cost = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused(calibrate(&machine, (struct kdf_wish){.memory = bad[i]}, &cost),
			       USAGE);
	assert_refused(calibrate(&machine,
				 (struct kdf_wish){.memory = 63 * KDF_MIB, .low_memory = true},
				 &cost),
		       USAGE);
	assert_int_equal(machine.trials, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(trap_7_costs_outside_the_bounds_are_refused_before_any_work),
	    cmocka_unit_test(costs_at_the_bounds_are_accepted),
	    cmocka_unit_test(trap_6_the_derivation_is_argon2id_with_one_lane),
	    cmocka_unit_test(trap_41_short_memory_fails_and_never_lowers_the_cost),
	    cmocka_unit_test(trap_41_calibration_fails_where_256_mib_cannot_be_had),
	    cmocka_unit_test(every_byte_of_the_passphrase_counts),
	    cmocka_unit_test(empty_and_overlong_passphrases_are_refused),
	    cmocka_unit_test(calibration_takes_the_most_that_stays_within_a_second),
	    cmocka_unit_test(a_step_that_turns_out_too_slow_is_not_taken),
	    cmocka_unit_test(a_step_that_cannot_be_had_is_not_taken),
	    cmocka_unit_test(a_low_memory_vault_costs_64_mib_and_six_passes),
	    cmocka_unit_test(what_the_owner_asks_for_is_taken_unmeasured),
	    cmocka_unit_test(less_than_256_mib_needs_low_memory),
	};

	return FIXTURE_RUN(tests);
}
