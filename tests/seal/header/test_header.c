/* SPDX-License-Identifier: MIT */
#include "vault/seal/header/header.h"

#include "tests/seal/fixture.h"
#include "vault/seal/pae.h"

static unsigned char frozen[HEADER_BYTES_MAX];
static size_t frozen_len;

static struct secret secret_of(const char *text)
{
	struct secret out = SECRET_EMPTY;

	assert_good(secret_set(&out, text, strlen(text), &err));
	return out;
}

/* Opens `bytes` with what is typed; true when that gave the vectors' vault key. */
static bool opens(void *bytes, size_t len, const char *typed, size_t *slot)
{
	struct secret phrase = secret_of(typed), got = SECRET_EMPTY;
	struct header header;
	bool ok;

	err = ERROR_INIT;
	ok = header_open(&(struct buf){.data = bytes, .len = len}, &phrase, &header, &got, slot,
			 &err);
	if (ok)
		assert_memory_equal(got.data, vault_key.data, SEAL_KEY_BYTES);
	else
		assert_int_equal(got.len, 0);
	secret_clear(&phrase);
	secret_clear(&got);
	return ok;
}

/* What every reader does with a vault key at hand, without any derivation. */
static bool verifies(const void *bytes, size_t len)
{
	struct header header;

	err = ERROR_INIT;
	return header_decode(bytes, len, &header, &err) && header_verify(&header, &vault_key, &err);
}

static int setup(void **state)
{
	if (fixture_open(state) != 0)
		return -1;
	frozen_len = unhex(VECTOR_HEADER, frozen, sizeof(frozen));
	return 0;
}

static void the_frozen_header_opens_by_passphrase_code_and_key_file(void **state)
{
	struct secret key = SECRET_EMPTY, got = SECRET_EMPTY;
	struct header header;
	size_t slot = 99;

	(void)state;
	assert_good(opens(frozen, frozen_len, VECTOR_PASSPHRASE, &slot));
	assert_int_equal(slot, 0);
	assert_good(opens(frozen, frozen_len, VECTOR_CODE_TEXT, &slot));
	assert_int_equal(slot, 1);
	assert_good(secret_alloc(&key, SEAL_KEY_BYTES, &err));
	unhex(VECTOR_KEY_FILE, key.data, SEAL_KEY_BYTES);
	assert_good(header_open_private(&(struct buf){.data = (char *)frozen, .len = frozen_len},
					SLOT_KEY_FILE, &key, &header, &got, &slot, &err));
	assert_int_equal(slot, 2);
	assert_memory_equal(got.data, vault_key.data, SEAL_KEY_BYTES);
	assert_memory_equal(header.vault_id, vault_id, SEAL_ID_BYTES);
	assert_int_equal(header.created, VECTOR_CREATED);
	assert_refused(header_open_private(&(struct buf){.data = (char *)frozen, .len = frozen_len},
					   SLOT_X25519, &key, &header, &got, &slot, &err),
		       WRONG_PASSPHRASE);
	secret_clear(&key);
	secret_clear(&got);
}

static void the_frozen_header_is_written_again_byte_for_byte(void **state)
{
	struct buf out = BUF_INIT(HEADER_BYTES_MAX);
	struct header header;
	unsigned char digest[SEAL_DIGEST_BYTES];

	(void)state;
	assert_good(header_decode(frozen, frozen_len, &header, &err));
	memset(header.mac, 0, sizeof(header.mac));
	assert_good(header_encode(&header, &vault_key, &out, &err));
	assert_hex(out.data, out.len, VECTOR_HEADER);
	header_digest(out.data, out.len, digest);
	assert_hex(digest, sizeof(digest), VECTOR_HEADER_DIGEST);
	buf_clear(&out);
}

static void a_wrong_passphrase_is_told_with_the_slots(void **state)
{
	size_t slot;

	(void)state;
	assert_false(opens(frozen, frozen_len, "wrong horse battery staple", &slot));
	assert_int_equal(err.code, ERROR_WRONG_PASSPHRASE);
	assert_string_equal(err.message, "wrong passphrase, or the vault's header was changed");
	assert_non_null(strstr(err.detail, "Nothing was changed. Caps Lock? The recovery code"));
	assert_non_null(strstr(err.detail, "slots: passphrase (2026-11-20), recovery, key file"));
}

