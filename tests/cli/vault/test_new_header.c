/* SPDX-License-Identifier: MIT */
#include "cli/vault/new_header.h"

#include "vault/base/secret.h"
#include "vault/format/json.h"
#include "vault/seal/header/header.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct kdf_cost cheapest = {.memory = 64 * (1 << 20), .passes = 3};
static const char passphrase[] = "correct horse battery";

static bool make(bool with_recovery, struct new_header *out)
{
	struct secret typed = SECRET_EMPTY;
	struct error err;
	bool ok;

	assert_true(secret_set(&typed, passphrase, strlen(passphrase), &err));
	ok = new_header_make(&(struct new_header_parts){.passphrase = &typed,
							.cost = &cheapest,
							.with_recovery = with_recovery,
							.now = 1700000000},
			     out, &err);
	secret_clear(&typed);
	return ok;
}

/* Whether what is typed opens the header to the very keys. */
static bool opens(const struct new_header *create, const void *text, size_t len)
{
	struct secret typed = SECRET_EMPTY, vault_key = SECRET_EMPTY;
	struct keys keys = {0};
	struct header header;
	struct error err;
	size_t slot;
	bool ok;

	assert_true(secret_set(&typed, text, len, &err));
	ok = header_open(&create->header, &typed, &header, &vault_key, &slot, &err);
	if (ok) {
		assert_true(keys_derive(&vault_key, &keys, &err));
		assert_true(keys_equal(&keys, &create->keys));
	}
	keys_clear(&keys);
	secret_clear(&typed);
	secret_clear(&vault_key);
	return ok;
}

static void a_new_vault_opens_with_its_passphrase_and_its_code(void **state)
{
	struct new_header create = NEW_HEADER_EMPTY;

	(void)state;
	assert_true(make(true, &create));
	assert_int_equal(create.recovery_text.len, RECOVERY_CODE_TEXT_BYTES);
	assert_true(opens(&create, passphrase, strlen(passphrase)));
	assert_true(opens(&create, create.recovery_text.data, create.recovery_text.len - 1));
	assert_false(opens(&create, "correct horse batterz", strlen(passphrase)));
	new_header_clear(&create);
}

static void without_recovery_there_is_one_slot(void **state)
{
	struct new_header create = NEW_HEADER_EMPTY;
	struct header header;
	struct error err;

	(void)state;
	assert_true(make(false, &create));
	assert_null(create.recovery_text.data);
	assert_true(header_decode(create.header.data, create.header.len, &header, &err));
	assert_int_equal(header.slots_count, 1);
	assert_int_equal(header.created, 1700000000);
	new_header_clear(&create);
}

static void a_cost_below_the_floor_makes_nothing(void **state)
{
	const struct kdf_cost cheap = {.memory = 1 << 20, .passes = 1};
	struct new_header create = NEW_HEADER_EMPTY;
	struct secret typed = SECRET_EMPTY;
	struct error err;

	(void)state;
	assert_true(secret_set(&typed, passphrase, strlen(passphrase), &err));
	assert_false(new_header_make(
	    &(struct new_header_parts){
		.passphrase = &typed, .cost = &cheap, .with_recovery = true, .now = 1},
	    &create, &err));
	assert_null(create.recovery_text.data);
	assert_int_equal(create.header.len, 0);
	secret_clear(&typed);
}

static void two_vaults_have_nothing_in_common(void **state)
{
	struct new_header a = NEW_HEADER_EMPTY, b = NEW_HEADER_EMPTY;

	(void)state;
	assert_true(make(true, &a) && make(true, &b));
	assert_false(keys_equal(&a.keys, &b.keys));
	assert_memory_not_equal(a.recovery_text.data, b.recovery_text.data,
				RECOVERY_CODE_TEXT_BYTES);
	new_header_clear(&a);
	new_header_clear(&b);
}

static int set_up(void **state)
{
	struct error err;

	(void)state;
	json_open();
	return secret_open(true, &err) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	secret_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_new_vault_opens_with_its_passphrase_and_its_code),
	    cmocka_unit_test(without_recovery_there_is_one_slot),
	    cmocka_unit_test(a_cost_below_the_floor_makes_nothing),
	    cmocka_unit_test(two_vaults_have_nothing_in_common),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
