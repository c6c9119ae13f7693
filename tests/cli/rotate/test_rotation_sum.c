/* SPDX-License-Identifier: MIT */
#include "cli/rotate/rotation_sum.h"

#include "vault/base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { NOW = 1800000000 }; /* 2027-01-15T08:00:00Z */

static void count(struct rotation_sum *sum, const char *state, int64_t delete_after)
{
	const struct rotation_pool_job job = {
	    .begun = true,
	    .rotation = {.state = state, .delete_after = delete_after},
	    .err = ERROR_INIT};

	rotation_sum_count(sum, &job);
}

static void failed(struct rotation_sum *sum, enum error_code code, bool begun)
{
	struct rotation_pool_job job = {.begun = begun, .err = ERROR_INIT};

	error_set(&job.err, code, "no");
	rotation_sum_count(sum, &job);
}

static void told(const struct rotation_sum *sum, const char *wanted)
{
	struct out out = {.pending = BUF_INIT(4096)};

	rotation_sum_print(sum, "credvault rotate --due", NOW, &out);
	assert_string_equal(buf_text(&out.pending), wanted);
	buf_clear(&out.pending);
}

static void what_went_well_says_when_old_keys_go(void **state)
{
	struct rotation_sum sum = {0};

	(void)state;
	count(&sum, "done", NOW + 86398);
	count(&sum, "done", NOW + 86391);
	count(&sum, "pending", 0);
	count(&sum, "aborted", 0);
	assert_int_equal(sum.status, 0);
	told(&sum, "3 rotated, 1 taken back. Old keys are deleted after 24h by the next run.\n");
}

static void failures_of_one_kind_have_its_status(void **state)
{
	struct rotation_sum sum = {0};

	(void)state;
	count(&sum, "done", 0);
	failed(&sum, ERROR_AWS_REFUSED, true);
	failed(&sum, ERROR_AWS_REFUSED, true);
	assert_int_equal(sum.status, 8);
	told(&sum, "1 rotated, 2 failed (exit 8).\n");
	failed(&sum, ERROR_AWS_UNREACHABLE, true);
	assert_int_equal(sum.status, 1);
	failed(&sum, ERROR_AWS_REFUSED, true);
	assert_int_equal(sum.status, 1);
}

static void an_interruption_counts_what_was_stopped_and_never_begun(void **state)
{
	struct rotation_sum sum = {0};

	(void)state;
	count(&sum, "done", 0);
	failed(&sum, ERROR_AWS_REFUSED, true);
	failed(&sum, ERROR_INTERRUPTED, true);
	failed(&sum, ERROR_INTERRUPTED, false);
	failed(&sum, ERROR_INTERRUPTED, false);
	assert_int_equal(sum.status, 130);
	told(&sum, "1 rotated, 1 failed, 1 stopped, 2 not begun (exit 130).\n"
		   "Nothing is lost. To go on:   credvault rotate --due\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_went_well_says_when_old_keys_go),
	    cmocka_unit_test(failures_of_one_kind_have_its_status),
	    cmocka_unit_test(an_interruption_counts_what_was_stopped_and_never_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
