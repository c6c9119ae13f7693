/* SPDX-License-Identifier: MIT */
/* What a later program writes behind a good seal is called that, in every kind of record. */
#include "tests/seal/fixture.h"
#include "vault/seal/box.h"
#include "vault/seal/record/access_key.h"
#include "vault/seal/record/manifest.h"
#include "vault/seal/record/mfa_step.h"
#include "vault/seal/record/record.h"
#include "vault/seal/record/rotation_record.h"
#include "vault/seal/record/session_record.h"
#include "vault/seal/record/settings.h"
#include "vault/seal/record/usage.h"
#include "vault/seal/tlv.h"

#include <stdio.h>

/* Tag 500, one byte. */
#define UNKNOWN "\xf4\1\1\0\0\0x"

static struct buf plain = BUF_INIT(FIXTURE_BYTES_MAX), sealed = BUF_INIT(FIXTURE_BYTES_MAX);
static struct record_row row;

/* The plaintext and one more field, sealed as a later program would and opened as it is here. */
static void reseal(enum record_table table)
{
	const char *name = NULL;
	char copy[RECORD_NAME_MAX + 1];
	size_t len = 0;

	assert_good(buf_append(&plain, UNKNOWN, sizeof(UNKNOWN) - 1, &err));
	assert_good(tlv_name(plain.data, plain.len, &name, &len, &err));
	(void)snprintf(copy, sizeof(copy), "%.*s", (int)len, name);
	row = (struct record_row){.sealed_len = 0};
	assert_good(record_id_new(SEAL_OF(&keys, NULL, 1), table, copy, &row.id, &err));
	assert_good(
	    record_seal(SEAL_OF(&keys, vault_id, 1), &row.id, &plain, row.nonce, &sealed, &err));
	row.sealed = sealed.data;
	row.sealed_len = sealed.len;
	assert_good(record_open(SEAL_OF(&keys, vault_id, 1), &row, copy, &plain, &err));
}

#define ASSERT_NEWER(decode_, what_)                                           \
	do {                                                                   \
		assert_refused(decode_, NEWER);                                \
		assert_non_null(strstr(err.message, "field 500 of " what_));   \
		assert_string_equal(err.hint, "install the newest credvault"); \
	} while (0)

static void an_access_key_with_an_unknown_field_is_newer(void **state)
{
	unsigned char bytes[1024];
	size_t len = unhex(VECTOR_KEY_PLAIN, bytes, sizeof(bytes));
	struct access_key key;

	(void)state;
	access_key_init(&key);
	buf_reset(&plain);
	assert_good(buf_append(&plain, bytes, len, &err));
	reseal(TABLE_KEY);
	ASSERT_NEWER(access_key_decode(plain.data, plain.len, &key, &err), "an access key");
	assert_int_equal(key.secret.len, 0);
	assert_string_equal(key.name, "");
}

static void a_session_with_an_unknown_field_is_newer(void **state)
{
	struct session_record session;

	(void)state;
	session_record_init(&session);
	(void)snprintf(session.origin_name, sizeof(session.origin_name), "prod");
	(void)snprintf(session.access_key_id, sizeof(session.access_key_id), "ASIAEXAMPLE");
	assert_good(secret_set(&session.secret, "secret", 6, &err));
	assert_good(buf_text_append(&session.token, "token", &err));
	buf_reset(&plain);
	assert_good(session_record_encode(&session, &plain, &err));
	reseal(TABLE_SESSION);
	ASSERT_NEWER(session_record_decode(plain.data, plain.len, &session, &err), "a session");
	assert_int_equal(session.secret.len, 0);
	session_record_clear(&session);
}

static void a_rotation_with_an_unknown_field_is_newer(void **state)
{
	struct rotation_record rotation;

	(void)state;
	rotation_record_init(&rotation);
	(void)snprintf(rotation.name, sizeof(rotation.name), "AKIAIOSFODNN7EXAMPLE");
	(void)snprintf(rotation.key_name, sizeof(rotation.key_name), "prod");
	(void)snprintf(rotation.arn, sizeof(rotation.arn), "arn:aws:iam::111122223333:user/x");
	(void)snprintf(rotation.seen, sizeof(rotation.seen), "AKIAIOSFODNN7EXAMPLE");
	rotation.step = ROTATION_INTENDED;
	rotation.retire = ROTATION_DEACTIVATE;
	rotation.grace_s = rotation.begun_at = 1;
	rotation.recovery[0] = 1;
	buf_reset(&plain);
	assert_good(rotation_record_encode(&rotation, &plain, &err));
	reseal(TABLE_ROTATION);
	ASSERT_NEWER(rotation_record_decode(plain.data, plain.len, &rotation, &err), "a rotation");
	rotation_record_clear(&rotation);
}

static void settings_with_an_unknown_field_are_newer(void **state)
{
	struct settings settings;

	(void)state;
	settings_init(&settings);
	buf_reset(&plain);
	assert_good(settings_encode(&settings, &plain, &err));
	reseal(TABLE_SETTINGS);
	ASSERT_NEWER(settings_decode(plain.data, plain.len, &settings, &err), "the settings");
}

