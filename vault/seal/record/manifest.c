/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/manifest.h"

#include "vault/seal/box.h"
#include "vault/seal/hash.h"
#include "vault/seal/tlv.h"

#include <string.h>

enum { AD_ITEMS = 3, PLAIN_MAX = MANIFEST_SEALED_MAX - SEAL_TAG_BYTES - 1 };

#define REQUIRED(tag_, kind_, member_) \
	TLV_FIELD(tag_, kind_, TLV_REQUIRED, struct manifest, member_)

/* The manifest has no name: its tags begin after TLV_TAG_NAME. */
static const struct tlv_field fields[] = {
    REQUIRED(2, TLV_U64, generation),	 REQUIRED(3, TLV_U64, rows),
    REQUIRED(4, TLV_BYTES, root),	 REQUIRED(5, TLV_BYTES, header_digest),
    REQUIRED(6, TLV_U64, log_count),	 REQUIRED(7, TLV_BYTES, log_head),
    REQUIRED(8, TLV_BYTES, mark_digest), REQUIRED(9, TLV_TIME, updated_at),
    REQUIRED(10, TLV_TEXT, writer),
};
static const struct tlv_form form = TLV_FORM("the manifest", fields);

static bool need(const struct keys *keys, enum key_id id, struct error *err)
{
	if (keys_have(keys, id))
		return true;
	return error_set(err, ERROR_LOCKED, "the vault is locked");
}

/* The key that seals the manifest and the data it is bound to. */
struct binding {
	struct pae_u64 epoch;
	struct pae_item items[AD_ITEMS];
	struct box box;
};

static bool binding_fill(struct binding *ad, const struct seal_ctx *ctx, struct error *err)
{
	if (!need(ctx->keys, KEY_MANIFEST, err))
		return false;
	ad->epoch = pae_u64(ctx->epoch);
	ad->items[0] = PAE_TEXT("credvault/manifest/v1");
	ad->items[1] = PAE_ID(ctx->vault_id);
	ad->items[2] = PAE_U64(ad->epoch);
	ad->box = (struct box){.key = ctx->keys->at[KEY_MANIFEST].data,
			       .ad = ad->items,
			       .ad_count = AD_ITEMS,
			       .what = "manifest",
			       .max = MANIFEST_SEALED_MAX};
	return true;
}

bool manifest_seal(const struct seal_ctx *ctx, const struct manifest *manifest,
		   unsigned char nonce[static SEAL_NONCE_BYTES], struct buf *sealed,
		   struct error *err)
{
	struct buf plain = BUF_INIT(PLAIN_MAX);
	struct binding ad;
	bool ok;

	ok = binding_fill(&ad, ctx, err) && tlv_encode(&form, manifest, &plain, err) &&
	     box_seal_padded(&ad.box, plain.data, plain.len, nonce, sealed, err);
	buf_clear(&plain);
	return ok;
}

bool manifest_open(const struct seal_ctx *ctx, const unsigned char nonce[static SEAL_NONCE_BYTES],
		   const void *sealed, size_t sealed_len, struct manifest *out, struct error *err)
{
	struct buf plain = BUF_INIT(MANIFEST_SEALED_MAX);
	struct binding ad;
	bool ok;

	memset(out, 0, sizeof(*out));
	ok = binding_fill(&ad, ctx, err) &&
	     box_open_padded(&ad.box, nonce, sealed, sealed_len, &plain, err) &&
	     tlv_decode(&form, plain.data, plain.len, out, err);
	if (!ok)
		memset(out, 0, sizeof(*out));
	buf_clear(&plain);
	return ok;
}

bool manifest_row_digest(const struct keys *keys, const struct record_row *row,
			 unsigned char out[static SEAL_DIGEST_BYTES], struct error *err)
{
	struct pae_u64 table = pae_u64(row->id.table), version = pae_u64(row->id.version),
		       epoch = pae_u64(row->id.epoch);
	struct pae_item items[] = {PAE_TEXT("credvault/row/v1"),
				   PAE_U64(table),
				   PAE_ARRAY(row->id.id),
				   PAE_U64(version),
				   PAE_U64(epoch),
				   PAE_ARRAY(row->id.name_index),
				   PAE_ARRAY(row->nonce),
				   {row->sealed, row->sealed_len}};

	if (!need(keys, KEY_ROOT, err))
		return false;
	if (row->sealed_len > RECORD_SEALED_MAX)
		return box_tampered("record", err);
	hash_pae(keys->at[KEY_ROOT].data, "cv.row.v1", items, 8, out);
	return true;
}

/*
 * The public struct only provides the bytes of the state, so that including files need no libsodium
 * header.
 */
static struct hash *state_of(struct manifest_bucket *bucket)
{
	_Static_assert(sizeof(struct hash) <= sizeof(bucket->state), "the state fits");
	_Static_assert(_Alignof(struct hash) <= 64, "and is aligned");
	return (struct hash *)(void *)bucket->state;
}

bool manifest_bucket_begin(struct manifest_bucket *bucket, const struct keys *keys,
			   unsigned int number, struct error *err)
{
	memset(bucket, 0, sizeof(*bucket));
	if (!need(keys, KEY_ROOT, err))
		return false;
	if (number >= MANIFEST_BUCKETS)
		return error_set(err, ERROR_FAILED, "there is no bucket %u", number);
	bucket->number = number;
	hash_begin(state_of(bucket), keys->at[KEY_ROOT].data, "cv.bucket.v1", SEAL_DIGEST_BYTES);
	return true;
}

bool manifest_bucket_add(struct manifest_bucket *bucket, const struct record_id *id,
			 const unsigned char digest[static SEAL_DIGEST_BYTES], struct error *err)
{
	if (id->id[0] != bucket->number)
		return box_tampered("a record's place", err);
	if (bucket->any && (id->table < bucket->last_table ||
			    (id->table == bucket->last_table &&
			     memcmp(id->id, bucket->last_id, SEAL_ID_BYTES) <= 0)))
		return box_tampered("the records' order", err);
	hash_add(state_of(bucket), digest, SEAL_DIGEST_BYTES);
	bucket->any = true;
	bucket->last_table = id->table;
	memcpy(bucket->last_id, id->id, SEAL_ID_BYTES);
	bucket->rows++;
	return true;
}

void manifest_bucket_end(struct manifest_bucket *bucket,
			 unsigned char out[static SEAL_DIGEST_BYTES])
{
	hash_end(state_of(bucket), out);
}

bool manifest_root(const struct keys *keys,
		   const unsigned char buckets[static MANIFEST_BUCKETS][SEAL_DIGEST_BYTES],
		   unsigned char out[static SEAL_DIGEST_BYTES], struct error *err)
{
	struct hash hash;

	if (!need(keys, KEY_ROOT, err))
		return false;
	hash_begin(&hash, keys->at[KEY_ROOT].data, "cv.root.v1", SEAL_DIGEST_BYTES);
	hash_add(&hash, buckets, (size_t)MANIFEST_BUCKETS * SEAL_DIGEST_BYTES);
	hash_end(&hash, out);
	return true;
}
