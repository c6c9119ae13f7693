/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/session_record.h"

#include "tests/seal/fixture.h"
#include "vault/seal/record/mfa_step.h"
#include "vault/seal/record/record.h"
#include "vault/seal/record/rotation_record.h"
#include "vault/seal/record/settings.h"
#include "vault/seal/record/usage.h"

#include <stdio.h>

#define SET(field_, text_) ((void)snprintf((field_), sizeof(field_), "%s", (text_)))

static struct session_record sample(size_t token_len)
{
	struct session_record session;

	session_record_init(&session);
	memset(session.step, 0xab, sizeof(session.step));
	SET(session.profile, "app-dev");
	SET(session.origin_name, "prod");
	SET(session.access_key_id, "ASIAIOSFODNN7EXAMPLE");
	assert_good(secret_set(&session.secret, "secret", 6, &err));
	assert_good(buf_reserve(&session.token, token_len, &err));
	for (size_t i = 0; i < token_len; i++)
		assert_good(buf_append(&session.token, "t", 1, &err));
	session.expires_at = 100;
	session.mfa = true;
	SET(session.role_arn, "arn:aws:iam::444455556666:role/terraform");
	SET(session.account_id, "444455556666");
	session.minted_at = 10;
	return session;
}

static void every_field_of_a_session_survives_the_seal(void **state)
{
	struct session_record session = sample(SESSION_TOKEN_MAX), got;
	struct buf plain = BUF_INIT(RECORD_PLAIN_MAX + 1), sealed = BUF_INIT(RECORD_SEALED_MAX);
	struct record_row row = {0};
	char name[SESSION_NAME_BYTES];

	(void)state;
	session_record_init(&got);
	session_record_name(session.step, name);
	assert_good(session_record_encode(&session, &plain, &err));
	assert_good(record_id_new(SEAL_OF(&keys, NULL, 1), TABLE_SESSION, name, &row.id, &err));
	assert_good(
	    record_seal(SEAL_OF(&keys, vault_id, 1), &row.id, &plain, row.nonce, &sealed, &err));
	row.sealed = sealed.data;
	row.sealed_len = sealed.len;
	assert_good(record_open(SEAL_OF(&keys, vault_id, 1), &row, name, &plain, &err));
	assert_good(session_record_decode(plain.data, plain.len, &got, &err));
	assert_string_equal(got.name, name);
	assert_memory_equal(got.step, session.step, sizeof(got.step));
	assert_string_equal(got.profile, "app-dev");
	assert_string_equal(got.origin_name, "prod");
	assert_memory_equal(got.secret.data, "secret", 6);
	assert_int_equal(got.token.len, SESSION_TOKEN_MAX);
	assert_memory_equal(got.token.data, session.token.data, SESSION_TOKEN_MAX);
	assert_true(got.expires_at == 100 && got.mfa && got.minted_at == 10);
	assert_string_equal(got.role_arn, session.role_arn);
	assert_string_equal(got.account_id, session.account_id);
	buf_clear(&plain);
	buf_clear(&sealed);
	session_record_clear(&session);
	session_record_clear(&got);
}

static void a_session_without_its_token_or_secret_is_not_written(void **state)
{
	struct session_record session = sample(0);
	struct buf out = BUF_INIT(FIXTURE_BYTES_MAX);

	(void)state;
	assert_refused(session_record_encode(&session, &out, &err), FAILED);
	session_record_clear(&session);
	session = sample(5);
	secret_clear(&session.secret);
	assert_refused(session_record_encode(&session, &out, &err), FAILED);
	session_record_clear(&session);
	buf_clear(&out);
}

static void a_session_whose_name_is_not_its_steps_digest_is_refused(void **state)
{
	struct session_record session = sample(5), got;
	struct buf out = BUF_INIT(FIXTURE_BYTES_MAX);

	(void)state;
	session_record_init(&got);
	assert_good(session_record_encode(&session, &out, &err));
	assert_good(session_record_decode(out.data, out.len, &got, &err));
	out.data[6] ^= 1;
	assert_refused(session_record_decode(out.data, out.len, &got, &err), TAMPERED);
	assert_int_equal(got.secret.len, 0);
	assert_int_equal(got.token.len, 0);
	session_record_clear(&session);
	buf_clear(&out);
}

