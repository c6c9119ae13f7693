/* SPDX-License-Identifier: MIT */
#include "vault/seal/header/header_edit.h"

#include "tests/seal/fixture.h"
#include "vault/seal/header/key_file.h"
#include "vault/seal/header/recovery_code.h"

enum { NOW = 1800000000 };

static const struct kdf_cost floor_cost = {64 * KDF_MIB, 3};

static struct secret secret_of(const char *text)
{
	struct secret out = SECRET_EMPTY;

	assert_good(secret_set(&out, text, strlen(text), &err));
	return out;
}

static struct header frozen(void)
{
	unsigned char bytes[HEADER_BYTES_MAX];
	size_t len = unhex(VECTOR_HEADER, bytes, sizeof(bytes));
	struct header header;

	assert_good(header_decode(bytes, len, &header, &err));
	assert_good(header_verify(&header, &vault_key, &err));
	return header;
}

static struct buf encoded(struct header *header)
{
	struct buf out = BUF_INIT(HEADER_BYTES_MAX);

	assert_good(header_encode(header, &vault_key, &out, &err));
	return out;
}

/* The index of the slot that what is typed opens, with the vectors' vault key behind it. */
static size_t opened_by(const struct buf *bytes, const struct secret *typed)
{
	struct secret got = SECRET_EMPTY;
	struct header header;
	size_t slot = 99;

	assert_good(header_open(bytes, typed, &header, &got, &slot, &err));
	assert_memory_equal(got.data, vault_key.data, SEAL_KEY_BYTES);
	secret_clear(&got);
	return slot;
}

static void a_second_passphrase_opens_beside_the_first(void **state)
{
	struct header header = frozen();
	struct secret second = secret_of("a second passphrase"),
		      first = secret_of(VECTOR_PASSPHRASE);
	struct buf bytes;

	(void)state;
	assert_good(header_add_passphrase(&header, &vault_key, &second, &floor_cost, NOW, &err));
	bytes = encoded(&header);
	assert_int_equal(opened_by(&bytes, &second), 3);
	assert_int_equal(opened_by(&bytes, &first), 0);
	assert_int_equal(header.slots[3].created, NOW);
	buf_clear(&bytes);
	secret_clear(&first);
	secret_clear(&second);
}

static void a_second_recovery_code_opens_beside_the_first(void **state)
{
	struct header header = frozen();
	struct secret code = SECRET_EMPTY, typed, first = secret_of(VECTOR_CODE_TEXT);
	char text[RECOVERY_CODE_TEXT_BYTES];
	struct buf bytes;

	(void)state;
	assert_good(recovery_code_new(&code, &err));
	assert_good(header_add_recovery(&header, &vault_key, &code, NOW, &err));
	recovery_code_format(&code, text);
	typed = secret_of(text);
	bytes = encoded(&header);
	assert_int_equal(opened_by(&bytes, &typed), 3);
	assert_int_equal(opened_by(&bytes, &first), 1);
	buf_clear(&bytes);
	secret_clear(&code);
	secret_clear(&first);
	secret_clear(&typed);
}

static void a_key_file_opens_and_gets_one_slot_only(void **state)
{
	struct header header = frozen(), got_header;
	struct secret key = SECRET_EMPTY, got = SECRET_EMPTY;
	struct buf bytes;
	size_t slot;

	(void)state;
	assert_good(key_file_new(&key, &err));
	assert_good(header_add_key_file(&header, &vault_key, &key, NOW, &err));
	bytes = encoded(&header);
	assert_good(
	    header_open_private(&bytes, SLOT_KEY_FILE, &key, &got_header, &got, &slot, &err));
	assert_int_equal(slot, 3);
	assert_memory_equal(got.data, vault_key.data, SEAL_KEY_BYTES);
	assert_refused(header_add_key_file(&header, &vault_key, &key, NOW, &err), EXISTS);
	assert_int_equal(header.slots_count, 4);
	buf_clear(&bytes);
	secret_clear(&key);
	secret_clear(&got);
}

