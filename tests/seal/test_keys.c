/* SPDX-License-Identifier: MIT */
#include "vault/seal/keys.h"

#include "tests/seal/fixture.h"
#include "vault/format/json.h"

static json_t *as_json(const char *text, size_t len)
{
	json_t *value = NULL;

	assert_good(json_parse(text, len, FIXTURE_BYTES_MAX, &value, &err));
	return value;
}

static json_t *own_json(void)
{
	struct buf text = BUF_INIT(4096);
	json_t *value;

	assert_good(keys_append_json(&keys, &text, &err));
	value = as_json(text.data, text.len);
	buf_clear(&text);
	return value;
}

static void the_subkeys_are_the_frozen_ones(void **state)
{
	static const struct {
		enum key_id id;
		const char *hex;
	} want[] = {{KEY_RECORD, VECTOR_K1},  {KEY_INDEX, VECTOR_K2}, {KEY_MANIFEST, VECTOR_K3},
		    {KEY_LOG, VECTOR_K5},     {KEY_MARK, VECTOR_K7},  {KEY_ROOT, VECTOR_K8},
		    {KEY_SESSION, VECTOR_K9}, {KEY_PROOF, VECTOR_K10}};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_hex(keys.at[want[i].id].data, SEAL_KEY_BYTES, want[i].hex);
}

static void the_header_key_is_never_in_the_agents_set(void **state)
{
	struct secret header = SECRET_EMPTY;

	(void)state;
	assert_false(keys_have(&keys, KEY_HEADER));
	assert_good(keys_derive_header(&vault_key, &header, &err));
	assert_hex(header.data, header.len, VECTOR_K4);
	secret_clear(&header);
}

static void no_two_subkeys_are_equal(void **state)
{
	(void)state;
	for (int i = 0; i < KEY_ID_END; i++) {
		for (int j = 0; j < i; j++) {
			if (keys_have(&keys, (enum key_id)i) && keys_have(&keys, (enum key_id)j))
				assert_memory_not_equal(keys.at[i].data, keys.at[j].data,
							SEAL_KEY_BYTES);
		}
	}
}

static void the_idle_limit_wipes_records_and_names_alone(void **state)
{
	struct keys set = {0};
	struct keys_pair pair;

	(void)state;
	assert_good(keys_derive(&vault_key, &set, &err));
	keys_clear_records(&set);
	for (int id = 0; id < KEY_ID_END; id++)
		assert_int_equal(keys_have(&set, (enum key_id)id),
				 keys_have(&keys, (enum key_id)id) && id != KEY_RECORD &&
				     id != KEY_INDEX);
	assert_refused(keys_of_records(&set, &pair, &err), LOCKED);
	assert_good(keys_of_sessions(&set, &pair, &err));
	keys_clear(&set);
	assert_refused(keys_of_sessions(&set, &pair, &err), LOCKED);
}

static void the_commitment_is_the_frozen_one_and_depends_on_everything(void **state)
{
	unsigned char one[SEAL_DIGEST_BYTES], other[SEAL_DIGEST_BYTES];
	unsigned char id[SEAL_ID_BYTES];

	(void)state;
	keys_commit(&vault_key, vault_id, 1, one);
	assert_hex(one, sizeof(one), VECTOR_COMMIT);
	keys_commit(&vault_key, vault_id, 2, other);
	assert_memory_not_equal(one, other, sizeof(one));
	memcpy(id, vault_id, sizeof(id));
	id[15] ^= 1;
	keys_commit(&vault_key, id, 1, other);
	assert_memory_not_equal(one, other, sizeof(one));
	keys_commit(&keys.at[KEY_RECORD], vault_id, 1, other);
	assert_memory_not_equal(one, other, sizeof(one));
}

static void the_set_survives_the_way_through_json(void **state)
{
	struct keys got = {0};
	json_t *object = own_json();

	(void)state;
	assert_good(keys_from_json(object, &got, &err));
	assert_true(keys_equal(&keys, &got));
	assert_false(keys_have(&got, KEY_HEADER));
	keys_clear(&got);
	json_decref(object);
}

