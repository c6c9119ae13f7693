/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/manifest.h"

#include "tests/seal/fixture.h"

static unsigned char buckets[MANIFEST_BUCKETS][SEAL_DIGEST_BYTES];
static unsigned char key_sealed[FIXTURE_BYTES_MAX], use_sealed[FIXTURE_BYTES_MAX];
static struct record_row key_row, use_row;

static int setup(void **state)
{
	if (fixture_open(state) != 0)
		return -1;
	unhex(VECTOR_KEY_ID, key_row.id.id, SEAL_ID_BYTES);
	key_row.id.table = TABLE_KEY;
	key_row.id.version = 7;
	key_row.id.epoch = 1;
	unhex(VECTOR_KEY_INDEX, key_row.id.name_index, SEAL_DIGEST_BYTES);
	unhex(VECTOR_KEY_NONCE, key_row.nonce, SEAL_NONCE_BYTES);
	key_row.sealed_len = unhex(VECTOR_KEY_SEALED, key_sealed, sizeof(key_sealed));
	key_row.sealed = key_sealed;
	unhex(VECTOR_USE_ID, use_row.id.id, SEAL_ID_BYTES);
	use_row.id.table = TABLE_USAGE;
	use_row.id.version = 1;
	use_row.id.epoch = 1;
	unhex(VECTOR_USE_INDEX, use_row.id.name_index, SEAL_DIGEST_BYTES);
	unhex(VECTOR_USE_NONCE, use_row.nonce, SEAL_NONCE_BYTES);
	use_row.sealed_len = unhex(VECTOR_USE_SEALED, use_sealed, sizeof(use_sealed));
	use_row.sealed = use_sealed;
	return 0;
}

static void row_digest(const struct record_row *row, unsigned char out[static SEAL_DIGEST_BYTES])
{
	assert_good(manifest_row_digest(&keys, row, out, &err));
}

/* The root of a vault whose only rows are these, all of one bucket. */
static void root_of(const struct record_row *const rows[], size_t n,
		    unsigned char out[static SEAL_DIGEST_BYTES])
{
	struct manifest_bucket bucket;
	unsigned char digest[SEAL_DIGEST_BYTES];

	for (unsigned int i = 0; i < MANIFEST_BUCKETS; i++) {
		assert_good(manifest_bucket_begin(&bucket, &keys, i, &err));
		for (size_t r = 0; n > 0 && i == rows[0]->id.id[0] && r < n; r++) {
			row_digest(rows[r], digest);
			assert_good(manifest_bucket_add(&bucket, &rows[r]->id, digest, &err));
		}
		manifest_bucket_end(&bucket, buckets[i]);
	}
	assert_good(
	    manifest_root(&keys, (const unsigned char(*)[SEAL_DIGEST_BYTES])buckets, out, &err));
}

static void digests_buckets_and_root_are_the_frozen_ones(void **state)
{
	const struct record_row *rows[] = {&key_row, &use_row};
	unsigned char out[SEAL_DIGEST_BYTES];

	(void)state;
	row_digest(&key_row, out);
	assert_hex(out, sizeof(out), VECTOR_KEY_DIGEST);
	row_digest(&use_row, out);
	assert_hex(out, sizeof(out), VECTOR_USE_DIGEST);
	root_of(rows, 2, out);
	assert_hex(buckets[0x21], SEAL_DIGEST_BYTES, VECTOR_BUCKET_21);
	assert_hex(buckets[0], SEAL_DIGEST_BYTES, VECTOR_BUCKET_00);
	assert_hex(out, sizeof(out), VECTOR_ROOT);
}

static void a_row_more_or_less_changes_the_root(void **state)
{
	const struct record_row *both[] = {&key_row, &use_row}, *one[] = {&key_row},
				*other[] = {&use_row};
	unsigned char roots[4][SEAL_DIGEST_BYTES];

	(void)state;
	root_of(both, 2, roots[0]);
	root_of(one, 1, roots[1]);
	root_of(other, 1, roots[2]);
	root_of(one, 0, roots[3]);
	for (int i = 0; i < 4; i++) {
		for (int j = 0; j < i; j++)
			assert_memory_not_equal(roots[i], roots[j], SEAL_DIGEST_BYTES);
	}
}

