/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/chain.h"

#include "tests/seal/fixture.h"
#include "vault/seal/pae.h"

static struct chain_keys own;
static unsigned char nonce[SEAL_NONCE_BYTES], wrapped[CHAIN_WRAPPED_BYTES];
static struct chain_segment segment;
static unsigned char entry_nonce[SEAL_NONCE_BYTES], entry[CHAIN_SEALED_MAX];
static size_t entry_len;
static struct buf plain = BUF_INIT(FIXTURE_BYTES_MAX);

static int setup(void **state)
{
	if (fixture_open(state) != 0)
		return -1;
	segment = (struct chain_segment){.number = 1, .first = 1, .epoch = 1};
	unhex(VECTOR_SEG_ID, segment.id, sizeof(segment.id));
	unhex(VECTOR_SEG_NONCE, nonce, sizeof(nonce));
	unhex(VECTOR_WRAPPED, wrapped, sizeof(wrapped));
	unhex(VECTOR_ENTRY_NONCE, entry_nonce, sizeof(entry_nonce));
	entry_len = unhex(VECTOR_ENTRY_SEALED, entry, sizeof(entry));
	assert_good(secret_alloc(&own.payload, SEAL_KEY_BYTES, &err));
	assert_good(secret_alloc(&own.chain, SEAL_KEY_BYTES, &err));
	unhex(VECTOR_PAYLOAD, own.payload.data, SEAL_KEY_BYTES);
	unhex(VECTOR_CHAIN, own.chain.data, SEAL_KEY_BYTES);
	return 0;
}

static int teardown(void **state)
{
	chain_keys_clear(&own);
	buf_clear(&plain);
	return fixture_close(state);
}

#define PLACE(keys_, vault_id_, segment_, number_) \
	(&(struct chain_place){(keys_), (vault_id_), (segment_), (number_)})

static bool unwraps(const struct chain_segment *from)
{
	struct chain_keys got = {0};
	bool ok;

	err = ERROR_INIT;
	ok = chain_unwrap(SEAL_OF(&keys, vault_id, 1), from, nonce, wrapped, &got, &err);
	if (!ok)
		assert_true(got.payload.len == 0 && got.chain.len == 0);
	chain_keys_clear(&got);
	return ok;
}

static bool opens(uint64_t in, uint64_t number, size_t len)
{
	err = ERROR_INIT;
	return chain_open(PLACE(&own, vault_id, in, number), entry_nonce, entry, len, &plain, &err);
}

static void the_frozen_segment_unwraps(void **state)
{
	struct chain_keys got = {0};

	(void)state;
	assert_good(
	    chain_unwrap(SEAL_OF(&keys, vault_id, 1), &segment, nonce, wrapped, &got, &err));
	assert_hex(got.payload.data, got.payload.len, VECTOR_PAYLOAD);
	assert_hex(got.chain.data, got.chain.len, VECTOR_CHAIN);
	chain_keys_clear(&got);
}

static void the_frozen_entry_opens_and_the_heads_are_frozen(void **state)
{
	unsigned char start[SEAL_DIGEST_BYTES] = {0}, one[SEAL_DIGEST_BYTES],
		      two[SEAL_DIGEST_BYTES];

	(void)state;
	assert_good(opens(1, 1, entry_len));
	assert_string_equal(buf_text(&plain), "an unlock");
	assert_good(
	    chain_head(PLACE(&own, vault_id, 1, 1), start, plain.data, plain.len, one, &err));
	assert_hex(one, sizeof(one), VECTOR_HEAD_1);
	assert_good(chain_head(PLACE(&own, vault_id, 1, 2), one, "an emission", 11, two, &err));
	assert_hex(two, sizeof(two), VECTOR_HEAD_2);
}

static void the_frozen_file_is_written(void **state)
{
	struct buf file = BUF_INIT(FIXTURE_BYTES_MAX);
	unsigned char len[PAE_LENGTH_BYTES], digest[SEAL_DIGEST_BYTES];

	(void)state;
	pae_put_u32((uint32_t)entry_len, len);
	assert_good(chain_file_begin(vault_id, &segment, &file, &err));
	assert_good(buf_append(&file, len, sizeof(len), &err));
	assert_good(buf_append(&file, entry_nonce, sizeof(entry_nonce), &err));
	assert_good(buf_append(&file, entry, entry_len, &err));
	assert_hex((const unsigned char *)file.data, file.len, VECTOR_FILE);
	chain_file_digest(file.data, file.len, digest);
	assert_hex(digest, sizeof(digest), VECTOR_FILE_DIGEST);
	buf_clear(&file);
}

