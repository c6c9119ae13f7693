/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/mark.h"

#include "tests/seal/fixture.h"
#include "vault/seal/hash.h"

/*
 * Made by another program from the document: the slot's digest covers every byte before it, MAC
 * included.
 */
#define VECTOR_MARK_DIGEST "8b361831f3f7eb6ac4c2a4e11b76fdd781b4435228e72387361e240c06611f50"

/* The same of the fingerprint. */
#define VECTOR_FINGERPRINT "eddd 49a6 ce6c a18c f3f3 6258 800b b0da"

static struct mark example(void)
{
	struct mark mark = {.sequence = 7,
			    .generation = 812,
			    .epoch = 3,
			    .log_count = 4711,
			    .updated_at = 1700000000};

	memset(mark.commitment, 0x11, sizeof(mark.commitment));
	memset(mark.root, 0x22, sizeof(mark.root));
	memset(mark.log_head, 0x33, sizeof(mark.log_head));
	memset(mark.header_digest, 0x44, sizeof(mark.header_digest));
	return mark;
}

/* What somebody without the key can do to a slot that he has edited. */
static void digest_anew(unsigned char slot[static MARK_BYTES])
{
	struct pae_item items[] = {PAE_TEXT("credvault/mark-digest/v1"), {slot, MARK_DIGEST_AT}};

	hash_pae(NULL, "cv.mark.sum.v1", items, 2, slot + MARK_DIGEST_AT);
}

static struct mark_slot decode(const unsigned char bytes[static MARK_BYTES])
{
	struct mark_slot slot;

	assert_good(mark_decode(&keys, vault_id, bytes, &slot, &err));
	return slot;
}

static void a_mark_comes_back_as_it_was_written(void **state)
{
	unsigned char bytes[MARK_BYTES];
	struct mark mark = example();
	struct mark_slot slot;

	(void)state;
	assert_good(mark_encode(&keys, vault_id, &mark, bytes, &err));
	slot = decode(bytes);
	assert_int_equal(slot.state, MARK_OURS);
	assert_int_equal(slot.mark.sequence, 7);
	assert_true(mark_same(&slot.mark, &mark));
	assert_memory_equal(slot.digest, bytes + MARK_DIGEST_AT, SEAL_DIGEST_BYTES);
	assert_hex(slot.digest, SEAL_DIGEST_BYTES, VECTOR_MARK_DIGEST);
}

static void a_mark_is_what_the_manifest_says(void **state)
{
	struct manifest manifest = {.generation = 5, .log_count = 6, .updated_at = 7};
	unsigned char commitment[SEAL_DIGEST_BYTES];
	struct mark mark, other;

	(void)state;
	memset(commitment, 1, sizeof(commitment));
	memset(manifest.root, 2, sizeof(manifest.root));
	memset(manifest.log_head, 3, sizeof(manifest.log_head));
	memset(manifest.header_digest, 4, sizeof(manifest.header_digest));
	mark = mark_of(&manifest, 8, commitment);
	assert_int_equal(mark.generation, 5);
	assert_int_equal(mark.epoch, 8);
	assert_int_equal(mark.sequence, 0);
	assert_memory_equal(mark.commitment, commitment, sizeof(commitment));
	assert_memory_equal(mark.root, manifest.root, sizeof(mark.root));
	assert_memory_equal(mark.log_head, manifest.log_head, sizeof(mark.log_head));
	assert_memory_equal(mark.header_digest, manifest.header_digest, sizeof(mark.root));
	for (int i = 0; i < 8; i++) {
		other = mark;
		assert_true(mark_same(&mark, &other));
		other.generation += i == 0;
		other.epoch += i == 1;
		other.log_count += i == 2;
		other.updated_at += i == 3;
		other.commitment[31] ^= i == 4;
		other.root[0] ^= i == 5;
		other.log_head[31] ^= i == 6;
		other.header_digest[0] ^= i == 7;
		assert_false(mark_same(&mark, &other));
	}
}

static void no_flipped_bit_leaves_a_mark(void **state)
{
	unsigned char bytes[MARK_BYTES];
	struct mark mark = example();

	(void)state;
	assert_good(mark_encode(&keys, vault_id, &mark, bytes, &err));
	for (size_t bit = 0; bit < 8 * sizeof(bytes); bit++) {
		bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
		assert_int_equal(decode(bytes).state, MARK_NONE);
		bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
	}
	assert_int_equal(decode(bytes).state, MARK_OURS);
}

