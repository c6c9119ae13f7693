/* SPDX-License-Identifier: MIT */
#include "vault/seal/header/rekeyed_header.h"

#include "tests/seal/fixture.h"

enum { NOW = 1800000000, PASSPHRASE = 0, RECOVERY = 1, KEY_FILE = 2 };

static const struct kdf_cost floor_cost = {64 * KDF_MIB, 3};

static struct header old;
static struct secret new_phrase, old_phrase;

static int open_all(void **state)
{
	unsigned char bytes[HEADER_BYTES_MAX];
	size_t len;

	if (fixture_open(state) != 0)
		return -1;
	len = unhex(VECTOR_HEADER, bytes, sizeof(bytes));
	assert_good(header_decode(bytes, len, &old, &err));
	assert_good(secret_set(&new_phrase, "the new passphrase", 18, &err));
	assert_good(
	    secret_set(&old_phrase, VECTOR_PASSPHRASE, sizeof(VECTOR_PASSPHRASE) - 1, &err));
	return 0;
}

static int close_all(void **state)
{
	secret_clear(&new_phrase);
	secret_clear(&old_phrase);
	return fixture_close(state);
}

/* The first passphrase slot gets the new passphrase. */
static struct rekeyed_header changed_passphrase(void)
{
	struct rekeyed_header rekey = {.passphrases_count = 1};

	memcpy(rekey.passphrases[0].replaces, old.slots[PASSPHRASE].id, SEAL_ID_BYTES);
	rekey.passphrases[0].passphrase = &new_phrase;
	rekey.passphrases[0].cost = floor_cost;
	rekey.passphrases[0].created = NOW;
	return rekey;
}

static bool opens(struct header *header, const struct secret *key, const struct secret *typed,
		  size_t *slot)
{
	struct buf bytes = BUF_INIT(HEADER_BYTES_MAX);
	struct secret got = SECRET_EMPTY;
	struct header again;
	bool ok;

	assert_good(header_encode(header, key, &bytes, &err));
	ok = header_open(&bytes, typed, &again, &got, slot, &err);
	if (ok)
		assert_memory_equal(got.data, key->data, SEAL_KEY_BYTES);
	secret_clear(&got);
	buf_clear(&bytes);
	return ok;
}

static void a_new_passphrase_opens_and_the_old_one_does_not(void **state)
{
	struct rekeyed_header rekey = changed_passphrase();
	struct secret key = SECRET_EMPTY;
	struct header made;
	size_t slot;

	(void)state;
	assert_good(rekeyed_header_make(&old, &vault_key, &rekey, &made, &key, &err));
	assert_int_equal(made.epoch, old.epoch + 1);
	assert_memory_equal(made.vault_id, old.vault_id, SEAL_ID_BYTES);
	assert_int_equal(made.created, old.created);
	assert_memory_not_equal(key.data, vault_key.data, SEAL_KEY_BYTES);
	assert_good(opens(&made, &key, &new_phrase, &slot));
	assert_int_equal(slot, PASSPHRASE);
	assert_int_equal(made.slots[PASSPHRASE].created, NOW);
	assert_refused(opens(&made, &key, &old_phrase, &slot), WRONG_PASSPHRASE);
	secret_clear(&key);
}

static void the_paper_code_and_the_key_file_survive(void **state)
{
	struct rekeyed_header rekey = changed_passphrase();
	struct secret key = SECRET_EMPTY, got = SECRET_EMPTY, private_key = SECRET_EMPTY, code;
	struct slot_vault vault;
	struct header made;
	bool fits = false;
	size_t slot;

	(void)state;
	code = SECRET_EMPTY;
	assert_good(secret_set(&code, VECTOR_CODE_TEXT, sizeof(VECTOR_CODE_TEXT) - 1, &err));
	assert_good(rekeyed_header_make(&old, &vault_key, &rekey, &made, &key, &err));
	assert_int_equal(made.slots_count, 3);
	assert_good(opens(&made, &key, &code, &slot));
	assert_int_equal(slot, RECOVERY);
	assert_int_equal(made.slots[RECOVERY].created, old.slots[RECOVERY].created);
	assert_good(secret_alloc(&private_key, SEAL_KEY_BYTES, &err));
	unhex(VECTOR_KEY_FILE, private_key.data, SEAL_KEY_BYTES);
	vault = header_vault(&made);
	assert_good(
	    slot_open_private(&vault, &made.slots[KEY_FILE], &private_key, &fits, &got, &err));
	assert_true(fits);
	assert_memory_equal(got.data, key.data, SEAL_KEY_BYTES);
	secret_clear(&key);
	secret_clear(&got);
	secret_clear(&private_key);
	secret_clear(&code);
}

/* Windows of 16 bytes, but for the public key, which is what makes the paper code survive. */
static void nothing_of_the_old_slots_is_in_the_new_ones(void **state)
{
	enum { WINDOW = 16 };
	struct rekeyed_header rekey = changed_passphrase();
	struct secret key = SECRET_EMPTY;
	struct header made;

	(void)state;
	assert_good(rekeyed_header_make(&old, &vault_key, &rekey, &made, &key, &err));
	for (size_t i = 0; i < made.slots_count; i++) {
		const struct slot *a = &old.slots[i], *b = &made.slots[i];

		assert_memory_not_equal(a->id, b->id, SEAL_ID_BYTES);
		assert_memory_not_equal(a->commitment, b->commitment, SEAL_DIGEST_BYTES);
		assert_memory_not_equal(a->nonce, b->nonce, SEAL_NONCE_BYTES);
		for (size_t at = 0; at + WINDOW <= SLOT_WRAPPED_BYTES; at++)
			assert_memory_not_equal(a->wrapped + at, b->wrapped + at, WINDOW);
		if (a->type == SLOT_PASSPHRASE)
			assert_memory_not_equal(a->salt, b->salt, KDF_SALT_BYTES);
		else
			assert_memory_not_equal(a->ephemeral, b->ephemeral, SLOT_PUBLIC_BYTES);
		assert_memory_equal(a->recipient, b->recipient, SLOT_PUBLIC_BYTES);
	}
	secret_clear(&key);
}

