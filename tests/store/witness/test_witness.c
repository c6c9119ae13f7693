/* SPDX-License-Identifier: MIT */
#include "tests/store/marked.h"

static void a_first_mark_stands_in_both_slots_and_agrees(void **state)
{
	struct machine *machine = *state;
	struct witness_finding found;
	struct stat st;

	first_mark(machine);
	assert_int_equal(stat(machine->mark, &st), 0);
	assert_int_equal(st.st_size, WITNESS_FILE_BYTES);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(machine->state, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(check(machine, &found), WITNESS_AGREES);
	assert_true(mark_same(&found.mark, &machine->now));
	damage(machine, 0, 100, 1);
	assert_int_equal(check(machine, NULL), WITNESS_AGREES);
	damage(machine, 0, 100, 1);
	damage(machine, 1, 100, 1);
	assert_int_equal(check(machine, NULL), WITNESS_AGREES);
}

static void any_flipped_bit_costs_one_slot_and_never_lets_a_lie_pass(void **state)
{
	struct machine *machine = *state;
	size_t lags = 0, agrees = 0;

	first_mark(machine);
	next_mark(machine);
	for (int slot = 0; slot < MARK_SLOTS; slot++) {
		for (size_t bit = 0; bit < (size_t)8 * MARK_BYTES; bit++) {
			enum witness_verdict verdict;

			damage(machine, slot, bit / 8, (unsigned char)(1U << bit % 8));
			verdict = check(machine, NULL);
			damage(machine, slot, bit / 8, (unsigned char)(1U << bit % 8));
			lags += verdict == WITNESS_LAGS;
			agrees += verdict == WITNESS_AGREES;
		}
	}
	assert_int_equal(lags, 8 * MARK_BYTES);
	assert_int_equal(agrees, 8 * MARK_BYTES);
}

static void both_slots_lost_is_refused(void **state)
{
	struct machine *machine = *state;
	struct witness_finding found;

	first_mark(machine);
	for (size_t byte = 0; byte < MARK_BYTES; byte++) {
		damage(machine, 0, byte, 0x80);
		damage(machine, 1, MARK_BYTES - 1 - byte, 1);
		assert_int_equal(check(machine, &found), WITNESS_UNVERIFIABLE);
		damage(machine, 0, byte, 0x80);
		damage(machine, 1, MARK_BYTES - 1 - byte, 1);
	}
	assert_int_equal(check(machine, NULL), WITNESS_AGREES);
	refused_saying(machine, &found, "cannot be verified");
	assert_int_equal(truncate(machine->mark, 0), 0);
	assert_int_equal(check(machine, NULL), WITNESS_UNVERIFIABLE);
	assert_int_equal(unlink(machine->mark), 0);
	assert_int_equal(check(machine, &found), WITNESS_ABSENT);
	refused_saying(machine, &found, "no mark");
}

static void a_write_torn_at_any_byte_leaves_the_mark_before_it(void **state)
{
	unsigned char before[WITNESS_FILE_BYTES], after[WITNESS_FILE_BYTES];
	struct machine *machine = *state;
	off_t changed = 0;

	first_mark(machine);
	next_mark(machine);
	load(machine->mark, before, sizeof(before));
	next_mark(machine);
	load(machine->mark, after, sizeof(after));
	for (size_t i = 0; i < sizeof(before); i++) {
		if (before[i] != after[i])
			changed = (off_t)i / WITNESS_SLOT_STRIDE * WITNESS_SLOT_STRIDE;
	}
	for (size_t bytes = 0; bytes <= MARK_BYTES; bytes++) {
		enum witness_verdict verdict;

		save(machine->mark, before, sizeof(before));
		patch(machine->mark, after + changed, bytes, changed);
		verdict = check(machine, NULL);
		assert_int_equal(verdict, bytes == MARK_BYTES ? WITNESS_AGREES : WITNESS_LAGS);
		/* The other end first, as a disk may. */
		save(machine->mark, before, sizeof(before));
		patch(machine->mark, after + changed + MARK_BYTES - bytes, bytes,
		      changed + (off_t)(MARK_BYTES - bytes));
		verdict = check(machine, NULL);
		assert_in_set(verdict, ((LargestIntegralType[]){WITNESS_AGREES, WITNESS_LAGS}), 2);
	}
}

static void a_vault_that_is_newer_than_its_mark_is_trusted(void **state)
{
	struct machine *machine = *state;
	struct witness_finding found;

	first_mark(machine);
	for (int i = 0; i < 20; i++)
		advance(machine);
	assert_int_equal(check(machine, &found), WITNESS_LAGS);
	assert_true(witness_trusts(found.verdict));
}

static void a_mark_that_is_ahead_is_refused_with_both_generations_and_dates(void **state)
{
	struct machine *machine = *state;
	struct mark old;
	struct witness_finding found;
	struct error said = ERROR_INIT;

	machine->now.generation = 812;
	machine->now.updated_at = 1793697120; /* 2026-11-03 09:12 */
	first_mark(machine);
	old = machine->now;
	machine->now.generation = 871;
	machine->now.updated_at = 1795113600; /* 2026-11-19 18:40 */
	REQUIRE(witness_write(machine->witness, &machine->keys, &machine->now, err));
	machine->now = old;
	assert_int_equal(check(machine, &found), WITNESS_AHEAD);
	assert_false(witness_trusts(found.verdict));
	assert_false(witness_refuse(machine->witness, &found, &said));
	assert_int_equal(said.code, ERROR_TAMPERED);
	assert_int_equal(error_status(said.code), 6);
	assert_string_equal(said.message, "vault.db is older than the one this machine used last");
	assert_non_null(strstr(said.detail, "this file   generation 812, 2026-11-03 09:12 UTC\n"));
	assert_non_null(strstr(said.detail, "last used   generation 871, 2026-11-19 18:40 UTC\n"));
	assert_non_null(strstr(said.detail, "Nothing was opened.\n"));
	assert_non_null(strstr(said.detail, "credvault restore --accept-rollback"));
	assert_string_equal(said.hint, "credvault restore --accept-rollback");
}

static void the_same_generation_with_anything_else_different_is_refused(void **state)
{
	struct machine *machine = *state;
	struct mark real;

	first_mark(machine);
	real = machine->now;
	for (int i = 0; i < 5; i++) {
		machine->now.root[0] ^= i == 0;
		machine->now.log_head[31] ^= i == 1;
		machine->now.header_digest[5] ^= i == 2;
		machine->now.log_count += i == 3;
		machine->now.updated_at += i == 4;
		assert_int_equal(check(machine, NULL), WITNESS_DIVERGED);
		machine->now = real;
	}
	assert_int_equal(check(machine, NULL), WITNESS_AGREES);
}

static void a_verified_mark_of_another_epoch_or_key_vouches_for_nothing(void **state)
{
	struct machine *machine = *state;

	first_mark(machine);
	machine->now.epoch++;
	assert_int_equal(check(machine, NULL), WITNESS_UNVERIFIABLE);
	machine->now.epoch--;
	machine->now.commitment[31] ^= 1;
	advance(machine);
	assert_int_equal(unlink(machine->pin), 0);
	assert_int_equal(check(machine, NULL), WITNESS_UNVERIFIABLE);
}

static void a_newer_vault_with_another_log_is_refused(void **state)
{
	struct machine *machine = *state;
	struct witness_finding found;
	struct mark real;

	first_mark(machine);
	advance(machine);
	real = machine->now;
	machine->now.log_count -= 2;
	assert_int_equal(check(machine, &found), WITNESS_DIVERGED);
	refused_saying(machine, &found, "is not the one this machine used last");
	machine->now.log_count = real.log_count - 1;
	machine->now.log_head[1] ^= 1;
	assert_int_equal(check(machine, NULL), WITNESS_DIVERGED);
}

/* TRAP 4 */
static void trap_4_another_vault_in_the_path_is_refused(void **state)
{
	struct machine *machine = *state;
	struct witness_finding found;

	first_mark(machine);
	/* Another id, with a mark of its own or without one. */
	swap_vault(machine, true);
	assert_int_equal(check(machine, &found), WITNESS_SUBSTITUTED);
	refused_saying(machine, &found, "another vault lies in the place of vault.db");
	swap_vault(machine, true);
	assert_int_equal(check(machine, NULL), WITNESS_AGREES);
	/* The same id over a key of the forger's: his manifest, for all he knows of the mark. */
	swap_vault(machine, false);
	assert_int_equal(check(machine, &found), WITNESS_SUBSTITUTED);
	refused_saying(machine, &found, "another vault lies in the place of vault.db");
	assert_int_equal(unlink(machine->mark), 0);
	assert_int_equal(check(machine, NULL), WITNESS_SUBSTITUTED);
}

static void trap_4_a_pin_that_cannot_be_read_or_is_gone_lets_no_forgery_pass(void **state)
{
	struct machine *machine = *state;
	struct witness_finding found;
	unsigned char byte = 0;

	first_mark(machine);
	swap_vault(machine, false);
	assert_int_equal(unlink(machine->pin), 0);
	assert_int_equal(check(machine, NULL), WITNESS_UNVERIFIABLE);
	swap_vault(machine, false);
	assert_int_equal(check(machine, NULL), WITNESS_AGREES);
	REQUIRE(witness_write(machine->witness, &machine->keys, &machine->now, err));
	save(machine->pin, &byte, 1);
	assert_int_equal(check(machine, &found), WITNESS_SUBSTITUTED);
	assert_true(found.pin.damaged);
	refused_saying(machine, &found, "another vault");
}

static void trap_4_a_vault_that_this_machine_knows_does_not_pass_for_another(void **state)
{
	struct machine *machine = *state;
	char path[sizeof(machine->vault)];

	first_mark(machine);
	(void)snprintf(path, sizeof(path), "%s", machine->vault);
	(void)snprintf(machine->vault, sizeof(machine->vault), "%s/other.db", machine->elsewhere);
	swap_vault(machine, true);
	first_mark(machine);
	assert_int_equal(check(machine, NULL), WITNESS_AGREES);
	(void)snprintf(machine->vault, sizeof(machine->vault), "%s", path);
	assert_int_equal(check(machine, NULL), WITNESS_SUBSTITUTED);
}

static void a_vault_that_was_moved_is_known_by_its_mark_and_pinned_anew(void **state)
{
	struct machine *machine = *state;
	struct witness_finding found;
	char first_pin[sizeof(machine->pin)], moved_pin[sizeof(machine->pin) + 8];

	first_mark(machine);
	(void)snprintf(first_pin, sizeof(first_pin), "%s", machine->pin);
	(void)snprintf(machine->vault, sizeof(machine->vault), "%s/moved.db", machine->elsewhere);
	assert_int_equal(check(machine, NULL), WITNESS_AGREES);
	REQUIRE(witness_write(machine->witness, &machine->keys, &machine->now, err));
	place(machine);
	(void)snprintf(moved_pin, sizeof(moved_pin), "%s.kept", machine->pin);
	assert_int_equal(rename(machine->pin, moved_pin), 0);
	/* A pin speaks of one path alone. */
	assert_int_equal(rename(first_pin, machine->pin), 0);
	assert_int_equal(check(machine, &found), WITNESS_SUBSTITUTED);
	assert_true(found.pin.damaged);
	assert_int_equal(rename(moved_pin, machine->pin), 0);
	assert_int_equal(check(machine, NULL), WITNESS_AGREES);
	swap_vault(machine, true);
	assert_int_equal(check(machine, NULL), WITNESS_SUBSTITUTED);
}

static void a_crash_between_a_re_key_and_its_mark_is_recovered(void **state)
{
	struct machine *machine = *state;
	struct witness_finding found;

	first_mark(machine);
	next_mark(machine);
	re_key(machine);
	assert_int_equal(check(machine, &found), WITNESS_RECOVERED);
	assert_true(witness_trusts(found.verdict));
	/* More commits before any mark could be written lead back to the same one. */
	witness_digest(machine->witness, machine->sealed);
	advance(machine);
	assert_int_equal(check(machine, NULL), WITNESS_RECOVERED);
	REQUIRE(witness_write(machine->witness, &machine->keys, &machine->now, err));
	assert_int_equal(check(machine, NULL), WITNESS_AGREES);
}

static void a_re_key_leads_back_to_nothing_but_the_mark_it_sealed(void **state)
{
	struct machine *machine = *state;

	first_mark(machine);
	next_mark(machine);
	re_key(machine);
	machine->sealed[0] ^= 1;
	assert_int_equal(check(machine, NULL), WITNESS_SUBSTITUTED);
	assert_int_equal(unlink(machine->pin), 0);
	assert_int_equal(check(machine, NULL), WITNESS_UNVERIFIABLE);
	memset(machine->sealed, 0, sizeof(machine->sealed));
	assert_int_equal(check(machine, NULL), WITNESS_UNVERIFIABLE);
}

static void recover_with_crashes(struct machine *machine, bool odd)
{
	first_mark(machine);
	next_mark(machine);
	next_mark(machine);
	if (odd)
		next_mark(machine);
	re_key(machine);
	/* Each of the two writes, cut off at every sixteenth byte. */
	for (int write = 1; write <= 2; write++) {
		for (size_t bytes = 0; bytes < MARK_BYTES; bytes += 16) {
			unsigned char before[WITNESS_FILE_BYTES];
			enum witness_verdict verdict;

			load(machine->mark, before, sizeof(before));
			assert_int_equal(check(machine, NULL), WITNESS_RECOVERED);
			disk.tear_write = write;
			disk.tear_at = bytes;
			REFUSED(ERROR_IO, witness_write(machine->witness, &machine->keys,
							&machine->now, err));
			verdict = check(machine, NULL);
			assert_int_equal(verdict, write == 1 ? WITNESS_RECOVERED : WITNESS_AGREES);
			save(machine->mark, before, sizeof(before));
		}
	}
}

static void a_crash_while_the_recovery_is_written_is_recovered_too(void **state)
{
	recover_with_crashes(*state, false);
}

static void whichever_slot_held_the_last_mark(void **state)
{
	recover_with_crashes(*state, true);
}

static void a_mark_that_was_reported_lost_and_was_not_does_no_harm(void **state)
{
	struct machine *machine = *state;

	first_mark(machine);
	next_mark(machine);
	advance(machine);
	disk.fail_sync = true;
	REFUSED(ERROR_IO, witness_write(machine->witness, &machine->keys, &machine->now, err));
	disk.fail_sync = false;
	re_key(machine);
	assert_int_equal(check(machine, NULL), WITNESS_RECOVERED);
	/* The slot that the manifest sealed is not the newest, and must be the last to go. */
	disk.tear_write = 1;
	disk.tear_at = 100;
	REFUSED(ERROR_IO, witness_write(machine->witness, &machine->keys, &machine->now, err));
	assert_int_equal(check(machine, NULL), WITNESS_RECOVERED);
}

static void a_re_key_under_way_leaves_no_mark_of_the_old_key(void **state)
{
	struct machine *machine = *state;
	struct machine old;

	first_mark(machine);
	next_mark(machine);
	old = *machine;
	re_key(machine);
	REQUIRE(witness_write(machine->witness, &machine->keys, &machine->now, err));
	assert_int_equal(check(machine, NULL), WITNESS_AGREES);
	swap_keys(machine);
	/* Not even where one slot is lost. */
	for (int slot = 0; slot < MARK_SLOTS; slot++) {
		damage(machine, slot, 9, 1);
		assert_int_equal(check_mark(machine, &old.now, NULL), WITNESS_SUBSTITUTED);
		damage(machine, slot, 9, 1);
	}
	swap_keys(machine);
}

static void after_a_re_key_the_vault_from_before_it_is_refused(void **state)
{
	struct machine *machine = *state;
	struct witness_finding found;
	struct machine old;

	first_mark(machine);
	next_mark(machine);
	old = *machine;
	re_key(machine);
	assert_int_equal(check(machine, NULL), WITNESS_RECOVERED);
	/* Killed between the writes of the two slots: one of the old key still stands. */
	disk.tear_write = 2;
	REFUSED(ERROR_IO, witness_write(machine->witness, &machine->keys, &machine->now, err));
	swap_keys(machine);
	assert_int_equal(check_mark(machine, &old.now, &found), WITNESS_UNVERIFIABLE);
	assert_false(found.mark_verified);
	assert_int_equal(found.mark.epoch, 2);
	swap_keys(machine);
	assert_int_equal(check(machine, NULL), WITNESS_AGREES);
	REQUIRE(witness_accept(machine->witness, &machine->keys, &machine->now, err));
	swap_keys(machine);
	/* Now the pin knows the new key as well. */
	assert_int_equal(check_mark(machine, &old.now, &found), WITNESS_SUBSTITUTED);
	swap_keys(machine);
}

static void a_full_disk_leaves_the_last_mark_and_a_later_one_succeeds(void **state)
{
	struct machine *machine = *state;

	first_mark(machine);
	next_mark(machine);
	advance(machine);
	disk.fail = ENOSPC;
	REFUSED(ERROR_IO, witness_write(machine->witness, &machine->keys, &machine->now, err));
	disk.fail = 0;
	disk.fail_sync = true;
	REFUSED(ERROR_IO, witness_write(machine->witness, &machine->keys, &machine->now, err));
	disk.fail_sync = false;
	damage_unless_newest(machine);
	assert_int_equal(check(machine, NULL), WITNESS_LAGS);
	REQUIRE(witness_write(machine->witness, &machine->keys, &machine->now, err));
	assert_int_equal(check(machine, NULL), WITNESS_AGREES);
}

static void a_first_mark_on_a_full_disk_leaves_no_file(void **state)
{
	struct machine *machine = *state;
	struct stat st;

	disk.fail = ENOSPC;
	assert_int_equal(check(machine, NULL), WITNESS_ABSENT);
	REFUSED(ERROR_IO, witness_accept(machine->witness, &machine->keys, &machine->now, err));
	assert_int_equal(stat(machine->mark, &st), -1);
	disk.fail = 0;
	REQUIRE(witness_accept(machine->witness, &machine->keys, &machine->now, err));
	assert_int_equal(check(machine, NULL), WITNESS_AGREES);
}

static void a_state_directory_that_others_reach_or_that_holds_the_vault_is_refused(void **state)
{
	struct machine *machine = *state;
	struct witness *witness;

	for (mode_t mode = 0701; mode <= 0777; mode++) {
		assert_int_equal(chmod(machine->state, mode), 0);
		if ((mode & 077) != 0)
			REFUSED(ERROR_UNSAFE_FILE, witness_open(machine->state, machine->vault,
								machine->id, &witness, err));
	}
	assert_int_equal(chmod(machine->state, 0700), 0);
	REFUSED(ERROR_UNSAFE_FILE,
		witness_open(machine->elsewhere, machine->vault, machine->id, &witness, err));
	assert_null(witness);
}

static void a_state_directory_that_is_missing_is_made(void **state)
{
	struct machine *machine = *state;
	struct stat st;

	assert_int_equal(rmdir(machine->state), 0);
	first_mark(machine);
	assert_int_equal(stat(machine->state, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void a_mark_that_others_reach_or_that_is_a_link_is_refused(void **state)
{
	struct machine *machine = *state;
	struct witness *witness;
	char other[128];

	first_mark(machine);
	assert_int_equal(chmod(machine->mark, 0640), 0);
	REFUSED(ERROR_UNSAFE_FILE,
		witness_open(machine->state, machine->vault, machine->id, &witness, err));
	assert_int_equal(chmod(machine->mark, 0600), 0);
	(void)snprintf(other, sizeof(other), "%s/other", machine->state);
	assert_int_equal(link(machine->mark, other), 0);
	REFUSED(ERROR_UNSAFE_FILE,
		witness_open(machine->state, machine->vault, machine->id, &witness, err));
	assert_int_equal(unlink(machine->mark), 0);
	assert_int_equal(symlink(other, machine->mark), 0);
	REFUSED(ERROR_UNSAFE_FILE,
		witness_open(machine->state, machine->vault, machine->id, &witness, err));
	assert_int_equal(unlink(machine->mark), 0);
	assert_int_equal(chmod(machine->pin, 0644), 0);
	REFUSED(ERROR_UNSAFE_FILE,
		witness_open(machine->state, machine->vault, machine->id, &witness, err));
}

static int64_t fake_now(void *ctx, enum clock_kind kind)
{
	(void)kind;
	return *(int64_t *)ctx;
}

static void the_log_is_marked_once_a_second_and_keys_at_once(void **state)
{
	struct machine *machine = *state;
	int64_t now = 5000000000;
	const struct clock clock = {.now_ns = fake_now, .ctx = &now};
	int written;

	first_mark(machine);
	written = disk.writes;
	for (int i = 0; i < 100; i++) {
		advance(machine);
		note(machine, WITNESS_LOG, &clock);
		now += 50000000;
	}
	assert_int_equal(disk.writes - written, 5);
	written = disk.writes;
	advance(machine);
	note(machine, WITNESS_KEYS, &clock);
	assert_int_equal(disk.writes - written, 1);
	assert_int_equal(disk.syncs_after_write, 1);
	/* Nothing new, nothing written. */
	note(machine, WITNESS_KEYS, &clock);
	now += 5000000000;
	note(machine, WITNESS_LOG, &clock);
	assert_int_equal(disk.writes - written, 1);
	assert_int_equal(check(machine, NULL), WITNESS_AGREES);
}

static void a_mark_that_was_removed_under_our_feet_is_made_again(void **state)
{
	struct machine *machine = *state;

	first_mark(machine);
	assert_int_equal(unlink(machine->mark), 0);
	advance(machine);
	REQUIRE(witness_write(machine->witness, &machine->keys, &machine->now, err));
	assert_int_equal(check(machine, NULL), WITNESS_AGREES);
}

static void whatever_was_there_is_overwritten_by_accepting(void **state)
{
	struct machine *machine = *state;
	struct mark high;

	first_mark(machine);
	high = machine->now;
	high.sequence = MARK_SEQUENCE_MAX;
	for (int slot = 0; slot < MARK_SLOTS; slot++) {
		unsigned char bytes[MARK_BYTES];

		REQUIRE(mark_encode(&machine->other_keys, machine->id, &high, bytes, err));
		patch(machine->mark, bytes, sizeof(bytes), (off_t)slot * WITNESS_SLOT_STRIDE);
	}
	assert_int_equal(check(machine, NULL), WITNESS_UNVERIFIABLE);
	REQUIRE(witness_accept(machine->witness, &machine->keys, &machine->now, err));
	assert_int_equal(check(machine, NULL), WITNESS_AGREES);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, machine_setup, machine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_first_mark_stands_in_both_slots_and_agrees),
	    TEST(any_flipped_bit_costs_one_slot_and_never_lets_a_lie_pass),
	    TEST(both_slots_lost_is_refused),
	    TEST(a_write_torn_at_any_byte_leaves_the_mark_before_it),
	    TEST(a_vault_that_is_newer_than_its_mark_is_trusted),
	    TEST(a_mark_that_is_ahead_is_refused_with_both_generations_and_dates),
	    TEST(the_same_generation_with_anything_else_different_is_refused),
	    TEST(a_verified_mark_of_another_epoch_or_key_vouches_for_nothing),
	    TEST(a_newer_vault_with_another_log_is_refused),
	    TEST(trap_4_another_vault_in_the_path_is_refused),
	    TEST(trap_4_a_pin_that_cannot_be_read_or_is_gone_lets_no_forgery_pass),
	    TEST(trap_4_a_vault_that_this_machine_knows_does_not_pass_for_another),
	    TEST(a_vault_that_was_moved_is_known_by_its_mark_and_pinned_anew),
	    TEST(a_crash_between_a_re_key_and_its_mark_is_recovered),
	    TEST(a_re_key_leads_back_to_nothing_but_the_mark_it_sealed),
	    TEST(a_crash_while_the_recovery_is_written_is_recovered_too),
	    TEST(whichever_slot_held_the_last_mark),
	    TEST(a_mark_that_was_reported_lost_and_was_not_does_no_harm),
	    TEST(a_re_key_under_way_leaves_no_mark_of_the_old_key),
	    TEST(after_a_re_key_the_vault_from_before_it_is_refused),
	    TEST(a_full_disk_leaves_the_last_mark_and_a_later_one_succeeds),
	    TEST(a_first_mark_on_a_full_disk_leaves_no_file),
	    TEST(a_state_directory_that_others_reach_or_that_holds_the_vault_is_refused),
	    TEST(a_state_directory_that_is_missing_is_made),
	    TEST(a_mark_that_others_reach_or_that_is_a_link_is_refused),
	    TEST(the_log_is_marked_once_a_second_and_keys_at_once),
	    TEST(a_mark_that_was_removed_under_our_feet_is_made_again),
	    TEST(whatever_was_there_is_overwritten_by_accepting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
