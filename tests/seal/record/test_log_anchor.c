/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/log_anchor.h"

#include "tests/seal/fixture.h"
#include "vault/seal/record/settings.h"

#include <stdio.h>

static struct log_anchor filled(void)
{
	struct log_anchor anchor = {.name = LOG_ANCHOR_NAME,
				    .parts = 3,
				    .first = 12289,
				    .head = {1, 2, 3},
				    .count = 20000,
				    .pruned_at = 1795000000,
				    .entry = 20001,
				    .until = 1760000000};

	(void)snprintf(anchor.uses, sizeof(anchor.uses), "%s", "1750000000-1760000000");
	return anchor;
}

static void an_anchor_comes_back_as_it_was(void **state)
{
	const struct log_anchor in = filled();
	struct buf plain = BUF_INIT(16384);
	struct log_anchor out;

	(void)state;
	assert_good(log_anchor_encode(&in, &plain, &err));
	assert_good(log_anchor_decode(plain.data, plain.len, &out, &err));
	assert_memory_equal(&in, &out, sizeof(in));
	buf_clear(&plain);
}

static void an_anchor_that_makes_no_sense_is_not_written(void **state)
{
	struct buf plain = BUF_INIT(16384);
	struct log_anchor one[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		one[i] = filled();
	one[0].parts = 0;
	one[1].first = 3;
	one[2].count = 12287;
	one[3].entry = 12288;
	for (size_t i = 0; i < 4; i++)
		assert_refused(log_anchor_encode(&one[i], &plain, &err), FAILED);
	buf_clear(&plain);
}

static void half_an_anchor_is_none(void **state)
{
	const struct log_anchor in = filled();
	struct buf plain = BUF_INIT(16384);
	struct log_anchor out;

	(void)state;
	assert_good(log_anchor_encode(&in, &plain, &err));
	for (size_t len = 0; len < plain.len; len++) {
		if (log_anchor_decode(plain.data, len, &out, &err))
			assert_true(out.uses[0] == '\0');
		else
			assert_int_equal(out.parts, 0);
	}
	buf_clear(&plain);
}

/* So that earlier programs read the settings of a vault whose owner never said how long. */
static void the_default_of_log_keep_is_not_written(void **state)
{
	struct buf plain = BUF_INIT(4096), longer = BUF_INIT(4096);
	struct settings settings;

	(void)state;
	settings_init(&settings);
	assert_int_equal(settings.log_keep_s, 400 * 86400);
	assert_good(settings_encode(&settings, &plain, &err));
	settings.log_keep_s = 90 * 86400;
	assert_good(settings_encode(&settings, &longer, &err));
	assert_int_equal(longer.len, plain.len + 14);
	assert_good(settings_decode(longer.data, longer.len, &settings, &err));
	assert_int_equal(settings.log_keep_s, 90 * 86400);
	assert_good(settings_decode(plain.data, plain.len, &settings, &err));
	assert_int_equal(settings.log_keep_s, 400 * 86400);
	buf_clear(&plain);
	buf_clear(&longer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_anchor_comes_back_as_it_was),
	    cmocka_unit_test(an_anchor_that_makes_no_sense_is_not_written),
	    cmocka_unit_test(half_an_anchor_is_none),
	    cmocka_unit_test(the_default_of_log_keep_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
