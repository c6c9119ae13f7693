/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/record.h"

#include "tests/seal/fixture.h"
#include "vault/seal/tlv.h"

/* A row whose blob is its own. */
struct owned {
	struct record_row row;
	unsigned char sealed[FIXTURE_BYTES_MAX];
};

static struct buf opened = BUF_INIT(FIXTURE_BYTES_MAX);

static void frozen(struct owned *out)
{
	memset(out, 0, sizeof(*out));
	unhex(VECTOR_KEY_ID, out->row.id.id, SEAL_ID_BYTES);
	out->row.id.table = TABLE_KEY;
	out->row.id.version = 7;
	out->row.id.epoch = 1;
	unhex(VECTOR_KEY_INDEX, out->row.id.name_index, SEAL_DIGEST_BYTES);
	unhex(VECTOR_KEY_NONCE, out->row.nonce, SEAL_NONCE_BYTES);
	out->row.sealed_len = unhex(VECTOR_KEY_SEALED, out->sealed, sizeof(out->sealed));
	out->row.sealed = out->sealed;
}

static struct buf named(const char *name, size_t more)
{
	struct buf plain = BUF_INIT(FIXTURE_BYTES_MAX);
	size_t len = strlen(name);
	unsigned char head[6] = {1, 0, (unsigned char)(len & 0xff), (unsigned char)(len >> 8)};
	static unsigned char zeros[FIXTURE_BYTES_MAX];

	assert_good(buf_append(&plain, head, sizeof(head), &err));
	assert_good(buf_append(&plain, name, len, &err));
	assert_good(buf_append(&plain, zeros, more, &err));
	return plain;
}

static void seal(enum record_table table, const char *name, size_t more, struct owned *out)
{
	struct buf plain = named(name, more), sealed = BUF_INIT(FIXTURE_BYTES_MAX);

	memset(&out->row, 0, sizeof(out->row));
	assert_good(record_id_new(SEAL_OF(&keys, NULL, 1), table, name, &out->row.id, &err));
	assert_good(record_seal(SEAL_OF(&keys, vault_id, 1), &out->row.id, &plain, out->row.nonce,
				&sealed, &err));
	memcpy(out->sealed, sealed.data, sealed.len);
	out->row.sealed = out->sealed;
	out->row.sealed_len = sealed.len;
	buf_clear(&plain);
	buf_clear(&sealed);
}

static bool opens(const struct owned *from, const char *name)
{
	err = ERROR_INIT;
	return record_open(SEAL_OF(&keys, vault_id, 1), &from->row, name, &opened, &err);
}

static void assert_shut(const struct owned *from)
{
	assert_false(opens(from, NULL));
	assert_int_equal(err.code, ERROR_TAMPERED);
	assert_int_equal(opened.len, 0);
}

static void the_frozen_rows_open(void **state)
{
	static struct owned key, use;

	(void)state;
	frozen(&key);
	assert_good(opens(&key, "prod"));
	assert_hex(opened.data, opened.len, VECTOR_KEY_PLAIN);
	unhex(VECTOR_USE_ID, use.row.id.id, SEAL_ID_BYTES);
	use.row.id.table = TABLE_USAGE;
	use.row.id.version = use.row.id.epoch = 1;
	unhex(VECTOR_USE_INDEX, use.row.id.name_index, SEAL_DIGEST_BYTES);
	unhex(VECTOR_USE_NONCE, use.row.nonce, SEAL_NONCE_BYTES);
	use.row.sealed_len = unhex(VECTOR_USE_SEALED, use.sealed, sizeof(use.sealed));
	use.row.sealed = use.sealed;
	assert_good(opens(&use, VECTOR_KEY_ID));
	assert_hex(opened.data, opened.len, VECTOR_USE_PLAIN);
}