static void every_truncated_session_is_refused(void **state)
{
	struct session_record session = sample(5), got;
	struct buf out = BUF_INIT(FIXTURE_BYTES_MAX);

	(void)state;
	session_record_init(&got);
	assert_good(session_record_encode(&session, &out, &err));
	for (size_t len = 0; len < out.len; len++)
		assert_refused(session_record_decode(out.data, len, &got, &err), TAMPERED);
	session_record_clear(&session);
	buf_clear(&out);
}

static void a_usage_record_is_the_frozen_one(void **state)
{
	struct usage usage = {.last_emitted_at = VECTOR_CREATED}, got;
	struct buf out = BUF_INIT(1024);
	unsigned char id[SEAL_ID_BYTES];

	(void)state;
	unhex(VECTOR_KEY_ID, id, sizeof(id));
	usage_name(id, usage.name);
	assert_good(usage_encode(&usage, &out, &err));
	assert_hex(out.data, out.len, VECTOR_USE_PLAIN);
	assert_good(usage_decode(out.data, out.len, &got, &err));
	assert_memory_equal(&got, &usage, sizeof(got));
	for (size_t len = 0; len < out.len; len++)
		assert_refused(usage_decode(out.data, len, &got, &err), TAMPERED);
	assert_int_equal(got.last_emitted_at, 0);
	buf_clear(&out);
}

static void an_mfa_step_knows_its_last_code_again(void **state)
{
	static const char serial[] = "arn:aws:iam::444455556666:mfa/dev";
	struct mfa_step step = {.last_step = 59}, got;
	unsigned char other[SEAL_DIGEST_BYTES];
	struct buf out = BUF_INIT(1024);
	struct keys none = {0};

	(void)state;
	SET(step.name, serial);
	assert_good(mfa_step_encode(&step, &out, &err));
	assert_good(mfa_step_decode(out.data, out.len, &got, &err));
	assert_int_equal(got.last_step, 59);
	buf_reset(&out);
	assert_good(mfa_step_digest(&keys, serial, "123456", step.code_digest, &err));
	assert_good(mfa_step_encode(&step, &out, &err));
	assert_good(mfa_step_decode(out.data, out.len, &got, &err));
	assert_memory_equal(got.code_digest, step.code_digest, SEAL_DIGEST_BYTES);
	assert_good(mfa_step_digest(&keys, serial, "123457", other, &err));
	assert_memory_not_equal(other, step.code_digest, SEAL_DIGEST_BYTES);
	assert_good(mfa_step_digest(&keys, "arn", "123456", other, &err));
	assert_memory_not_equal(other, step.code_digest, SEAL_DIGEST_BYTES);
	assert_refused(mfa_step_digest(&none, serial, "123456", other, &err), LOCKED);
	assert_refused(mfa_step_decode(out.data, out.len - 1, &got, &err), TAMPERED);
	buf_clear(&out);
}

/* As it was written before there were fields 6 to 10. */
static void a_row_without_the_rotations_defaults_has_the_built_in_ones(void **state)
{
	struct settings settings, got;
	struct buf out = BUF_INIT(1024);
	size_t later = 3 * (6 + 8), whole = 0;

	(void)state;
	settings_init(&settings);
	assert_good(settings_encode(&settings, &out, &err));
	for (size_t len = 0; len < out.len; len++) {
		settings_init(&got);
		got.idle_s = 1;
		if (settings_decode(out.data, len, &got, &err)) {
			assert_true(len >= out.len - later);
			whole++;
		}
		assert_int_equal(got.idle_s, 900);
		assert_int_equal(got.lead_s, 7 * 86400);
		assert_int_equal(got.retire, ROTATION_DEACTIVATE);
		assert_int_equal(got.grace_s, 86400);
		assert_false(got.through_sleep);
		err = ERROR_INIT;
	}
	/* Without all three, without two, without the last. */
	assert_int_equal(whole, 3);
	buf_clear(&out);
}