static void a_misspelt_code_is_told_as_such(void **state)
{
	char text[] = VECTOR_CODE_TEXT;
	size_t slot;

	(void)state;
	text[4] = '3';
	assert_false(opens(frozen, frozen_len, text, &slot));
	assert_int_equal(err.code, ERROR_WRONG_PASSPHRASE);
	assert_non_null(strstr(err.detail, "typing mistake"));
}

static void opens_by_passphrase(const char *text)
{
	static const struct kdf_cost cost = {64 * KDF_MIB, 3};
	struct secret phrase = secret_of(text);
	struct buf out = BUF_INIT(HEADER_BYTES_MAX);
	struct header header;
	struct slot_vault at;
	struct slot slot;
	size_t index;

	header_init(&header, &vault_key, 1);
	at = header_vault(&header);
	assert_good(slot_seal_passphrase(&(struct slot_wrapping){&at, &vault_key, 1}, &phrase,
					 &cost, &slot, &err));
	assert_good(header_add(&header, &slot, &err));
	assert_good(header_encode(&header, &vault_key, &out, &err));
	assert_good(opens(out.data, out.len, text, &index));
	secret_clear(&phrase);
	buf_clear(&out);
}

static void a_passphrase_that_looks_like_a_code_is_still_a_passphrase(void **state)
{
	char misspelt[] = VECTOR_CODE_TEXT;

	(void)state;
	opens_by_passphrase(VECTOR_CODE_TEXT);
	misspelt[4] = '3';
	opens_by_passphrase(misspelt);
}

static void every_flipped_bit_is_noticed(void **state)
{
	(void)state;
	assert_good(verifies(frozen, frozen_len));
	for (size_t i = 0; i < frozen_len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			frozen[i] ^= (unsigned char)(1 << bit);
			assert_false(verifies(frozen, frozen_len));
			assert_true(err.code == ERROR_TAMPERED || err.code == ERROR_FAILED);
			frozen[i] ^= (unsigned char)(1 << bit);
		}
	}
}

static void every_truncation_and_every_addition_is_noticed(void **state)
{
	(void)state;
	for (size_t len = 0; len < frozen_len; len++)
		assert_refused(verifies(frozen, len), TAMPERED);
	frozen[frozen_len] = 0;
	assert_refused(verifies(frozen, frozen_len + 1), TAMPERED);
	assert_refused(verifies(frozen, sizeof(frozen)), TAMPERED);
}

static void slots_that_change_places_are_noticed(void **state)
{
	struct buf out = BUF_INIT(HEADER_BYTES_MAX);
	unsigned char mac[SEAL_DIGEST_BYTES];
	struct header header;
	struct slot first;

	(void)state;
	assert_good(header_decode(frozen, frozen_len, &header, &err));
	memcpy(mac, header.mac, sizeof(mac));
	first = header.slots[1];
	header.slots[1] = header.slots[2];
	header.slots[2] = first;
	assert_refused(header_verify(&header, &vault_key, &err), TAMPERED);
	assert_good(header_decode(frozen, frozen_len, &header, &err));
	header.slots_count = 2;
	assert_refused(header_verify(&header, &vault_key, &err), TAMPERED);
	buf_clear(&out);
}

/* TRAP 9: absent is invalid; a header without its MAC, or with an empty one, is none. */
static void trap_9_a_header_without_a_mac_is_refused(void **state)
{
	(void)state;
	assert_refused(verifies(frozen, frozen_len - SEAL_DIGEST_BYTES), TAMPERED);
	memset(frozen + frozen_len - SEAL_DIGEST_BYTES, 0, SEAL_DIGEST_BYTES);
	assert_refused(verifies(frozen, frozen_len), TAMPERED);
	frozen_len = unhex(VECTOR_HEADER, frozen, sizeof(frozen));
}