static void blind_indexes_are_frozen_and_differ_by_table_and_name(void **state)
{
	unsigned char one[SEAL_DIGEST_BYTES], other[SEAL_DIGEST_BYTES];

	(void)state;
	assert_good(record_name_index(&keys, TABLE_KEY, "prod", one, &err));
	assert_hex(one, sizeof(one), VECTOR_KEY_INDEX);
	assert_good(record_name_index(&keys, TABLE_SETTINGS, "prod", other, &err));
	assert_memory_not_equal(one, other, sizeof(one));
	assert_good(record_name_index(&keys, TABLE_KEY, "prod ", other, &err));
	assert_memory_not_equal(one, other, sizeof(one));
	assert_good(record_name_index(&keys, TABLE_SESSION, "prod", other, &err));
	assert_memory_not_equal(one, other, sizeof(one));
}

static void every_flipped_bit_of_blob_and_nonce_is_noticed(void **state)
{
	static struct owned row;

	(void)state;
	frozen(&row);
	for (size_t i = 0; i < row.row.sealed_len; i++) {
		row.sealed[i] ^= (unsigned char)(1 << i % 8);
		assert_shut(&row);
		row.sealed[i] ^= (unsigned char)(1 << i % 8);
	}
	for (size_t i = 0; i < SEAL_NONCE_BYTES; i++) {
		row.row.nonce[i] ^= 0x10;
		assert_shut(&row);
		row.row.nonce[i] ^= 0x10;
	}
	assert_good(opens(&row, "prod"));
}

static void every_changed_column_is_noticed(void **state)
{
	static struct owned row;

	(void)state;
	for (size_t i = 0; i < SEAL_ID_BYTES; i++) {
		frozen(&row);
		row.row.id.id[i] ^= 1;
		assert_shut(&row);
	}
	for (size_t i = 0; i < SEAL_DIGEST_BYTES; i++) {
		frozen(&row);
		row.row.id.name_index[i] ^= 1;
		assert_shut(&row);
	}
	for (int i = 0; i < 64; i++) {
		frozen(&row);
		row.row.id.version ^= (uint64_t)1 << i;
		assert_shut(&row);
		frozen(&row);
		row.row.id.epoch ^= (uint64_t)1 << i;
		assert_shut(&row);
		frozen(&row);
		row.row.id.table ^= (uint64_t)1 << i;
		assert_shut(&row);
	}
}

static void every_other_length_is_noticed(void **state)
{
	static struct owned row;
	size_t len;

	(void)state;
	frozen(&row);
	len = row.row.sealed_len;
	for (size_t n = 0; n < len; n++) {
		row.row.sealed_len = n;
		assert_shut(&row);
	}
	for (size_t n = len + 1; n < len + 1100; n++) {
		row.row.sealed_len = n;
		assert_shut(&row);
	}
	row.row.sealed_len = RECORD_SEALED_MAX + SEAL_PAD_BYTES;
	assert_shut(&row);
}

static void a_row_of_another_vault_is_refused(void **state)
{
	static struct owned row;
	unsigned char other[SEAL_ID_BYTES];

	(void)state;
	frozen(&row);
	memcpy(other, vault_id, sizeof(other));
	other[3] ^= 1;
	assert_refused(record_open(SEAL_OF(&keys, other, 1), &row.row, NULL, &opened, &err),
		       TAMPERED);
}

/* TRAP 10: exchange the blind indexes of dev and prod, and asking for dev must not give prod. */
static void trap_10_a_blind_index_that_changed_hands_is_refused(void **state)
{
	static struct owned dev, prod;
	unsigned char index[SEAL_DIGEST_BYTES];

	(void)state;
	seal(TABLE_KEY, "dev", 40, &dev);
	seal(TABLE_KEY, "prod", 40, &prod);
	memcpy(index, dev.row.id.name_index, sizeof(index));
	memcpy(dev.row.id.name_index, prod.row.id.name_index, sizeof(index));
	memcpy(prod.row.id.name_index, index, sizeof(index));
	assert_shut(&dev);
	assert_shut(&prod);
}

/* TRAP 10, the second half: even a sound row is refused when another name was asked for. */
static void trap_10_the_name_inside_must_be_the_name_asked_for(void **state)
{
	static struct owned prod;

	(void)state;
	seal(TABLE_KEY, "prod", 40, &prod);
	assert_good(opens(&prod, "prod"));
	assert_false(opens(&prod, "dev"));
	assert_int_equal(err.code, ERROR_TAMPERED);
	assert_int_equal(opened.len, 0);
	assert_false(opens(&prod, "pro"));
	assert_false(opens(&prod, "prod2"));
	assert_false(opens(&prod, ""));
}