static void no_bit_can_be_flipped_by_one_who_mends_the_digest(void **state)
{
	unsigned char bytes[MARK_BYTES];
	struct mark mark = example();
	size_t foreign = 0;

	(void)state;
	for (size_t bit = 0; bit < (size_t)8 * MARK_DIGEST_AT; bit++) {
		struct mark_slot slot;

		assert_good(mark_encode(&keys, vault_id, &mark, bytes, &err));
		bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
		digest_anew(bytes);
		slot = decode(bytes);
		assert_int_not_equal(slot.state, MARK_OURS);
		foreign += slot.state == MARK_FOREIGN;
	}
	/* Values and MAC can be claimed; lengths, domain and padding have one encoding. */
	assert_in_range(foreign, 8 * (16 + 5 * 8 + 5 * 32) - 8, 8 * (16 + 5 * 8 + 5 * 32));
}

static void another_vault_or_key_makes_a_foreign_mark(void **state)
{
	unsigned char bytes[MARK_BYTES], other_id[SEAL_ID_BYTES];
	struct mark mark = example();
	struct secret other_key = SECRET_EMPTY;
	struct keys others = {0};
	struct mark_slot slot;

	(void)state;
	memcpy(other_id, vault_id, sizeof(other_id));
	other_id[15] ^= 1;
	assert_good(mark_encode(&keys, other_id, &mark, bytes, &err));
	slot = decode(bytes);
	assert_int_equal(slot.state, MARK_FOREIGN);
	assert_int_equal(slot.mark.generation, 812);
	assert_good(keys_new_vault_key(&other_key, &err));
	assert_good(keys_derive(&other_key, &others, &err));
	assert_good(mark_encode(&others, vault_id, &mark, bytes, &err));
	assert_int_equal(decode(bytes).state, MARK_FOREIGN);
	keys_clear(&others);
	secret_clear(&other_key);
}

static void nothing_is_no_mark(void **state)
{
	unsigned char bytes[MARK_BYTES] = {0};

	(void)state;
	assert_int_equal(decode(bytes).state, MARK_NONE);
	digest_anew(bytes);
	assert_int_equal(decode(bytes).state, MARK_NONE);
}

static void numbers_that_no_mark_may_have_are_not_written(void **state)
{
	unsigned char bytes[MARK_BYTES];

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct mark mark = example();

		mark.sequence = i == 0 ? 0 : i == 1 ? MARK_SEQUENCE_MAX + 1 : mark.sequence;
		mark.generation = i == 2 ? 0 : mark.generation;
		mark.epoch = i == 3 ? 0 : mark.epoch;
		mark.updated_at = i == 4 ? -1 : mark.updated_at;
		assert_refused(mark_encode(&keys, vault_id, &mark, bytes, &err), FAILED);
	}
}

static void without_the_key_nothing_is_read_or_written(void **state)
{
	unsigned char bytes[MARK_BYTES] = {0};
	struct mark mark = example();
	struct keys none = {0};
	struct mark_slot slot;

	(void)state;
	assert_refused(mark_encode(&none, vault_id, &mark, bytes, &err), LOCKED);
	assert_refused(mark_decode(&none, vault_id, bytes, &slot, &err), LOCKED);
	assert_int_equal(slot.state, MARK_NONE);
}