static void a_last_use_and_an_mfa_device_with_an_unknown_field_are_newer(void **state)
{
	struct usage usage = {.last_emitted_at = 1};
	struct mfa_step step = {.name = "arn:aws:iam::1:mfa/x", .last_step = 1};

	(void)state;
	usage_name(vault_id, usage.name);
	buf_reset(&plain);
	assert_good(usage_encode(&usage, &plain, &err));
	reseal(TABLE_USAGE);
	ASSERT_NEWER(usage_decode(plain.data, plain.len, &usage, &err), "a last use");
	buf_reset(&plain);
	assert_good(mfa_step_encode(&step, &plain, &err));
	reseal(TABLE_MFA);
	ASSERT_NEWER(mfa_step_decode(plain.data, plain.len, &step, &err), "an MFA device");
}

static void a_manifest_with_an_unknown_field_is_newer(void **state)
{
	struct pae_u64 epoch = pae_u64(1);
	struct pae_item ad[] = {PAE_TEXT("credvault/manifest/v1"), PAE_ID(vault_id),
				PAE_U64(epoch)};
	const struct box box = {.key = keys.at[KEY_MANIFEST].data,
				.ad = ad,
				.ad_count = 3,
				.what = "manifest",
				.max = MANIFEST_SEALED_MAX};
	struct manifest manifest = {.generation = 1, .writer = "x"};
	unsigned char nonce[SEAL_NONCE_BYTES];

	(void)state;
	assert_good(manifest_seal(SEAL_OF(&keys, vault_id, 1), &manifest, nonce, &sealed, &err));
	assert_good(box_open_padded(&box, nonce, sealed.data, sealed.len, &plain, &err));
	assert_good(buf_append(&plain, UNKNOWN, sizeof(UNKNOWN) - 1, &err));
	assert_good(box_seal_padded(&box, plain.data, plain.len, nonce, &sealed, &err));
	ASSERT_NEWER(manifest_open(SEAL_OF(&keys, vault_id, 1), nonce, sealed.data, sealed.len,
				   &manifest, &err),
		     "the manifest");
	assert_int_equal(manifest.generation, 0);
}

static void a_new_vault_key_keeps_fields_that_are_not_known(void **state)
{
	struct buf again = BUF_INIT(FIXTURE_BYTES_MAX), resealed = BUF_INIT(FIXTURE_BYTES_MAX);
	struct record_row next = {.sealed_len = 0};
	struct settings settings;

	(void)state;
	settings_init(&settings);
	buf_reset(&plain);
	assert_good(settings_encode(&settings, &plain, &err));
	reseal(TABLE_SETTINGS);
	assert_good(record_reseal(SEAL_OF(&keys, vault_id, 1), SEAL_OF(&keys, vault_id, 2), &row,
				  &next, &resealed, &err));
	assert_good(record_open(SEAL_OF(&keys, vault_id, 1), &next, SETTINGS_NAME, &again, &err));
	assert_int_equal(again.len, plain.len);
	assert_memory_equal(again.data, plain.data, plain.len);
	buf_clear(&again);
	buf_clear(&resealed);
}

static void a_record_of_an_unknown_table_is_not_sealed_again(void **state)
{
	struct buf resealed = BUF_INIT(FIXTURE_BYTES_MAX);
	struct record_row next = {.sealed_len = 0};

	(void)state;
	buf_reset(&plain);
	assert_good(buf_append(&plain, "\1\0\1\0\0\0n", 7, &err));
	reseal(TABLE_USAGE);
	row.id.table = 9;
	assert_refused(record_reseal(SEAL_OF(&keys, vault_id, 1), SEAL_OF(&keys, vault_id, 2), &row,
				     &next, &resealed, &err),
		       NEWER);
	assert_non_null(strstr(err.message, "a record of table 9"));
	assert_false(record_table_is_known(9) || record_table_is_known(0));
	/* Nobody but the manifest can say whether it is one. */
	assert_refused(record_open(SEAL_OF(&keys, vault_id, 1), &row, NULL, &plain, &err),
		       TAMPERED);
	buf_clear(&resealed);
}

static int close_all(void **state)
{
	buf_clear(&plain);
	buf_clear(&sealed);
	return fixture_close(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_access_key_with_an_unknown_field_is_newer),
	    cmocka_unit_test(a_session_with_an_unknown_field_is_newer),
	    cmocka_unit_test(a_rotation_with_an_unknown_field_is_newer),
	    cmocka_unit_test(settings_with_an_unknown_field_are_newer),
	    cmocka_unit_test(a_last_use_and_an_mfa_device_with_an_unknown_field_are_newer),
	    cmocka_unit_test(a_manifest_with_an_unknown_field_is_newer),
	    cmocka_unit_test(a_new_vault_key_keeps_fields_that_are_not_known),
	    cmocka_unit_test(a_record_of_an_unknown_table_is_not_sealed_again),
	};

	return cmocka_run_group_tests(tests, fixture_open, close_all);
}