/* TRAP 11: an old version says so itself and opens; only the manifest tells that it is old. */
static void trap_11_a_version_cannot_be_raised_and_proves_nothing(void **state)
{
	static struct owned row;

	(void)state;
	frozen(&row);
	assert_good(opens(&row, "prod"));
	row.row.id.version = 8;
	assert_shut(&row);
}

/* TRAP 12: XChaCha20 with random 192-bit nonces, never one twice. */
static void trap_12_no_two_seals_share_nonce_or_ciphertext(void **state)
{
	static struct owned rows[64];

	(void)state;
	for (int i = 0; i < 64; i++) {
		seal(TABLE_KEY, "same", 40, &rows[i]);
		for (int j = 0; j < i; j++) {
			assert_memory_not_equal(rows[i].row.nonce, rows[j].row.nonce,
						SEAL_NONCE_BYTES);
			assert_memory_not_equal(rows[i].sealed, rows[j].sealed, 32);
			assert_memory_not_equal(rows[i].row.id.id, rows[j].row.id.id,
						SEAL_ID_BYTES);
		}
	}
}

static void lengths_show_only_in_steps_of_512(void **state)
{
	static const struct {
		size_t more, sealed;
	} cases[] = {{0, 528}, {501, 528}, {502, 1040}, {1013, 1040}, {32767 - 10, 32784}};
	static struct owned row;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		seal(TABLE_KEY, "name", cases[i].more, &row);
		assert_int_equal(row.row.sealed_len, cases[i].sealed);
		assert_good(opens(&row, "name"));
		assert_int_equal(opened.len, cases[i].more + 10);
	}
}

static void what_is_too_long_is_not_sealed(void **state)
{
	struct buf plain = named("name", RECORD_PLAIN_MAX), sealed = BUF_INIT(FIXTURE_BYTES_MAX);
	unsigned char nonce[SEAL_NONCE_BYTES];
	struct record_id id;

	(void)state;
	assert_good(record_id_new(SEAL_OF(&keys, NULL, 1), TABLE_KEY, "name", &id, &err));
	assert_refused(record_seal(SEAL_OF(&keys, vault_id, 1), &id, &plain, nonce, &sealed, &err),
		       FAILED);
	buf_clear(&plain);
	buf_clear(&sealed);
}

static void a_record_is_not_sealed_under_another_name(void **state)
{
	struct buf plain = named("dev", 4), sealed = BUF_INIT(FIXTURE_BYTES_MAX);
	unsigned char nonce[SEAL_NONCE_BYTES];
	struct record_id id;

	(void)state;
	assert_good(record_id_new(SEAL_OF(&keys, NULL, 1), TABLE_KEY, "prod", &id, &err));
	assert_refused(record_seal(SEAL_OF(&keys, vault_id, 1), &id, &plain, nonce, &sealed, &err),
		       FAILED);
	assert_int_equal(sealed.len, 0);
	buf_clear(&plain);
	buf_clear(&sealed);
}

static void names_are_bounded(void **state)
{
	unsigned char out[SEAL_DIGEST_BYTES];
	char name[RECORD_NAME_MAX + 2];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[RECORD_NAME_MAX] = '\0';
	assert_good(record_name_index(&keys, TABLE_MFA, name, out, &err));
	name[RECORD_NAME_MAX] = 'n';
	name[RECORD_NAME_MAX + 1] = '\0';
	assert_refused(record_name_index(&keys, TABLE_MFA, name, out, &err), USAGE);
	assert_refused(record_name_index(&keys, TABLE_MFA, "", out, &err), USAGE);
	assert_refused(record_name_index(&keys, (enum record_table)9, "n", out, &err), TAMPERED);
	assert_refused(record_name_index(&keys, (enum record_table)0, "n", out, &err), TAMPERED);
}