static void the_newer_verified_slot_wins_and_a_newer_foreign_one_forbids(void **state)
{
	static const struct {
		enum mark_state first, second;
		int first_newer, second_newer; /* the answer where it is */
	} cases[] = {
	    {MARK_NONE, MARK_NONE, -1, -1},    {MARK_OURS, MARK_NONE, 0, 0},
	    {MARK_NONE, MARK_OURS, 1, 1},      {MARK_OURS, MARK_OURS, 0, 1},
	    {MARK_OURS, MARK_FOREIGN, 0, -1},  {MARK_FOREIGN, MARK_OURS, -1, 1},
	    {MARK_FOREIGN, MARK_NONE, -1, -1}, {MARK_FOREIGN, MARK_FOREIGN, -1, -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mark_slot slots[MARK_SLOTS] = {{.state = cases[i].first},
						      {.state = cases[i].second}};

		slots[0].mark.sequence = cases[i].first == MARK_NONE ? 0 : 9;
		slots[1].mark.sequence = cases[i].second == MARK_NONE ? 0 : 8;
		assert_int_equal(mark_newest(slots), cases[i].first_newer);
		slots[1].mark.sequence = cases[i].second == MARK_NONE ? 0 : 10;
		assert_int_equal(mark_newest(slots), cases[i].second_newer);
	}
}

static void only_the_mark_that_the_manifest_sealed_leads_over_a_re_key(void **state)
{
	struct mark vault = example();
	struct mark_slot slots[MARK_SLOTS] = {{.state = MARK_FOREIGN}, {.state = MARK_FOREIGN}};
	unsigned char sealed[SEAL_DIGEST_BYTES], zero[SEAL_DIGEST_BYTES] = {0};

	(void)state;
	memset(sealed, 0x55, sizeof(sealed));
	for (int i = 0; i < MARK_SLOTS; i++) {
		slots[i].mark = vault;
		slots[i].mark.epoch = vault.epoch - 1;
		slots[i].mark.generation = vault.generation - 1;
		memset(slots[i].digest, 0x66, sizeof(slots[i].digest));
	}
	assert_int_equal(mark_before(slots, &vault, sealed), -1);
	memcpy(slots[1].digest, sealed, sizeof(sealed));
	assert_int_equal(mark_before(slots, &vault, sealed), 1);
	/* Each condition alone takes it away. */
	slots[0].state = MARK_OURS;
	assert_int_equal(mark_before(slots, &vault, sealed), -1);
	slots[0].state = MARK_FOREIGN;
	slots[0].mark.epoch = vault.epoch;
	assert_int_equal(mark_before(slots, &vault, sealed), -1);
	slots[0].mark.epoch = vault.epoch - 1;
	slots[1].mark.generation = vault.generation;
	assert_int_equal(mark_before(slots, &vault, sealed), -1);
	slots[1].mark.generation = vault.generation - 1;
	assert_int_equal(mark_before(slots, &vault, sealed), 1);
	slots[1].digest[31] ^= 1;
	assert_int_equal(mark_before(slots, &vault, sealed), -1);
	/* A manifest without a mark before it leads nowhere. */
	slots[0] = slots[1] = (struct mark_slot){.state = MARK_NONE};
	assert_int_equal(mark_before(slots, &vault, zero), -1);
}

static void a_fingerprint_is_of_rows_log_and_generation(void **state)
{
	char text[MARK_FINGERPRINT_BYTES];
	struct mark mark;

	(void)state;
	for (int i = 0; i <= 5; i++) {
		mark = example();
		/* Which mark it is, and the time, are nothing of the content's. */
		mark.sequence += i == 1;
		mark.updated_at += i == 2;
		mark.generation += i == 3;
		mark.root[31] ^= i == 4;
		mark.log_head[0] ^= i == 5;
		mark_fingerprint(&mark, text);
		assert_int_equal(strcmp(text, VECTOR_FINGERPRINT) == 0, i <= 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_mark_comes_back_as_it_was_written),
	    cmocka_unit_test(a_mark_is_what_the_manifest_says),
	    cmocka_unit_test(a_fingerprint_is_of_rows_log_and_generation),
	    cmocka_unit_test(no_flipped_bit_leaves_a_mark),
	    cmocka_unit_test(no_bit_can_be_flipped_by_one_who_mends_the_digest),
	    cmocka_unit_test(another_vault_or_key_makes_a_foreign_mark),
	    cmocka_unit_test(nothing_is_no_mark),
	    cmocka_unit_test(numbers_that_no_mark_may_have_are_not_written),
	    cmocka_unit_test(without_the_key_nothing_is_read_or_written),
	    cmocka_unit_test(the_newer_verified_slot_wins_and_a_newer_foreign_one_forbids),
	    cmocka_unit_test(only_the_mark_that_the_manifest_sealed_leads_over_a_re_key),
	};

	return FIXTURE_RUN(tests);
}
