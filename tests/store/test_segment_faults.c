/* SPDX-License-Identifier: MIT */
#include "tests/store/disk.h"
#include "tests/store/rolling.h"
#include "vault/store/change/commit.h"
#include "vault/store/change/reserve.h"
#include "vault/store/change/segment_roll.h"
#include "vault/store/store.h"

/* The calls of the file of a closed segment that do not go through SQLite. */
static int fail_write, fail_rename;
static char events[4096];
static size_t event_count;
static struct vault *watched;
static int crashes;

static void note(char what)
{
	if (event_count + 1 < sizeof(events))
		events[event_count++] = what;
	events[event_count] = '\0';
}

ssize_t write(int fd, const void *data, size_t n)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return syscall(SYS_write, fd, data, n);
	if (disk.before)
		disk.before('w');
	if (fail_write > 0 && --fail_write == 0) {
		errno = disk.error;
		/* Half of it was written all the same. */
		(void)syscall(SYS_write, fd, data, n / 2);
		return -1;
	}
	return syscall(SYS_write, fd, data, n);
}

int rename(const char *from, const char *to)
{
	if (disk.before)
		disk.before('r');
	if (fail_rename > 0 && --fail_rename == 0) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static int setup_rolling(void **state)
{
	fail_write = fail_rename = crashes = 0;
	event_count = 0;
	return setup_faulty(state);
}

/*
 * The file is whole under its name, on the disk, before SQLite writes that the rows are forgotten.
 */
static void the_file_is_durable_before_its_rows_are_forgotten(void **state)
{
	struct vault *vault = *state;
	const char *named, *synced;

	append_to(vault, SMALL);
	event_count = 0;
	disk.before = note;
	segment_roll(vault->store);
	disk.before = NULL;
	assert_int_equal(vault->store->state.closed_count, 1);
	assert_int_equal(strspn(events, "w"), strchr(events, 'f') - events);
	named = strchr(events, 'r');
	synced = strchr(events, 'd');
	assert_non_null(named);
	assert_non_null(synced);
	assert_true(named == strchr(events, 'f') + 1 && synced == named + 1);
	assert_int_equal(strcspn(events, "p"), synced + 1 - events);
	assert_int_equal(events[event_count - 1], 'f');
}

struct fault {
	int *counter;
	const char *name;
	int error;
};

static void a_closing_that_fails_anywhere_leaves_the_log_as_it_was(void **state)
{
	const struct fault faults[] = {{&disk.fail_write, "SQLite's write", ENOSPC},
				       {&disk.fail_write, "SQLite's write", EIO},
				       {&disk.fail_sync, "flush", EIO},
				       {&fail_write, "write", ENOSPC},
				       {&fail_write, "write", EIO},
				       {&fail_rename, "rename", EIO}};
	struct vault *vault = *state;
	unsigned int last = 0;
	int failed = 0;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		for (int n = 1; n < 100; n++) {
			size_t before;

			append_to(vault, last + SMALL);
			last += SMALL;
			before = vault->store->state.closed_count;
			disk.error = faults[i].error;
			*faults[i].counter = n;
			vault->store->roll_after = 0;
			segment_roll(vault->store);
			if (*faults[i].counter > 0) {
				/* It was not reached: all of this kind were tried. */
				*faults[i].counter = 0;
				assert_int_equal(vault->store->state.closed_count, before + 1);
				break;
			}
			failed++;
			assert_int_equal(vault->store->state.closed_count, before);
			log_is_whole(vault->store, last);
			append_number(vault, ++last);
			vault_reopen(vault);
			log_is_whole(vault->store, last);
		}
	}
	assert_true(failed > 12);
}

/* What lies in the directory at this moment is what a crash leaves. */
static void crash(char what)
{
	char copy[128];

	(void)what;
	(void)snprintf(copy, sizeof(copy), "%s/%d", watched->directory, crashes);
	disk.before = NULL;
	copy_files(watched->directory, copy);
	disk.before = crash;
	crashes++;
}

static void a_crash_at_any_point_leaves_all_of_the_log(void **state)
{
	struct vault *vault = *state;
	size_t old = 0, new = 0;

	append_to(vault, 2 * SMALL);
	assert_int_equal(vault->store->state.closed_count, 1);
	watched = vault;
	disk.before = crash;
	segment_roll(vault->store);
	crash('e');
	disk.before = NULL;
	assert_int_equal(vault->store->state.closed_count, 2);
	for (int i = 0; i < crashes; i++) {
		struct store *store = NULL;
		char copy[128], path[160];

		(void)snprintf(copy, sizeof(copy), "%s/%d", vault->directory, i);
		(void)snprintf(path, sizeof(path), "%s/vault.db", copy);
		REQUIRE(store_open(path, &store, err));
		REQUIRE(store_unlock(store, &vault->keys, err));
		*(store->state.closed_count == 1 ? &old : &new) += 1;
		log_is_whole(store, 2 * SMALL);
		segment_set_limits(store, SMALL, UINT64_MAX / 16);
		/* What was left half done is done again. */
		segment_roll(store);
		assert_int_equal(store->state.closed_count, 2);
		log_is_whole(store, 2 * SMALL);
		REQUIRE(store_close(store, err));
		remove_files(copy);
	}
	assert_true(old > 5 && new >= 1);
}

static off_t reserve_size(const struct vault *vault)
{
	char path[128];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s.reserve", vault->path);
	return stat(path, &st) == 0 ? st.st_size : -1;
}