static void every_column_of_a_row_counts(void **state)
{
	unsigned char whole[SEAL_DIGEST_BYTES], out[SEAL_DIGEST_BYTES];
	struct record_row row;

	(void)state;
	row_digest(&key_row, whole);
#define COUNTS(change_)                                           \
	do {                                                      \
		row = key_row;                                    \
		change_;                                          \
		row_digest(&row, out);                            \
		assert_memory_not_equal(out, whole, sizeof(out)); \
	} while (0)
	COUNTS(row.id.id[15] ^= 1);
	COUNTS(row.id.table = TABLE_SETTINGS);
	COUNTS(row.id.version--);
	COUNTS(row.id.epoch++);
	COUNTS(row.id.name_index[0] ^= 1);
	COUNTS(row.nonce[23] ^= 1);
	COUNTS(row.sealed = use_sealed);
	COUNTS(row.sealed_len--);
#undef COUNTS
	key_sealed[key_row.sealed_len - 1] ^= 1;
	row_digest(&key_row, out);
	key_sealed[key_row.sealed_len - 1] ^= 1;
	assert_memory_not_equal(out, whole, sizeof(out));
}

/*
 * TRAP 11: an old row is whole in itself; the root tells that it is not the one of this generation.
 */
static void trap_11_a_replayed_row_shows_in_the_root(void **state)
{
	const struct record_row *now[] = {&key_row}, *then[1];
	struct record_row old = key_row;
	unsigned char fresh[SEAL_DIGEST_BYTES], replayed[SEAL_DIGEST_BYTES];

	(void)state;
	old.id.version = 6;
	then[0] = &old;
	root_of(now, 1, fresh);
	root_of(then, 1, replayed);
	assert_memory_not_equal(fresh, replayed, sizeof(fresh));
}

static void rows_out_of_order_doubled_or_misplaced_are_refused(void **state)
{
	struct manifest_bucket bucket;
	unsigned char digest[SEAL_DIGEST_BYTES] = {0};
	struct record_id id = {.id = {0x21, 5}, .table = 2};

	(void)state;
	assert_good(manifest_bucket_begin(&bucket, &keys, 0x21, &err));
	assert_good(manifest_bucket_add(&bucket, &id, digest, &err));
	assert_refused(manifest_bucket_add(&bucket, &id, digest, &err), TAMPERED);
	id.id[1] = 4;
	assert_refused(manifest_bucket_add(&bucket, &id, digest, &err), TAMPERED);
	id.id[1] = 6;
	id.table = 1;
	assert_refused(manifest_bucket_add(&bucket, &id, digest, &err), TAMPERED);
	id.table = 3;
	id.id[1] = 0;
	assert_good(manifest_bucket_add(&bucket, &id, digest, &err));
	id.id[0] = 0x22;
	id.id[1] = 9;
	assert_refused(manifest_bucket_add(&bucket, &id, digest, &err), TAMPERED);
	assert_int_equal(bucket.rows, 2);
	manifest_bucket_end(&bucket, digest);
	assert_refused(manifest_bucket_begin(&bucket, &keys, 256, &err), FAILED);
}

static void the_root_needs_its_key(void **state)
{
	struct manifest_bucket bucket;
	unsigned char out[SEAL_DIGEST_BYTES];
	struct keys none = {0};

	(void)state;
	assert_refused(manifest_row_digest(&none, &key_row, out, &err), LOCKED);
	assert_refused(manifest_bucket_begin(&bucket, &none, 0, &err), LOCKED);
	assert_refused(
	    manifest_root(&none, (const unsigned char(*)[SEAL_DIGEST_BYTES])buckets, out, &err),
	    LOCKED);
}

static struct manifest frozen_manifest(unsigned char nonce[static SEAL_NONCE_BYTES],
				       unsigned char *sealed, size_t *len)
{
	struct manifest out;

	unhex(VECTOR_MAN_NONCE, nonce, SEAL_NONCE_BYTES);
	*len = unhex(VECTOR_MANIFEST, sealed, MANIFEST_SEALED_MAX);
	assert_good(manifest_open(SEAL_OF(&keys, vault_id, 1), nonce, sealed, *len, &out, &err));
	return out;
}

