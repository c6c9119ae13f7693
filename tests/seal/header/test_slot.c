/* SPDX-License-Identifier: MIT */
#include "vault/seal/header/slot.h"

#include "tests/seal/fixture.h"

/*
 * Slots of X25519 type stand for all: wrapping, commitment and context are the same code for both,
 * and no Argon2id is spent on a flipped bit. What only a passphrase slot has is tested with the
 * floor's cost.
 */

static const struct kdf_cost floor_cost = {64 * KDF_MIB, 3};

static struct slot_vault vault(void)
{
	struct slot_vault out = {.epoch = 1};

	memcpy(out.id, vault_id, sizeof(out.id));
	return out;
}

static struct secret secret_of(const char *text)
{
	struct secret out = SECRET_EMPTY;

	assert_good(secret_set(&out, text, strlen(text), &err));
	return out;
}

static struct secret private_key(void)
{
	struct secret out = SECRET_EMPTY;

	assert_good(secret_alloc(&out, SEAL_KEY_BYTES, &err));
	unhex(VECTOR_KEY_FILE, out.data, SEAL_KEY_BYTES);
	return out;
}

static struct slot sealed(void)
{
	struct slot_vault at = vault();
	struct secret key = private_key();
	struct slot slot;

	assert_good(slot_seal_private(&(struct slot_wrapping){&at, &vault_key, 5}, SLOT_KEY_FILE,
				      &key, &slot, &err));
	secret_clear(&key);
	return slot;
}

/* Neither opens nor pretends to fit; TAMPERED is as good as "does not fit". */
static void assert_shut(const struct slot_vault *at, const struct slot *slot)
{
	struct secret key = private_key(), got = SECRET_EMPTY;
	bool fits = false;

	err = ERROR_INIT;
	if (slot_open_private(at, slot, &key, &fits, &got, &err))
		assert_false(fits);
	else
		assert_int_equal(err.code, ERROR_TAMPERED);
	assert_int_equal(got.len, 0);
	secret_clear(&key);
}

static void a_key_slot_gives_the_vault_key_back(void **state)
{
	struct slot_vault at = vault();
	struct slot slot = sealed();
	struct secret key = private_key(), got = SECRET_EMPTY;
	bool fits = false;

	(void)state;
	assert_good(slot_open_private(&at, &slot, &key, &fits, &got, &err));
	assert_true(fits);
	assert_memory_equal(got.data, vault_key.data, SEAL_KEY_BYTES);
	secret_clear(&got);
	secret_clear(&key);
}

static void a_slot_can_be_wrapped_again_by_its_public_key_alone(void **state)
{
	struct slot_vault at = vault();
	struct slot old = sealed(), slot;
	struct secret key = private_key(), other = SECRET_EMPTY, got = SECRET_EMPTY;
	bool fits = false;

	(void)state;
	at.epoch = 2;
	assert_good(keys_new_vault_key(&other, &err));
	assert_good(slot_seal_x25519(&(struct slot_wrapping){&at, &other, old.created},
				     SLOT_KEY_FILE, old.recipient, &slot, &err));
	assert_good(slot_open_private(&at, &slot, &key, &fits, &got, &err));
	assert_true(fits);
	assert_memory_equal(got.data, other.data, SEAL_KEY_BYTES);
	assert_memory_not_equal(old.ephemeral, slot.ephemeral, SLOT_PUBLIC_BYTES);
	secret_clear(&other);
	secret_clear(&got);
	secret_clear(&key);
}

static void every_flipped_bit_of_every_field_keeps_the_slot_shut(void **state)
{
	static const struct {
		size_t at, len;
	} fields[] = {
#define FIELD(member_) {offsetof(struct slot, member_), sizeof(((struct slot *)NULL)->member_)}
	    FIELD(id),		FIELD(type),	   FIELD(kdf),	 FIELD(cost.memory),
	    FIELD(cost.passes), FIELD(created),	   FIELD(salt),	 FIELD(recipient),
	    FIELD(ephemeral),	FIELD(commitment), FIELD(nonce), FIELD(wrapped),
#undef FIELD
	};
	struct slot_vault at = vault();
	struct slot slot = sealed();
	unsigned char *bytes = (unsigned char *)&slot;

	(void)state;
	for (size_t f = 0; f < sizeof(fields) / sizeof(fields[0]); f++) {
		for (size_t i = fields[f].at; i < fields[f].at + fields[f].len; i++) {
			unsigned char bit = (unsigned char)(1 << i % 8);

			bytes[i] ^= bit;
			assert_shut(&at, &slot);
			bytes[i] ^= bit;
		}
	}
}

