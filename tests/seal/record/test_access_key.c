/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/access_key.h"

#include "tests/seal/fixture.h"
#include "vault/seal/record/rotation_record.h"

#include <stdio.h>

#define SET(field_, text_) ((void)snprintf((field_), sizeof(field_), "%s", (text_)))

static struct access_key sample(void)
{
	static const char secret[] = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
	struct access_key key;

	access_key_init(&key);
	SET(key.name, "prod");
	SET(key.access_key_id, "AKIAIOSFODNN7EXAMPLE");
	assert_good(secret_set(&key.secret, secret, sizeof(secret) - 1, &err));
	SET(key.mfa_serial, "arn:aws:iam::444455556666:mfa/dev");
	key.mfa_required = true;
	SET(key.region, "eu-west-1");
	key.created_at = VECTOR_CREATED;
	return key;
}

static void the_frozen_plaintext_is_written_and_read(void **state)
{
	struct access_key key = sample(), got;
	struct buf out = BUF_INIT(4096);
	unsigned char plain[1024];
	size_t len = unhex(VECTOR_KEY_PLAIN, plain, sizeof(plain));

	(void)state;
	access_key_init(&got);
	assert_good(access_key_encode(&key, &out, &err));
	assert_hex(out.data, out.len, VECTOR_KEY_PLAIN);
	assert_good(access_key_decode(plain, len, &got, &err));
	assert_string_equal(got.name, "prod");
	assert_memory_equal(got.secret.data, key.secret.data, key.secret.len);
	assert_true(got.mfa_required);
	assert_int_equal(got.created_at, VECTOR_CREATED);
	assert_int_equal(got.added_at, 0);
	assert_true(got.retire == 0 && got.idle_s == 0 && !got.ageless);
	assert_string_equal(got.hooks, "");
	buf_clear(&out);
	access_key_clear(&key);
	access_key_clear(&got);
}

static void every_field_survives(void **state)
{
	struct access_key key = sample(), got;
	struct buf out = BUF_INIT(4096), again = BUF_INIT(4096);

	(void)state;
	access_key_init(&got);
	SET(key.account_id, "444455556666");
	SET(key.user_name, "dev");
	SET(key.arn, "arn:aws:iam::444455556666:user/dev");
	key.endpoint_class = ACCESS_KEY_AT_HOST;
	SET(key.endpoint_host, "sts.example.com");
	key.added_at = 1;
	key.rotated_at = 2;
	key.max_age_s = 3;
	SET(key.policy, "read-only");
	SET(key.note, "a note, with Umlauten: \xc3\xa4");
	key.retire = ROTATION_WHEN_IDLE;
	key.idle_s = 4;
	SET(key.hooks, "[\"./put-ci-secret\"]");
	assert_good(access_key_encode(&key, &out, &err));
	assert_good(access_key_decode(out.data, out.len, &got, &err));
	assert_good(access_key_encode(&got, &again, &err));
	assert_int_equal(out.len, again.len);
	assert_memory_equal(out.data, again.data, out.len);
	assert_string_equal(got.note, key.note);
	assert_string_equal(got.endpoint_host, key.endpoint_host);
	assert_true(got.added_at == 1 && got.rotated_at == 2 && got.max_age_s == 3);
	assert_true(got.retire == ROTATION_WHEN_IDLE && got.idle_s == 4 && !got.ageless);
	assert_string_equal(got.hooks, key.hooks);
	buf_clear(&out);
	buf_clear(&again);
	access_key_clear(&key);
	access_key_clear(&got);
}

static void what_cannot_be_a_key_is_not_written(void **state)
{
	struct buf out = BUF_INIT(4096);
	struct access_key key;

	(void)state;
#define REFUSE(change_)                                                      \
	do {                                                                 \
		key = sample();                                              \
		change_;                                                     \
		assert_refused(access_key_encode(&key, &out, &err), FAILED); \
		access_key_clear(&key);                                      \
	} while (0)
	REFUSE(key.name[0] = '\0');
	REFUSE(SET(key.name, "a  b"));
	REFUSE(key.access_key_id[0] = '\0');
	REFUSE(secret_clear(&key.secret));
	REFUSE(key.endpoint_class = 0);
	REFUSE(key.endpoint_class = 4);
	REFUSE(key.endpoint_class = ACCESS_KEY_AT_HOST);
	REFUSE(SET(key.endpoint_host, "sts.example.com"));
	REFUSE(SET(key.note, "two\nlines"));
	REFUSE(key.created_at = -1);
	REFUSE(key.retire = 4);
	REFUSE(key.retire = ROTATION_WHEN_IDLE);
	REFUSE(key.idle_s = 60);
	REFUSE(SET(key.hooks, "[\"a\",\n\"b\"]"));
	REFUSE((key.ageless = true, key.max_age_s = 60));
#undef REFUSE
	buf_clear(&out);
}

static void a_plaintext_that_lacks_or_adds_a_field_is_refused(void **state)
{
	struct access_key key = sample(), got;
	struct buf out = BUF_INIT(4096);

	(void)state;
	access_key_init(&got);
	assert_good(access_key_encode(&key, &out, &err));
	for (size_t len = 0; len < out.len; len++) {
		/* Without its last field, a time that is optional, it is whole. */
		if (len == out.len - 14)
			continue;
		assert_refused(access_key_decode(out.data, len, &got, &err), TAMPERED);
		assert_int_equal(got.secret.len, 0);
		assert_string_equal(got.name, "");
	}
	assert_good(buf_append(&out, "\x7f\0\1\0\0\0x", 7, &err));
	assert_refused(access_key_decode(out.data, out.len, &got, &err), NEWER);
	assert_int_equal(got.secret.len, 0);
	buf_clear(&out);
	access_key_clear(&key);
}

static void a_plaintext_with_an_unknown_endpoint_class_is_refused(void **state)
{
	unsigned char plain[1024];
	size_t len = unhex(VECTOR_KEY_PLAIN, plain, sizeof(plain));
	struct access_key got;

	(void)state;
	access_key_init(&got);
	/* The number of class 10 stands before the last field: 14 bytes from the end, 8 long. */
	assert_int_equal(plain[len - 14 - 8], ACCESS_KEY_AT_AWS);
	plain[len - 14 - 8] = 9;
	assert_refused(access_key_decode(plain, len, &got, &err), TAMPERED);
	plain[len - 14 - 8] = ACCESS_KEY_AT_HOST;
	assert_refused(access_key_decode(plain, len, &got, &err), TAMPERED);
}

static void clearing_twice_is_harmless(void **state)
{
	struct access_key key = sample();

	(void)state;
	access_key_clear(&key);
	assert_int_equal(key.secret.len, 0);
	assert_int_equal(key.endpoint_class, ACCESS_KEY_AT_AWS);
	access_key_clear(&key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_frozen_plaintext_is_written_and_read),
	    cmocka_unit_test(every_field_survives),
	    cmocka_unit_test(what_cannot_be_a_key_is_not_written),
	    cmocka_unit_test(a_plaintext_that_lacks_or_adds_a_field_is_refused),
	    cmocka_unit_test(a_plaintext_with_an_unknown_endpoint_class_is_refused),
	    cmocka_unit_test(clearing_twice_is_harmless),
	};

	return FIXTURE_RUN(tests);
}
