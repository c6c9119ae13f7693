/* SPDX-License-Identifier: MIT */
#include "vault/store/change/rekey.h"

#include "tests/store/disk.h"
#include "tests/store/rekeying.h"
#include "vault/store/store.h"

/* Whatever happened, the file opens under exactly the keys that the answer said. */
static void assert_as_told(struct vault *vault, struct fresh *fresh, bool changed)
{
	struct error ignored;
	struct store *store = vault->store;

	disk.fail_write = 0;
	disk.fail_sync = 0;
	disk.fail_read = false;
	vault->store = NULL;
	(void)!store_close(store, &ignored);
	if (changed)
		adopt(vault, fresh);
	else
		fresh_clear(fresh);
	vault_reopen(vault);
	assert_filled(vault);
}

/* Each write of a re-key fails in turn, to the one that is never reached. */
static void fail_writes(struct vault *vault, int code)
{
	int failed = 0, erasing = 0;

	fill(vault);
	for (int n = 1;; n++) {
		struct fresh fresh = fresh_of(vault);
		struct error why = ERROR_INIT;
		bool changed = true, ok;

		disk.error = code;
		disk.fail_write = n;
		ok = store_rekey(vault->store, &fresh.header, &fresh.keys, NULL, &changed, &why);
		if (ok && disk.fail_write > 0) {
			assert_true(changed);
			assert_as_told(vault, &fresh, true);
			break;
		}
		if (ok) {
			/* The second try has emptied the journal. */
			assert_true(changed);
			erasing++;
		} else {
			assert_int_equal(why.code, ERROR_IO);
			failed++;
		}
		assert_as_told(vault, &fresh, changed);
	}
	assert_true(failed >= 3);
	assert_true(erasing >= 3);
}

static void a_write_that_fails_leaves_the_old_vault_or_the_new_one(void **state)
{
	fail_writes(*state, EIO);
}

static void a_full_disk_leaves_the_old_vault_or_the_new_one(void **state)
{
	fail_writes(*state, ENOSPC);
}

static void a_flush_that_fails_leaves_the_old_vault_or_the_new_one(void **state)
{
	struct vault *vault = *state;
	int failed = 0;

	fill(vault);
	for (int n = 1; n < 100; n++) {
		struct fresh fresh = fresh_of(vault);
		struct error why = ERROR_INIT;
		bool changed = true;

		disk.fail_sync = n;
		if (store_rekey(vault->store, &fresh.header, &fresh.keys, NULL, &changed, &why) &&
		    disk.fail_sync > 0) {
			assert_as_told(vault, &fresh, changed);
			break;
		}
		failed++;
		assert_as_told(vault, &fresh, changed);
	}
	assert_true(failed >= 2 && failed < 99);
}

static void a_store_that_cannot_be_read_back_is_not_used_again(void **state)
{
	struct vault *vault = *state;
	struct fresh fresh = fresh_of(vault);
	struct store_state now;
	bool changed = true;

	fill(vault);
	disk.fail_read = true;
	disk.fail_sync = 1;
	REFUSED(ERROR_IO,
		store_rekey(vault->store, &fresh.header, &fresh.keys, NULL, &changed, err));
	disk.fail_read = false;
	REFUSED(ERROR_IO, store_state(vault->store, &now, err));
	assert_false(changed);
	assert_as_told(vault, &fresh, changed);
}

static void an_erasing_that_fails_is_told_and_tried_again(void **state)
{
	struct vault *vault = *state;
	struct fresh fresh = fresh_of(vault);
	struct error why = ERROR_INIT;
	bool changed = false;

	fill(vault);
	disk.error = EIO;
	disk.fail_writes_to = vault->path;
	assert_false(store_rekey(vault->store, &fresh.header, &fresh.keys, NULL, &changed, &why));
	assert_true(changed);
	assert_int_equal(why.code, ERROR_IO);
	assert_non_null(strstr(why.message, "could not be erased"));
	assert_non_null(strstr(why.detail, "The change itself is made"));
	disk.fail_writes_to = NULL;
	adopt(vault, &fresh);
	/* The vault is unlocked under the new keys and goes on. */
	assert_filled(vault);
	REQUIRE(store_checkpoint(vault->store, err));
	vault_reopen(vault);
	assert_filled(vault);
}

int main(void)
{
#define FAULT_TEST(name_) cmocka_unit_test_setup_teardown(name_, setup_faulty, teardown_faulty)
	const struct CMUnitTest tests[] = {
	    FAULT_TEST(a_write_that_fails_leaves_the_old_vault_or_the_new_one),
	    FAULT_TEST(a_full_disk_leaves_the_old_vault_or_the_new_one),
	    FAULT_TEST(a_flush_that_fails_leaves_the_old_vault_or_the_new_one),
	    FAULT_TEST(a_store_that_cannot_be_read_back_is_not_used_again),
	    FAULT_TEST(an_erasing_that_fails_is_told_and_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
