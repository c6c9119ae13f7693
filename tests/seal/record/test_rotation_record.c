/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/rotation_record.h"

#include "tests/seal/fixture.h"

#include <stdio.h>

#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

static void fill(struct rotation_record *rotation)
{
	rotation_record_init(rotation);
	(void)snprintf(rotation->name, sizeof(rotation->name), "%s", "AKIAIOSFODNN7EXAMPLE");
	(void)snprintf(rotation->key_name, sizeof(rotation->key_name), "%s", "prod");
	(void)snprintf(rotation->arn, sizeof(rotation->arn), "%s",
		       "arn:aws:iam::111122223333:user/dev");
	(void)snprintf(rotation->seen, sizeof(rotation->seen), "%s",
		       "AKIAIOSFODNN7EXAMPLE AKIAI44QH8DHBEXAMPLE");
	(void)snprintf(rotation->new_access_key_id, sizeof(rotation->new_access_key_id), "%s",
		       "AKIAMODELKEY00000001");
	rotation->step = ROTATION_CREATED;
	rotation->retire = ROTATION_DEACTIVATE;
	rotation->grace_s = 86400;
	rotation->begun_at = 1795000000;
	rotation->recovery[3] = 7;
	assert_true(secret_set(&rotation->secret, SECRET, sizeof(SECRET) - 1, &err));
}

static void a_rotation_comes_back_as_it_was(void **state)
{
	struct buf plain = BUF_INIT(16384);
	struct rotation_record in, out;
	(void)state;
	fill(&in);
	rotation_record_init(&out);
	assert_true(rotation_record_encode(&in, &plain, &err));
	assert_true(rotation_record_decode(plain.data, plain.len, &out, &err));
	assert_string_equal(out.name, in.name);
	assert_string_equal(out.new_access_key_id, in.new_access_key_id);
	assert_int_equal(out.step, ROTATION_CREATED);
	assert_int_equal(out.secret.len, sizeof(SECRET) - 1);
	assert_memory_equal(out.secret.data, SECRET, sizeof(SECRET) - 1);
	rotation_record_clear(&in);
	rotation_record_clear(&out);
	buf_clear(&plain);
}

static void a_rotation_that_makes_no_sense_is_not_written(void **state)
{
	struct buf plain = BUF_INIT(16384);
	struct rotation_record rotation;
	(void)state;
	for (int i = 0; i < 6; i++) {
		fill(&rotation);
		switch (i) {
		case 0: rotation.step = 0; break;
		case 1: rotation.step = ROTATION_ABORTING + 1; break;
		case 2: secret_clear(&rotation.secret); break;
		case 3: rotation.new_access_key_id[0] = '\0'; break;
		case 4: rotation.idle_s = 1; break;
		case 5: rotation.retire = 0; break;
		}
		assert_false(rotation_record_encode(&rotation, &plain, &err));
		rotation_record_clear(&rotation);
	}
	buf_clear(&plain);
}

static void only_whole_ids_were_seen(void **state)
{
	struct rotation_record rotation;

	(void)state;
	fill(&rotation);
	assert_true(rotation_record_has_seen(&rotation, "AKIAIOSFODNN7EXAMPLE"));
	assert_true(rotation_record_has_seen(&rotation, "AKIAI44QH8DHBEXAMPLE"));
	assert_false(rotation_record_has_seen(&rotation, "AKIAI44QH8DHBEXAMPL"));
	assert_false(rotation_record_has_seen(&rotation, "KIAI44QH8DHBEXAMPLE"));
	assert_false(rotation_record_has_seen(&rotation, ""));
	rotation_record_clear(&rotation);
}

static void the_grace_counts_from_the_switch(void **state)
{
	struct rotation_record rotation;

	(void)state;
	fill(&rotation);
	rotation.off_at = 1795000100;
	assert_int_equal(rotation_record_delete_after(&rotation), 0);
	rotation.step = ROTATION_OFF;
	assert_int_equal(rotation_record_delete_after(&rotation), 1795086500);
	rotation_record_clear(&rotation);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_rotation_comes_back_as_it_was),
	    cmocka_unit_test(a_rotation_that_makes_no_sense_is_not_written),
	    cmocka_unit_test(only_whole_ids_were_seen),
	    cmocka_unit_test(the_grace_counts_from_the_switch),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