static void a_slot_fits_no_other_vault_and_no_other_epoch(void **state)
{
	struct slot_vault at = vault();
	struct slot slot = sealed();

	(void)state;
	at.epoch = 2;
	assert_shut(&at, &slot);
	at = vault();
	at.id[0] ^= 1;
	assert_shut(&at, &slot);
}

static void parts_of_two_slots_do_not_mix(void **state)
{
	struct slot_vault at = vault();
	struct slot one = sealed(), two = sealed(), mixed;

	(void)state;
#define MIX(member_)                                                       \
	do {                                                               \
		mixed = one;                                               \
		memcpy(mixed.member_, two.member_, sizeof(mixed.member_)); \
		assert_shut(&at, &mixed);                                  \
	} while (0)
	MIX(id);
	MIX(ephemeral);
	MIX(commitment);
	MIX(nonce);
	MIX(wrapped);
#undef MIX
}

static void a_fitting_commitment_with_another_wrapping_is_tampering(void **state)
{
	struct slot_vault at = vault();
	struct slot slot = sealed();
	struct secret key = private_key(), got = SECRET_EMPTY;
	bool fits = false;

	(void)state;
	slot.wrapped[0] ^= 1;
	assert_refused(slot_open_private(&at, &slot, &key, &fits, &got, &err), TAMPERED);
	assert_int_equal(got.len, 0);
	secret_clear(&key);
}

static void another_private_key_does_not_fit(void **state)
{
	struct slot_vault at = vault();
	struct slot slot = sealed();
	struct secret key = private_key(), got = SECRET_EMPTY;
	bool fits = true;

	(void)state;
	key.data[5] ^= 1;
	assert_good(slot_open_private(&at, &slot, &key, &fits, &got, &err));
	assert_false(fits);
	assert_int_equal(got.len, 0);
	secret_clear(&key);
}

/* TRAP 2: no sealed box without binding; a public key that yields a known secret is refused. */
static void trap_2_public_keys_of_low_order_are_refused(void **state)
{
	struct slot_vault at = vault();
	unsigned char recipient[SLOT_PUBLIC_BYTES] = {0};
	struct slot slot;

	(void)state;
	assert_refused(slot_seal_x25519(&(struct slot_wrapping){&at, &vault_key, 1}, SLOT_X25519,
					recipient, &slot, &err),
		       TAMPERED);
	recipient[0] = 1;
	assert_refused(slot_seal_x25519(&(struct slot_wrapping){&at, &vault_key, 1}, SLOT_X25519,
					recipient, &slot, &err),
		       TAMPERED);
	slot = sealed();
	memset(slot.ephemeral, 0, sizeof(slot.ephemeral));
	assert_shut(&at, &slot);
}

static void a_passphrase_slot_opens_by_its_passphrase_alone(void **state)
{
	struct slot_vault at = vault();
	struct secret right = secret_of("a long passphrase"), got = SECRET_EMPTY;
	struct secret wrong = secret_of("a long passphrasf"),
		      longer = secret_of("a long passphrase ");
	struct slot slot;
	bool fits = false;

	(void)state;
	assert_good(slot_seal_passphrase(&(struct slot_wrapping){&at, &vault_key, 9}, &right,
					 &floor_cost, &slot, &err));
	assert_good(slot_open_passphrase(&at, &slot, &right, &fits, &got, &err));
	assert_true(fits);
	assert_memory_equal(got.data, vault_key.data, SEAL_KEY_BYTES);
	assert_good(slot_open_passphrase(&at, &slot, &wrong, &fits, &got, &err));
	assert_false(fits);
	assert_int_equal(got.len, 0);
	assert_good(slot_open_passphrase(&at, &slot, &longer, &fits, &got, &err));
	assert_false(fits);
	slot.salt[0] ^= 1;
	assert_good(slot_open_passphrase(&at, &slot, &right, &fits, &got, &err));
	assert_false(fits);
	slot.salt[0] ^= 1;
	slot.cost.passes = 4;
	assert_good(slot_open_passphrase(&at, &slot, &right, &fits, &got, &err));
	assert_false(fits);
	secret_clear(&right);
	secret_clear(&wrong);
	secret_clear(&longer);
	secret_clear(&got);
}