static void a_segment_is_wrapped_again_under_a_new_vault_key(void **state)
{
	struct secret other = SECRET_EMPTY;
	struct keys new_keys = {0};
	struct chain_keys got = {0};
	struct chain_segment next = segment;
	unsigned char n[SEAL_NONCE_BYTES], w[CHAIN_WRAPPED_BYTES];

	(void)state;
	assert_good(keys_new_vault_key(&other, &err));
	assert_good(keys_derive(&other, &new_keys, &err));
	next.epoch = 2;
	assert_good(chain_wrap(SEAL_OF(&new_keys, vault_id, 1), &next, &own, n, w, &err));
	assert_good(chain_unwrap(SEAL_OF(&new_keys, vault_id, 1), &next, n, w, &got, &err));
	assert_memory_equal(got.payload.data, own.payload.data, SEAL_KEY_BYTES);
	assert_memory_equal(got.chain.data, own.chain.data, SEAL_KEY_BYTES);
	assert_refused(chain_unwrap(SEAL_OF(&keys, vault_id, 1), &next, n, w, &got, &err),
		       TAMPERED);
	chain_keys_clear(&got);
	keys_clear(&new_keys);
	secret_clear(&other);
}

static void every_change_of_a_segment_is_noticed(void **state)
{
	struct chain_segment changed;

	(void)state;
	assert_good(unwraps(&segment));
	for (size_t i = 0; i < sizeof(wrapped); i++) {
		wrapped[i] ^= 2;
		assert_refused(unwraps(&segment), TAMPERED);
		wrapped[i] ^= 2;
	}
	for (size_t i = 0; i < sizeof(nonce); i++) {
		nonce[i] ^= 2;
		assert_refused(unwraps(&segment), TAMPERED);
		nonce[i] ^= 2;
	}
	for (int i = 0; i < 64; i++) {
		changed = segment;
		changed.number ^= (uint64_t)1 << i;
		assert_refused(unwraps(&changed), TAMPERED);
		changed = segment;
		changed.first ^= (uint64_t)1 << i;
		assert_refused(unwraps(&changed), TAMPERED);
		changed = segment;
		changed.epoch ^= (uint64_t)1 << i;
		assert_refused(unwraps(&changed), TAMPERED);
	}
	for (size_t i = 0; i < SEAL_DIGEST_BYTES; i++) {
		changed = segment;
		changed.head[i] ^= 1;
		assert_refused(unwraps(&changed), TAMPERED);
		changed = segment;
		changed.digest[i] ^= 1;
		assert_refused(unwraps(&changed), TAMPERED);
	}
	for (size_t i = 0; i < SEAL_ID_BYTES; i++) {
		changed = segment;
		changed.id[i] ^= 1;
		assert_refused(unwraps(&changed), TAMPERED);
	}
}

static void every_change_of_an_entry_is_noticed(void **state)
{
	(void)state;
	for (size_t i = 0; i < entry_len; i++) {
		entry[i] ^= 8;
		assert_refused(opens(1, 1, entry_len), TAMPERED);
		assert_int_equal(plain.len, 0);
		entry[i] ^= 8;
	}
	for (size_t n = 0; n < entry_len + 600; n++) {
		if (n != entry_len)
			assert_refused(opens(1, 1, n), TAMPERED);
	}
	assert_good(opens(1, 1, entry_len));
}

static void an_entry_has_one_place_in_one_vault(void **state)
{
	unsigned char other[SEAL_ID_BYTES];

	(void)state;
	assert_refused(opens(2, 1, entry_len), TAMPERED);
	assert_refused(opens(1, 2, entry_len), TAMPERED);
	assert_refused(opens(1, 0, entry_len), TAMPERED);
	memcpy(other, vault_id, sizeof(other));
	other[15] ^= 1;
	assert_refused(
	    chain_open(PLACE(&own, other, 1, 1), entry_nonce, entry, entry_len, &plain, &err),
	    TAMPERED);
}