static void after_the_idle_limit_sessions_open_and_keys_do_not(void **state)
{
	static struct owned rows[TABLE_SETTINGS + 1];
	static const bool open[] = {false, false, true, true, true, false};
	struct keys idle = {0};

	(void)state;
	assert_good(keys_derive(&vault_key, &idle, &err));
	keys_clear_records(&idle);
	for (int table = TABLE_KEY; table <= TABLE_SETTINGS; table++) {
		seal((enum record_table)table, "name", 4, &rows[table]);
		assert_good(opens(&rows[table], "name"));
		err = ERROR_INIT;
		assert_int_equal(record_open(SEAL_OF(&idle, vault_id, 1), &rows[table].row, "name",
					     &opened, &err),
				 open[table]);
		assert_int_equal(err.code, open[table] ? ERROR_NONE : ERROR_LOCKED);
	}
	keys_clear(&idle);
}

static void rows_do_not_move_between_tables_of_one_key(void **state)
{
	static struct owned row;

	(void)state;
	seal(TABLE_USAGE, "name", 4, &row);
	row.row.id.table = TABLE_MFA;
	assert_shut(&row);
	assert_good(record_name_index(&keys, TABLE_MFA, "name", row.row.id.name_index, &err));
	assert_shut(&row);
}

static int teardown(void **state)
{
	buf_clear(&opened);
	return fixture_close(state);
}

static void a_record_sealed_again_opens_under_the_new_keys_alone(void **state)
{
	struct buf sealed = BUF_INIT(FIXTURE_BYTES_MAX);
	struct secret next = SECRET_EMPTY;
	struct owned from, to = {.row.sealed_len = 0};
	struct keys fresh = {0};

	(void)state;
	frozen(&from);
	assert_good(keys_new_vault_key(&next, &err));
	assert_good(keys_derive(&next, &fresh, &err));
	assert_good(record_reseal(SEAL_OF(&keys, vault_id, 1), SEAL_OF(&fresh, vault_id, 2),
				  &from.row, &to.row, &sealed, &err));
	assert_int_equal(to.row.id.epoch, 2);
	assert_int_equal(to.row.id.version, from.row.id.version);
	assert_memory_equal(to.row.id.id, from.row.id.id, SEAL_ID_BYTES);
	assert_memory_not_equal(to.row.id.name_index, from.row.id.name_index, SEAL_DIGEST_BYTES);
	assert_refused(opens(&to, "prod"), TAMPERED);
	assert_good(record_open(SEAL_OF(&fresh, vault_id, 1), &to.row, "prod", &opened, &err));
	assert_hex(opened.data, opened.len, VECTOR_KEY_PLAIN);
	from.sealed[0] ^= 1;
	assert_refused(record_reseal(SEAL_OF(&keys, vault_id, 1), SEAL_OF(&fresh, vault_id, 2),
				     &from.row, &to.row, &sealed, &err),
		       TAMPERED);
	keys_clear(&fresh);
	secret_clear(&next);
	buf_clear(&sealed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_frozen_rows_open),
	    cmocka_unit_test(blind_indexes_are_frozen_and_differ_by_table_and_name),
	    cmocka_unit_test(every_flipped_bit_of_blob_and_nonce_is_noticed),
	    cmocka_unit_test(every_changed_column_is_noticed),
	    cmocka_unit_test(every_other_length_is_noticed),
	    cmocka_unit_test(a_row_of_another_vault_is_refused),
	    cmocka_unit_test(trap_10_a_blind_index_that_changed_hands_is_refused),
	    cmocka_unit_test(trap_10_the_name_inside_must_be_the_name_asked_for),
	    cmocka_unit_test(trap_11_a_version_cannot_be_raised_and_proves_nothing),
	    cmocka_unit_test(trap_12_no_two_seals_share_nonce_or_ciphertext),
	    cmocka_unit_test(lengths_show_only_in_steps_of_512),
	    cmocka_unit_test(what_is_too_long_is_not_sealed),
	    cmocka_unit_test(a_record_is_not_sealed_under_another_name),
	    cmocka_unit_test(names_are_bounded),
	    cmocka_unit_test(after_the_idle_limit_sessions_open_and_keys_do_not),
	    cmocka_unit_test(rows_do_not_move_between_tables_of_one_key),
	    cmocka_unit_test(a_record_sealed_again_opens_under_the_new_keys_alone),
	};

	return cmocka_run_group_tests(tests, fixture_open, teardown);
}