/* TRAP 7: a planted cost is refused, it is not tried. */
static void trap_7_a_slot_outside_the_bounds_is_refused(void **state)
{
	static const struct kdf_cost bad[] = {
	    {4096 * KDF_GIB, 3}, {64 * KDF_MIB, 0xffffffff}, {8192, 1}, {4 * KDF_GIB, 32}};
	struct slot_vault at = vault();
	struct secret phrase = secret_of("a long passphrase"), got = SECRET_EMPTY;
	struct slot slot = {.type = SLOT_PASSPHRASE, .kdf = SLOT_KDF_ARGON2ID};
	bool fits = false;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		slot.cost = bad[i];
		assert_refused(slot_open_passphrase(&at, &slot, &phrase, &fits, &got, &err),
			       TAMPERED);
		assert_refused(slot_seal_passphrase(&(struct slot_wrapping){&at, &vault_key, 1},
						    &phrase, &bad[i], &slot, &err),
			       TAMPERED);
		slot = (struct slot){.type = SLOT_PASSPHRASE, .kdf = SLOT_KDF_ARGON2ID};
	}
	secret_clear(&phrase);
}

static void unknown_types_and_stray_fields_are_refused(void **state)
{
	static const uint64_t types[] = {0, 2, 5, 7, 1ULL << 32 | 3, UINT64_MAX};
	struct slot slot = sealed();

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		slot.type = types[i];
		assert_refused(slot_check(&slot, &err), TAMPERED);
		assert_string_equal(slot_name(&slot), "?");
	}
	slot = sealed();
	slot.cost = floor_cost;
	assert_refused(slot_check(&slot, &err), TAMPERED);
	slot = sealed();
	slot.salt[15] = 1;
	assert_refused(slot_check(&slot, &err), TAMPERED);
	slot = (struct slot){.type = SLOT_PASSPHRASE, .kdf = SLOT_KDF_ARGON2ID, .cost = floor_cost};
	assert_good(slot_check(&slot, &err));
	slot.recipient[0] = 1;
	assert_refused(slot_check(&slot, &err), TAMPERED);
	slot.recipient[0] = 0;
	slot.kdf = SLOT_KDF_NONE;
	assert_refused(slot_check(&slot, &err), TAMPERED);
}

static void a_slot_of_the_other_kind_does_not_fit(void **state)
{
	struct slot_vault at = vault();
	struct slot slot = sealed();
	struct secret phrase = secret_of("a long passphrase"), got = SECRET_EMPTY;
	bool fits = true;

	(void)state;
	assert_good(slot_open_passphrase(&at, &slot, &phrase, &fits, &got, &err));
	assert_false(fits);
	secret_clear(&phrase);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_key_slot_gives_the_vault_key_back),
	    cmocka_unit_test(a_slot_can_be_wrapped_again_by_its_public_key_alone),
	    cmocka_unit_test(every_flipped_bit_of_every_field_keeps_the_slot_shut),
	    cmocka_unit_test(a_slot_fits_no_other_vault_and_no_other_epoch),
	    cmocka_unit_test(parts_of_two_slots_do_not_mix),
	    cmocka_unit_test(a_fitting_commitment_with_another_wrapping_is_tampering),
	    cmocka_unit_test(another_private_key_does_not_fit),
	    cmocka_unit_test(trap_2_public_keys_of_low_order_are_refused),
	    cmocka_unit_test(a_passphrase_slot_opens_by_its_passphrase_alone),
	    cmocka_unit_test(trap_7_a_slot_outside_the_bounds_is_refused),
	    cmocka_unit_test(unknown_types_and_stray_fields_are_refused),
	    cmocka_unit_test(a_slot_of_the_other_kind_does_not_fit),
	};

	return FIXTURE_RUN(tests);
}