static void the_rotations_defaults_survive(void **state)
{
	struct settings settings, got;
	struct buf out = BUF_INIT(1024);

	(void)state;
	settings_init(&settings);
	settings.lead_s = 3600;
	settings.retire = ROTATION_WHEN_IDLE;
	settings.retire_idle_s = 7200;
	settings.grace_s = 60;
	settings.through_sleep = true;
	assert_good(settings_encode(&settings, &out, &err));
	assert_good(settings_decode(out.data, out.len, &got, &err));
	assert_true(got.lead_s == 3600 && got.retire == ROTATION_WHEN_IDLE);
	assert_true(got.retire_idle_s == 7200 && got.grace_s == 60 && got.through_sleep);
	settings.retire = ROTATION_DELETE;
	assert_refused(settings_encode(&settings, &out, &err), FAILED);
	settings.retire_idle_s = 0;
	settings.retire = 4;
	assert_refused(settings_encode(&settings, &out, &err), FAILED);
	buf_clear(&out);
}

static void a_session_of_an_older_program_is_read_without_its_retired_field(void **state)
{
	static const unsigned char mfa[] = {9, 0, 1, 0, 0, 0, 1},
				   until[] = {10, 0, 8, 0, 0, 0, 90, 0, 0, 0, 0, 0, 0, 0};
	struct session_record session = sample(4), got;
	struct buf plain = BUF_INIT(RECORD_PLAIN_MAX + 1), old = BUF_INIT(RECORD_PLAIN_MAX + 1);
	size_t at = 0;

	(void)state;
	session_record_init(&got);
	assert_good(session_record_encode(&session, &plain, &err));
	while (memcmp(plain.data + at, mfa, sizeof(mfa)) != 0)
		at++;
	at += sizeof(mfa);
	assert_good(buf_append(&old, plain.data, at, &err));
	assert_good(buf_append(&old, until, sizeof(until), &err));
	assert_good(buf_append(&old, plain.data + at, plain.len - at, &err));
	assert_good(session_record_decode(old.data, old.len, &got, &err));
	buf_reset(&old);
	assert_good(session_record_encode(&got, &old, &err));
	assert_int_equal(old.len, plain.len);
	assert_memory_equal(old.data, plain.data, plain.len);
	buf_clear(&plain);
	buf_clear(&old);
	session_record_clear(&session);
	session_record_clear(&got);
}

static void settings_survive_and_limits_of_zero_do_not(void **state)
{
	struct settings settings, got;
	struct buf out = BUF_INIT(1024);

	(void)state;
	settings_init(&settings);
	assert_true(settings.idle_s == 900 && settings.limit_s == 28800);
	settings.idle_s = 60;
	settings.max_age_s = 0;
	assert_good(settings_encode(&settings, &out, &err));
	assert_good(settings_decode(out.data, out.len, &got, &err));
	assert_true(got.idle_s == 60 && got.limit_s == 28800 && got.max_age_s == 0);
	out.data[6] = 'S';
	assert_refused(settings_decode(out.data, out.len, &got, &err), TAMPERED);
	settings.idle_s = 0;
	assert_refused(settings_encode(&settings, &out, &err), FAILED);
	settings_init(&settings);
	settings.limit_s = 0;
	assert_refused(settings_encode(&settings, &out, &err), FAILED);
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_field_of_a_session_survives_the_seal),
	    cmocka_unit_test(a_session_without_its_token_or_secret_is_not_written),
	    cmocka_unit_test(a_session_whose_name_is_not_its_steps_digest_is_refused),
	    cmocka_unit_test(every_truncated_session_is_refused),
	    cmocka_unit_test(a_usage_record_is_the_frozen_one),
	    cmocka_unit_test(an_mfa_step_knows_its_last_code_again),
	    cmocka_unit_test(a_session_of_an_older_program_is_read_without_its_retired_field),
	    cmocka_unit_test(settings_survive_and_limits_of_zero_do_not),
	    cmocka_unit_test(a_row_without_the_rotations_defaults_has_the_built_in_ones),
	    cmocka_unit_test(the_rotations_defaults_survive),
	};

	return FIXTURE_RUN(tests);
}