/* The disk is full for as long as the kept room is not given up. */
static off_t enough;

static void be_full(char what)
{
	(void)what;
	disk.error = ENOSPC;
	disk.fail_write = reserve_size(watched) >= enough ? 1 : 0;
}

static bool commit_text(struct vault *vault, enum store_room room, const char *text,
			struct error *err)
{
	char copy[64];

	(void)snprintf(copy, sizeof(copy), "%s", text);
	*err = ERROR_INIT;
	return store_commit_with_room(vault->store, room, append_text, copy, err);
}

static void on_a_full_disk_what_has_room_of_its_own_is_on_record(void **state)
{
	struct vault *vault = *state;
	struct error why;

	append(vault, "before");
	assert_int_equal(reserve_size(vault), RESERVE_BYTES);
	watched = vault;
	enough = RESERVE_BYTES;
	disk.before = be_full;
	assert_false(commit_text(vault, STORE_ROOM_NONE, "an emission", &why));
	assert_int_equal(why.code, ERROR_IO);
	assert_int_equal(reserve_size(vault), RESERVE_BYTES);
	assert_true(commit_text(vault, STORE_ROOM_REFUSALS, "a refusal", &why));
	assert_int_equal(reserve_size(vault), RESERVE_BYTES / 2);
	/* Fuller still: refusals have had their half, a lock has the rest. */
	enough = RESERVE_BYTES / 2;
	assert_false(commit_text(vault, STORE_ROOM_REFUSALS, "one too many", &why));
	assert_true(commit_text(vault, STORE_ROOM_ALL, "lock", &why));
	assert_int_equal(reserve_size(vault), 0);
	disk.before = NULL;
	disk.fail_write = 0;
	/* What was given up is not for floods, until it is there again. */
	disk.no_room = true;
	assert_false(commit_text(vault, STORE_ROOM_NONE, "an emission", &why));
	assert_true(commit_text(vault, STORE_ROOM_ALL, "a step", &why));
	disk.no_room = false;
	vault_reopen(vault);
	assert_int_equal(log_count(vault), 4);
	append(vault, "room again");
	assert_int_equal(reserve_size(vault), RESERVE_BYTES);
}

static void nothing_is_closed_in_a_vault_that_was_changed_meanwhile(void **state)
{
	struct vault *vault = *state;

	append_to(vault, SMALL);
	assert_int_equal(sqlite3_exec(vault->store->db,
				      "UPDATE manifest SET nonce = (SELECT nonce FROM segment)",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	segment_roll(vault->store);
	assert_int_equal(vault->store->state.closed_count, 0);
	assert_int_equal(log_count(vault), SMALL);
}

static void a_vault_opens_on_a_full_disk_and_says_so_on_record(void **state)
{
	struct vault *vault = *state;
	struct error why;

	append(vault, "before");
	vault_close(vault);
	watched = vault;
	enough = RESERVE_BYTES;
	disk.before = be_full;
	REQUIRE(store_open(vault->path, &vault->store, err));
	REQUIRE(store_unlock(vault->store, &vault->keys, err));
	assert_true(commit_text(vault, STORE_ROOM_ALL, "unlock", &why));
	disk.before = NULL;
	disk.fail_write = 0;
	vault_reopen(vault);
	assert_int_equal(log_count(vault), 2);
}

static void a_segment_that_cannot_be_closed_stops_floods_and_nothing_else(void **state)
{
	struct vault *vault = *state;
	struct error why = ERROR_INIT;
	unsigned int last = 0;

	segment_set_limits(vault->store, SMALL, UINT64_MAX / 16);
	for (bool ok = true; ok; last++) {
		fail_rename = 1;
		ok = commit_text(vault, STORE_ROOM_NONE, "flood", &why);
		assert_true(last < 100);
	}
	assert_int_equal(why.code, ERROR_IO);
	assert_int_equal(vault->store->state.closed_count, 0);
	assert_true(commit_text(vault, STORE_ROOM_REFUSALS, "denied", &why));
	assert_true(commit_text(vault, STORE_ROOM_ALL, "lock", &why));
	put(vault, TABLE_KEY, "prod", 1);
	fail_rename = 0;
	vault_reopen(vault);
	segment_set_limits(vault->store, SMALL, UINT64_MAX / 16);
	append(vault, "goes on");
	assert_int_equal(vault->store->state.closed_count, 1);
}

int main(void)
{
#define FAULT_TEST(name_) cmocka_unit_test_setup_teardown(name_, setup_rolling, teardown_faulty)
	const struct CMUnitTest tests[] = {
	    FAULT_TEST(the_file_is_durable_before_its_rows_are_forgotten),
	    FAULT_TEST(a_closing_that_fails_anywhere_leaves_the_log_as_it_was),
	    FAULT_TEST(a_crash_at_any_point_leaves_all_of_the_log),
	    FAULT_TEST(on_a_full_disk_what_has_room_of_its_own_is_on_record),
	    FAULT_TEST(nothing_is_closed_in_a_vault_that_was_changed_meanwhile),
	    FAULT_TEST(a_vault_opens_on_a_full_disk_and_says_so_on_record),
	    FAULT_TEST(a_segment_that_cannot_be_closed_stops_floods_and_nothing_else),
	};

	return cmocka_run_group_tests_name("segment_faults", tests, NULL, NULL);
}