static void an_incomplete_set_is_not_written(void **state)
{
	struct keys set = {0};
	struct buf text = BUF_INIT(4096);

	(void)state;
	assert_refused(keys_append_json(&set, &text, &err), FAILED);
	assert_good(keys_derive(&vault_key, &set, &err));
	keys_clear_records(&set);
	assert_refused(keys_append_json(&set, &text, &err), FAILED);
	assert_int_equal(text.len, 0);
	keys_clear(&set);
}

static void a_member_too_few_is_refused(void **state)
{
	static const char *const names[] = {"record", "index", "manifest", "log",
					    "mark",   "root",  "session",  "proof"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct keys got = {0};
		json_t *object = own_json();

		assert_int_equal(json_object_del(object, names[i]), 0);
		assert_refused(keys_from_json(object, &got, &err), PROTOCOL);
		for (int id = 0; id < KEY_ID_END; id++)
			assert_false(keys_have(&got, (enum key_id)id));
		json_decref(object);
	}
}

static void a_header_key_is_refused(void **state)
{
	struct keys got = {0};
	json_t *object = own_json();

	(void)state;
	assert_int_equal(json_object_set_new(object, "header", json_string(VECTOR_K4)), 0);
	assert_false(keys_from_json(object, &got, &err));
	assert_false(keys_have(&got, KEY_RECORD));
	json_decref(object);
}

static void keys_that_are_no_hex_of_32_bytes_are_refused(void **state)
{
	static const char *const bad[] = {
	    "", "00", VECTOR_K1 "00",
	    "zz1122334455667788990011223344556677889900112233445566778899aabb"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct keys got = {0};
		json_t *object = own_json();

		assert_int_equal(json_object_set_new(object, "root", json_string(bad[i])), 0);
		assert_refused(keys_from_json(object, &got, &err), PROTOCOL);
		assert_false(keys_have(&got, KEY_RECORD));
		json_decref(object);
	}
}

static void a_vault_key_of_another_length_is_refused(void **state)
{
	struct secret shorter = SECRET_EMPTY;
	struct keys set = {0};

	(void)state;
	assert_refused(keys_derive(&shorter, &set, &err), FAILED);
	assert_good(secret_random(&shorter, SEAL_KEY_BYTES - 1, &err));
	assert_refused(keys_derive(&shorter, &set, &err), FAILED);
	assert_refused(keys_derive_header(&shorter, &set.at[1], &err), FAILED);
	secret_clear(&shorter);
}

static void two_sets_are_equal_only_when_all_is(void **state)
{
	struct keys set = {0};

	(void)state;
	assert_false(keys_equal(&keys, &set));
	assert_good(keys_derive(&vault_key, &set, &err));
	assert_true(keys_equal(&keys, &set));
	set.at[KEY_PROOF].data[31] ^= 1;
	assert_false(keys_equal(&keys, &set));
	keys_clear(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_subkeys_are_the_frozen_ones),
	    cmocka_unit_test(the_header_key_is_never_in_the_agents_set),
	    cmocka_unit_test(no_two_subkeys_are_equal),
	    cmocka_unit_test(the_idle_limit_wipes_records_and_names_alone),
	    cmocka_unit_test(the_commitment_is_the_frozen_one_and_depends_on_everything),
	    cmocka_unit_test(the_set_survives_the_way_through_json),
	    cmocka_unit_test(an_incomplete_set_is_not_written),
	    cmocka_unit_test(a_member_too_few_is_refused),
	    cmocka_unit_test(a_header_key_is_refused),
	    cmocka_unit_test(keys_that_are_no_hex_of_32_bytes_are_refused),
	    cmocka_unit_test(a_vault_key_of_another_length_is_refused),
	    cmocka_unit_test(two_sets_are_equal_only_when_all_is),
	};

	json_open();
	return FIXTURE_RUN(tests);
}
