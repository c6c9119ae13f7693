/* SPDX-License-Identifier: MIT */
#include "vault/base/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_code_has_its_name_status_and_meaning(void **state)
{
	(void)state;
	for (int i = ERROR_NONE + 1; i < ERROR_CODES; i++) {
		enum error_code code = (enum error_code)i;

		assert_int_equal(error_from_name(error_name(code)), code);
		assert_true(error_status(code) >= 1);
		assert_true(error_meaning(code)[0] != '\0');
	}
	assert_int_equal(error_status(ERROR_NONE), 0);
	assert_string_equal(error_name(ERROR_NONE), "NONE");
}

static void the_exit_statuses_are_those_of_the_contract(void **state)
{
	static const struct {
		enum error_code code;
		int status;
	} contract[] = {
	    {ERROR_FAILED, 1},		 {ERROR_USAGE, 2},
	    {ERROR_NOT_FOUND, 3},	 {ERROR_LOCKED, 4},
	    {ERROR_WRONG_PASSPHRASE, 5}, {ERROR_TAMPERED, 6},
	    {ERROR_MFA_NEEDED, 7},	 {ERROR_MFA_REFUSED, 7},
	    {ERROR_AWS_REFUSED, 8},	 {ERROR_AWS_UNREACHABLE, 9},
	    {ERROR_OVERDUE, 10},	 {ERROR_ROTATION_HELD, 11},
	    {ERROR_INTERRUPTED, 130},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(contract) / sizeof(contract[0]); i++)
		assert_int_equal(error_status(contract[i].code), contract[i].status);
}

static void an_unknown_code_or_name_is_a_plain_failure(void **state)
{
	(void)state;
	assert_int_equal(error_from_name("NO_SUCH_CODE"), ERROR_FAILED);
	assert_int_equal(error_from_name(""), ERROR_FAILED);
	assert_int_equal(error_status((enum error_code)9999), 1);
	assert_string_equal(error_name((enum error_code)9999), "FAILED");
	assert_string_equal(error_meaning((enum error_code)9999), "");
}

static void a_new_error_forgets_the_old_one(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_false(error_set(&err, ERROR_IO, "first"));
	assert_false(error_hint(&err, "hint"));
	assert_false(error_detail(&err, "detail"));
	assert_false(error_profile(&err, "prod"));
	assert_false(error_set(&err, ERROR_USAGE, "second %d", 2));
	assert_int_equal(err.code, ERROR_USAGE);
	assert_string_equal(err.message, "second 2");
	assert_string_equal(err.hint, "");
	assert_string_equal(err.detail, "");
	assert_string_equal(err.profile, "");
}

static void details_are_lines_and_the_first_profile_stays(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	error_set(&err, ERROR_IO, "x");
	error_detail(&err, "one");
	error_detail(&err, "two");
	error_profile(&err, NULL);
	error_profile(&err, "first");
	error_profile(&err, "second");
	assert_string_equal(err.detail, "one\ntwo");
	assert_string_equal(err.profile, "first");
}

static void long_texts_are_cut_and_terminated(void **state)
{
	struct error err = ERROR_INIT;
	char big[5000];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	error_set_errno(&err, ERROR_IO, ENOENT, "%s", big);
	error_hint(&err, "%s", big);
	for (int i = 0; i < 3; i++)
		error_detail(&err, "%s", big);
	error_profile(&err, big);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	assert_int_equal(strlen(err.hint), sizeof(err.hint) - 1);
	assert_int_equal(strlen(err.detail), sizeof(err.detail) - 1);
	assert_int_equal(strlen(err.profile), sizeof(err.profile) - 1);
}

static void the_system_s_reason_follows_the_message(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_false(error_set_errno(&err, ERROR_IO, ENOSPC, "cannot write %s", "f"));
	assert_string_equal(err.message, "cannot write f: No space left on device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_code_has_its_name_status_and_meaning),
	    cmocka_unit_test(the_exit_statuses_are_those_of_the_contract),
	    cmocka_unit_test(an_unknown_code_or_name_is_a_plain_failure),
	    cmocka_unit_test(a_new_error_forgets_the_old_one),
	    cmocka_unit_test(details_are_lines_and_the_first_profile_stays),
	    cmocka_unit_test(long_texts_are_cut_and_terminated),
	    cmocka_unit_test(the_system_s_reason_follows_the_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