/* TRAP 7, through the whole door: refused at once, in a header that is otherwise whole. */
static void trap_7_one_slot_outside_the_bounds_shuts_the_vault(void **state)
{
	struct buf out = BUF_INIT(HEADER_BYTES_MAX);
	unsigned char bytes[HEADER_BYTES_MAX];
	struct pae_u64 was = pae_u64(64 * KDF_MIB), cost = pae_u64(4096 * KDF_GIB);
	struct header header;
	size_t slot, hits = 0;

	(void)state;
	memcpy(bytes, frozen, frozen_len);
	for (size_t i = 0; i + 8 < frozen_len; i++) {
		if (memcmp(bytes + i, was.bytes, 8) == 0) {
			memcpy(bytes + i, cost.bytes, 8);
			hits++;
		}
	}
	assert_int_equal(hits, 1);
	assert_false(opens(bytes, frozen_len, VECTOR_CODE_TEXT, &slot));
	assert_int_equal(err.code, ERROR_TAMPERED);
	assert_non_null(strstr(err.message, "cost outside the bounds"));
	/* And we write none either. */
	assert_good(header_decode(frozen, frozen_len, &header, &err));
	header.slots[0].cost.passes = 2;
	assert_refused(header_encode(&header, &vault_key, &out, &err), TAMPERED);
	assert_int_equal(out.len, 0);
	buf_clear(&out);
}

static void a_fitting_slot_in_a_changed_header_is_tampering_and_no_wrong_passphrase(void **state)
{
	size_t slot;

	(void)state;
	frozen[frozen_len - 1] ^= 1;
	assert_false(opens(frozen, frozen_len, VECTOR_CODE_TEXT, &slot));
	assert_int_equal(err.code, ERROR_TAMPERED);
	assert_false(opens(frozen, frozen_len, VECTOR_PASSPHRASE, &slot));
	assert_int_equal(err.code, ERROR_TAMPERED);
	frozen[frozen_len - 1] ^= 1;
}

/* A slot of our vault key in a header that commits to another key. */
static void a_header_that_commits_to_another_key_is_refused(void **state)
{
	struct buf out = BUF_INIT(HEADER_BYTES_MAX);
	struct header header;

	(void)state;
	assert_good(header_decode(frozen, frozen_len, &header, &err));
	assert_refused(header_verify(&header, &keys.at[KEY_RECORD], &err), TAMPERED);
	header.commitment[0] ^= 1;
	assert_refused(header_verify(&header, &vault_key, &err), TAMPERED);
	/* Even when the MAC is right. */
	assert_good(header_encode(&header, &vault_key, &out, &err));
	assert_refused(verifies(out.data, out.len), TAMPERED);
	buf_clear(&out);
}

static void a_newer_file_is_refused_as_newer(void **state)
{
	struct buf out = BUF_INIT(HEADER_BYTES_MAX);
	struct header header, got;

	(void)state;
	assert_good(header_decode(frozen, frozen_len, &header, &err));
	header.format = 2;
	header.min_reader = 2;
	assert_good(header_encode(&header, &vault_key, &out, &err));
	assert_refused(header_decode(out.data, out.len, &got, &err), TAMPERED);
	assert_non_null(strstr(err.message, "newer"));
	buf_reset(&out);
	header.min_reader = 1;
	assert_good(header_encode(&header, &vault_key, &out, &err));
	assert_good(verifies(out.data, out.len));
	buf_reset(&out);
	header.format = 0;
	assert_good(header_encode(&header, &vault_key, &out, &err));
	assert_refused(header_decode(out.data, out.len, &got, &err), TAMPERED);
	buf_clear(&out);
}