static void everything_before_an_entry_counts_in_its_head(void **state)
{
	unsigned char before[SEAL_DIGEST_BYTES] = {7}, whole[SEAL_DIGEST_BYTES],
		      out[SEAL_DIGEST_BYTES], other[SEAL_ID_BYTES];
	struct chain_keys fresh = {0};

	(void)state;
	assert_good(chain_head(PLACE(&own, vault_id, 1, 5), before, "entry", 5, whole, &err));
#define DIFFERS(...)                                              \
	do {                                                      \
		assert_good(chain_head(__VA_ARGS__, out, &err));  \
		assert_memory_not_equal(out, whole, sizeof(out)); \
	} while (0)
	DIFFERS(PLACE(&own, vault_id, 1, 6), before, "entry", 5);
	DIFFERS(PLACE(&own, vault_id, 1, 5), before, "entrz", 5);
	DIFFERS(PLACE(&own, vault_id, 1, 5), before, "entry", 4);
	DIFFERS(PLACE(&own, vault_id, 1, 5), before, "entry\0", 6);
	memcpy(other, vault_id, sizeof(other));
	other[0] ^= 1;
	DIFFERS(PLACE(&own, other, 1, 5), before, "entry", 5);
	before[31] = 1;
	DIFFERS(PLACE(&own, vault_id, 1, 5), before, "entry", 5);
	before[31] = 0;
	assert_good(chain_keys_new(&fresh, &err));
	DIFFERS(PLACE(&fresh, vault_id, 1, 5), before, "entry", 5);
#undef DIFFERS
	chain_keys_clear(&fresh);
}

static void an_entry_of_any_allowed_length_survives(void **state)
{
	static const size_t lengths[] = {0, 1, 511, 512, 513, CHAIN_PLAIN_MAX};
	static unsigned char data[CHAIN_PLAIN_MAX + 1];
	struct buf sealed = BUF_INIT(CHAIN_SEALED_MAX);
	unsigned char n[SEAL_NONCE_BYTES];

	(void)state;
	secret_random_bytes(data, sizeof(data));
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		assert_good(
		    chain_seal(PLACE(&own, vault_id, 3, 9), data, lengths[i], n, &sealed, &err));
		assert_int_equal(sealed.len % 512, SEAL_TAG_BYTES);
		assert_good(chain_open(PLACE(&own, vault_id, 3, 9), n, sealed.data, sealed.len,
				       &plain, &err));
		assert_int_equal(plain.len, lengths[i]);
		if (plain.len > 0)
			assert_memory_equal(plain.data, data, plain.len);
	}
	assert_refused(
	    chain_seal(PLACE(&own, vault_id, 3, 9), data, CHAIN_PLAIN_MAX + 1, n, &sealed, &err),
	    FAILED);
	buf_clear(&sealed);
}

static void without_keys_there_is_no_log(void **state)
{
	struct keys none = {0};
	struct chain_keys empty = {0};
	struct buf sealed = BUF_INIT(CHAIN_SEALED_MAX);
	unsigned char n[SEAL_NONCE_BYTES], w[CHAIN_WRAPPED_BYTES], d[SEAL_DIGEST_BYTES] = {0};

	(void)state;
	assert_refused(chain_wrap(SEAL_OF(&none, vault_id, 1), &segment, &own, n, w, &err), LOCKED);
	assert_refused(chain_wrap(SEAL_OF(&keys, vault_id, 1), &segment, &empty, n, w, &err),
		       LOCKED);
	assert_refused(
	    chain_unwrap(SEAL_OF(&none, vault_id, 1), &segment, nonce, wrapped, &empty, &err),
	    LOCKED);
	assert_refused(chain_seal(PLACE(&empty, vault_id, 1, 1), "x", 1, n, &sealed, &err), LOCKED);
	assert_refused(chain_head(PLACE(&empty, vault_id, 1, 1), d, "x", 1, d, &err), LOCKED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_frozen_segment_unwraps),
	    cmocka_unit_test(the_frozen_entry_opens_and_the_heads_are_frozen),
	    cmocka_unit_test(the_frozen_file_is_written),
	    cmocka_unit_test(a_segment_is_wrapped_again_under_a_new_vault_key),
	    cmocka_unit_test(every_change_of_a_segment_is_noticed),
	    cmocka_unit_test(every_change_of_an_entry_is_noticed),
	    cmocka_unit_test(an_entry_has_one_place_in_one_vault),
	    cmocka_unit_test(everything_before_an_entry_counts_in_its_head),
	    cmocka_unit_test(an_entry_of_any_allowed_length_survives),
	    cmocka_unit_test(without_keys_there_is_no_log),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