static void the_frozen_manifest_opens(void **state)
{
	unsigned char nonce[SEAL_NONCE_BYTES], sealed[MANIFEST_SEALED_MAX];
	static const unsigned char zero[SEAL_DIGEST_BYTES];
	struct manifest got;
	size_t len;

	(void)state;
	got = frozen_manifest(nonce, sealed, &len);
	assert_true(got.generation == 9 && got.rows == 2 && got.log_count == 2);
	assert_hex(got.root, SEAL_DIGEST_BYTES, VECTOR_ROOT);
	assert_hex(got.header_digest, SEAL_DIGEST_BYTES, VECTOR_HEADER_DIGEST);
	assert_hex(got.log_head, SEAL_DIGEST_BYTES, VECTOR_HEAD_2);
	assert_memory_equal(got.mark_digest, zero, SEAL_DIGEST_BYTES);
	assert_int_equal(got.updated_at, VECTOR_CREATED);
	assert_string_equal(got.writer, "vectors");
}

static void a_manifest_survives_the_seal(void **state)
{
	struct manifest manifest = {.generation = UINT64_MAX, .updated_at = INT64_MAX}, got;
	struct buf sealed = BUF_INIT(MANIFEST_SEALED_MAX);
	unsigned char nonce[SEAL_NONCE_BYTES];

	(void)state;
	memset(manifest.writer, 'w', MANIFEST_WRITER_MAX);
	assert_good(manifest_seal(SEAL_OF(&keys, vault_id, 3), &manifest, nonce, &sealed, &err));
	assert_good(
	    manifest_open(SEAL_OF(&keys, vault_id, 3), nonce, sealed.data, sealed.len, &got, &err));
	assert_memory_equal(&got, &manifest, sizeof(got));
	manifest.writer[0] = '\0';
	assert_refused(manifest_seal(SEAL_OF(&keys, vault_id, 3), &manifest, nonce, &sealed, &err),
		       FAILED);
	buf_clear(&sealed);
}

static void every_change_of_a_manifest_is_noticed(void **state)
{
	unsigned char nonce[SEAL_NONCE_BYTES], sealed[MANIFEST_SEALED_MAX], other[SEAL_ID_BYTES];
	struct manifest got;
	size_t len;

	(void)state;
	(void)frozen_manifest(nonce, sealed, &len);
#define REFUSE()                                                                                   \
	assert_refused(manifest_open(SEAL_OF(&keys, vault_id, 1), nonce, sealed, len, &got, &err), \
		       TAMPERED)
	for (size_t i = 0; i < len; i++) {
		sealed[i] ^= 0x40;
		REFUSE();
		sealed[i] ^= 0x40;
	}
	for (size_t i = 0; i < SEAL_NONCE_BYTES; i++) {
		nonce[i] ^= 1;
		REFUSE();
		nonce[i] ^= 1;
	}
	for (size_t n = 0; n < sizeof(sealed); n++) {
		if (n != len)
			assert_refused(manifest_open(SEAL_OF(&keys, vault_id, 1), nonce, sealed, n,
						     &got, &err),
				       TAMPERED);
	}
	assert_refused(manifest_open(SEAL_OF(&keys, vault_id, 2), nonce, sealed, len, &got, &err),
		       TAMPERED);
	memcpy(other, vault_id, sizeof(other));
	other[0] ^= 1;
	assert_refused(manifest_open(SEAL_OF(&keys, other, 1), nonce, sealed, len, &got, &err),
		       TAMPERED);
	assert_int_equal(got.generation, 0);
#undef REFUSE
}

/* TRAP 9: no manifest is no vault; an empty one is no manifest. */
static void trap_9_an_absent_manifest_is_refused(void **state)
{
	unsigned char nonce[SEAL_NONCE_BYTES] = {0};
	struct manifest got;
	struct keys none = {0};

	(void)state;
	assert_refused(manifest_open(SEAL_OF(&keys, vault_id, 1), nonce, "", 0, &got, &err),
		       TAMPERED);
	assert_refused(manifest_open(SEAL_OF(&none, vault_id, 1), nonce, "", 0, &got, &err),
		       LOCKED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(digests_buckets_and_root_are_the_frozen_ones),
	    cmocka_unit_test(a_row_more_or_less_changes_the_root),
	    cmocka_unit_test(every_column_of_a_row_counts),
	    cmocka_unit_test(trap_11_a_replayed_row_shows_in_the_root),
	    cmocka_unit_test(rows_out_of_order_doubled_or_misplaced_are_refused),
	    cmocka_unit_test(the_root_needs_its_key),
	    cmocka_unit_test(the_frozen_manifest_opens),
	    cmocka_unit_test(a_manifest_survives_the_seal),
	    cmocka_unit_test(every_change_of_a_manifest_is_noticed),
	    cmocka_unit_test(trap_9_an_absent_manifest_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, fixture_close);
}