static void a_fifth_passphrase_is_refused_before_it_costs_anything(void **state)
{
	/* Beyond what any machine has: had it been derived, it would say MEMORY. */
	static const struct kdf_cost outside = {1024 * KDF_GIB, 3};
	struct secret phrase = secret_of("yet another passphrase");
	struct header header = frozen();

	(void)state;
	for (int i = 0; i < 3; i++) {
		header.slots[header.slots_count] = header.slots[0];
		header.slots[header.slots_count++].id[0] ^= (unsigned char)(i + 1);
	}
	assert_refused(header_add_passphrase(&header, &vault_key, &phrase, &outside, NOW, &err),
		       FAILED);
	assert_non_null(strstr(err.message, "at most 4 passphrases"));
	secret_clear(&phrase);
}

static void a_ninth_slot_is_refused(void **state)
{
	struct secret code = SECRET_EMPTY;
	struct header header = frozen();

	(void)state;
	assert_good(recovery_code_new(&code, &err));
	while (header.slots_count < SLOTS_MAX)
		assert_good(header_add_recovery(&header, &vault_key, &code, NOW, &err));
	assert_refused(header_add_recovery(&header, &vault_key, &code, NOW, &err), FAILED);
	assert_non_null(strstr(err.message, "at most 8 slots"));
	secret_clear(&code);
}

static void a_slot_is_found_by_its_id(void **state)
{
	struct header header = frozen();
	unsigned char id[SEAL_ID_BYTES];
	size_t slot;

	(void)state;
	memcpy(id, header.slots[2].id, sizeof(id));
	assert_good(header_find(&header, id, &slot, &err));
	assert_int_equal(slot, 2);
	id[15] ^= 1;
	assert_refused(header_find(&header, id, &slot, &err), NOT_FOUND);
}

static void cheap_is_less_than_today_and_not_by_choice(void **state)
{
	struct slot slot = {.type = SLOT_PASSPHRASE, .cost = {64 * KDF_MIB, 3}};

	(void)state;
	assert_true(header_slot_is_cheap(&slot));
	slot.cost = (struct kdf_cost){KDF_MEMORY_LOW, KDF_PASSES_LOW};
	assert_false(header_slot_is_cheap(&slot));
	slot.cost = (struct kdf_cost){KDF_MEMORY_TODAY, 3};
	assert_false(header_slot_is_cheap(&slot));
	slot = (struct slot){.type = SLOT_RECOVERY};
	assert_false(header_slot_is_cheap(&slot));
}

static void a_dearer_slot_stands_in_the_place_of_the_cheap_one(void **state)
{
	static const struct kdf_cost dearer = {64 * KDF_MIB, 4};
	struct secret phrase = secret_of(VECTOR_PASSPHRASE);
	struct header header = frozen(), before = header;
	struct buf bytes;

	(void)state;
	assert_good(header_raise_cost(&header, &vault_key, 0, &phrase, &dearer, &err));
	assert_int_equal(header.slots_count, before.slots_count);
	assert_int_equal(header.slots[0].cost.passes, 4);
	assert_int_equal(header.slots[0].created, before.slots[0].created);
	assert_memory_not_equal(header.slots[0].wrapped, before.slots[0].wrapped,
				SLOT_WRAPPED_BYTES);
	assert_memory_equal(&header.slots[1], &before.slots[1], 2 * sizeof(struct slot));
	bytes = encoded(&header);
	assert_int_equal(opened_by(&bytes, &phrase), 0);
	assert_refused(header_raise_cost(&header, &vault_key, 1, &phrase, &dearer, &err),
		       NOT_FOUND);
	buf_clear(&bytes);
	secret_clear(&phrase);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_second_passphrase_opens_beside_the_first),
	    cmocka_unit_test(a_second_recovery_code_opens_beside_the_first),
	    cmocka_unit_test(a_key_file_opens_and_gets_one_slot_only),
	    cmocka_unit_test(a_fifth_passphrase_is_refused_before_it_costs_anything),
	    cmocka_unit_test(a_ninth_slot_is_refused),
	    cmocka_unit_test(a_slot_is_found_by_its_id),
	    cmocka_unit_test(cheap_is_less_than_today_and_not_by_choice),
	    cmocka_unit_test(a_dearer_slot_stands_in_the_place_of_the_cheap_one),
	};

	return FIXTURE_RUN(tests);
}