/* TRAP 3: a public key that was planted would be given the new vault key. */
static void trap_3_a_planted_public_key_gets_nothing(void **state)
{
	struct rekeyed_header rekey = changed_passphrase();
	struct header planted = old, made;
	struct secret key = SECRET_EMPTY;

	(void)state;
	for (size_t bit = 0; bit < SLOT_PUBLIC_BYTES * 8; bit++) {
		planted = old;
		planted.slots[KEY_FILE].recipient[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_refused(rekeyed_header_make(&planted, &vault_key, &rekey, &made, &key, &err),
			       TAMPERED);
		assert_int_equal(key.len, 0);
		assert_int_equal(made.slots_count, 0);
	}
	planted = old;
	planted.slots[planted.slots_count] = old.slots[KEY_FILE];
	planted.slots[planted.slots_count].id[0] ^= 1;
	planted.slots_count++;
	assert_refused(rekeyed_header_make(&planted, &vault_key, &rekey, &made, &key, &err),
		       TAMPERED);
}

/* TRAP 15: with the old passphrase and an old copy, the vault key of that copy, and no other. */
static void trap_15_the_old_vault_key_does_not_open_the_new_header(void **state)
{
	struct rekeyed_header rekey = changed_passphrase();
	struct buf bytes = BUF_INIT(HEADER_BYTES_MAX);
	struct secret key = SECRET_EMPTY;
	struct header made;

	(void)state;
	assert_good(rekeyed_header_make(&old, &vault_key, &rekey, &made, &key, &err));
	assert_good(header_encode(&made, &key, &bytes, &err));
	assert_good(header_verify(&made, &key, &err));
	assert_refused(header_verify(&made, &vault_key, &err), TAMPERED);
	buf_clear(&bytes);
	secret_clear(&key);
}

static void a_dropped_slot_is_gone(void **state)
{
	struct rekeyed_header rekey = changed_passphrase();
	struct secret key = SECRET_EMPTY;
	struct header made;

	(void)state;
	rekeyed_header_drop(&rekey, old.slots[RECOVERY].id);
	assert_good(rekeyed_header_make(&old, &vault_key, &rekey, &made, &key, &err));
	assert_int_equal(made.slots_count, 2);
	assert_int_equal(made.slots[0].type, SLOT_PASSPHRASE);
	assert_int_equal(made.slots[1].type, SLOT_KEY_FILE);
	secret_clear(&key);
}

static void trap_14_a_passphrase_that_is_neither_known_nor_dropped_is_named(void **state)
{
	const struct rekeyed_header nothing = {.passphrases_count = 0};
	struct secret key = SECRET_EMPTY;
	struct header made;

	(void)state;
	assert_refused(rekeyed_header_make(&old, &vault_key, &nothing, &made, &key, &err), FAILED);
	assert_non_null(strstr(err.message, "slot b0b1b2b3"));
	assert_int_equal(key.len, 0);
}

static void the_last_thing_to_type_cannot_be_dropped(void **state)
{
	struct rekeyed_header rekey = {.passphrases_count = 0};
	struct secret key = SECRET_EMPTY;
	struct header made;

	(void)state;
	rekeyed_header_drop(&rekey, old.slots[PASSPHRASE].id);
	rekeyed_header_drop(&rekey, old.slots[RECOVERY].id);
	assert_refused(rekeyed_header_make(&old, &vault_key, &rekey, &made, &key, &err), FAILED);
	assert_non_null(strstr(err.message, "type"));
}

static void an_id_that_is_no_slots_is_refused(void **state)
{
	struct rekeyed_header rekey = changed_passphrase();
	struct secret key = SECRET_EMPTY;
	struct header made;

	(void)state;
	rekeyed_header_drop(&rekey, vault_id);
	assert_refused(rekeyed_header_make(&old, &vault_key, &rekey, &made, &key, &err), NOT_FOUND);
	rekey = changed_passphrase();
	memcpy(rekey.passphrases[0].replaces, old.slots[RECOVERY].id, SEAL_ID_BYTES);
	assert_refused(rekeyed_header_make(&old, &vault_key, &rekey, &made, &key, &err), FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_new_passphrase_opens_and_the_old_one_does_not),
	    cmocka_unit_test(the_paper_code_and_the_key_file_survive),
	    cmocka_unit_test(nothing_of_the_old_slots_is_in_the_new_ones),
	    cmocka_unit_test(trap_3_a_planted_public_key_gets_nothing),
	    cmocka_unit_test(trap_15_the_old_vault_key_does_not_open_the_new_header),
	    cmocka_unit_test(a_dropped_slot_is_gone),
	    cmocka_unit_test(trap_14_a_passphrase_that_is_neither_known_nor_dropped_is_named),
	    cmocka_unit_test(the_last_thing_to_type_cannot_be_dropped),
	    cmocka_unit_test(an_id_that_is_no_slots_is_refused),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