static void slots_stay_within_their_numbers(void **state)
{
	struct slot phrase = {
	    .type = SLOT_PASSPHRASE, .kdf = SLOT_KDF_ARGON2ID, .cost = {64 * KDF_MIB, 3}};
	struct slot key = {.type = SLOT_X25519};
	struct buf out = BUF_INIT(HEADER_BYTES_MAX);
	struct header header;

	(void)state;
	header_init(&header, &vault_key, 1);
	assert_refused(header_encode(&header, &vault_key, &out, &err), TAMPERED);
	for (int i = 0; i < SLOTS_PASSPHRASE_MAX; i++) {
		phrase.id[0] = (unsigned char)i;
		assert_good(header_add(&header, &phrase, &err));
	}
	assert_refused(header_add(&header, &phrase, &err), FAILED);
	for (int i = SLOTS_PASSPHRASE_MAX; i < SLOTS_MAX; i++) {
		key.id[0] = (unsigned char)i;
		assert_good(header_add(&header, &key, &err));
	}
	assert_refused(header_add(&header, &key, &err), FAILED);
	assert_good(header_encode(&header, &vault_key, &out, &err));
	assert_good(verifies(out.data, out.len));
	header.slots[7].id[0] = 6;
	assert_refused(header_check_slots(&header, &err), TAMPERED);
	header.slots[7] = phrase;
	header.slots[7].id[0] = 9;
	assert_refused(header_check_slots(&header, &err), TAMPERED);
	buf_clear(&out);
}

static void the_work_of_all_slots_together_is_bounded(void **state)
{
	struct slot slot = {
	    .type = SLOT_PASSPHRASE, .kdf = SLOT_KDF_ARGON2ID, .cost = {4 * KDF_GIB, 3}};
	struct buf out = BUF_INIT(HEADER_BYTES_MAX);
	struct header header;

	(void)state;
	header_init(&header, &vault_key, 1);
	for (int i = 0; i < SLOTS_PASSPHRASE_MAX; i++) {
		slot.id[0] = (unsigned char)i;
		assert_good(header_add(&header, &slot, &err));
	}
	assert_int_equal(header_work(&header), KDF_TOTAL_MAX);
	assert_good(header_encode(&header, &vault_key, &out, &err));
	assert_good(header_decode(out.data, out.len, &header, &err));
	/* One pass more in a single slot, which alone would be within its bounds. */
	header.slots[0].cost.passes++;
	assert_refused(header_check_slots(&header, &err), TAMPERED);
	assert_non_null(strstr(err.message, "nothing was derived"));
	header.slots_count--;
	slot.cost.passes++;
	assert_refused(header_add(&header, &slot, &err), FAILED);
	assert_int_equal(header.slots_count, SLOTS_PASSPHRASE_MAX - 1);
	buf_clear(&out);
}

static void a_header_of_random_bytes_is_refused(void **state)
{
	unsigned char bytes[600];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		secret_random_bytes(bytes, sizeof(bytes));
		bytes[0] = 8;
		bytes[1] = bytes[2] = bytes[3] = 0;
		assert_refused(verifies(bytes, sizeof(bytes)), TAMPERED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_frozen_header_opens_by_passphrase_code_and_key_file),
	    cmocka_unit_test(the_frozen_header_is_written_again_byte_for_byte),
	    cmocka_unit_test(a_wrong_passphrase_is_told_with_the_slots),
	    cmocka_unit_test(a_misspelt_code_is_told_as_such),
	    cmocka_unit_test(a_passphrase_that_looks_like_a_code_is_still_a_passphrase),
	    cmocka_unit_test(every_flipped_bit_is_noticed),
	    cmocka_unit_test(every_truncation_and_every_addition_is_noticed),
	    cmocka_unit_test(slots_that_change_places_are_noticed),
	    cmocka_unit_test(trap_9_a_header_without_a_mac_is_refused),
	    cmocka_unit_test(trap_7_one_slot_outside_the_bounds_shuts_the_vault),
	    cmocka_unit_test(
		a_fitting_slot_in_a_changed_header_is_tampering_and_no_wrong_passphrase),
	    cmocka_unit_test(a_header_that_commits_to_another_key_is_refused),
	    cmocka_unit_test(a_newer_file_is_refused_as_newer),
	    cmocka_unit_test(slots_stay_within_their_numbers),
	    cmocka_unit_test(the_work_of_all_slots_together_is_bounded),
	    cmocka_unit_test(a_header_of_random_bytes_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, fixture_close);
}
