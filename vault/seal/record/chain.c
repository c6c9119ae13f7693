/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/chain.h"

#include "vault/seal/box.h"
#include "vault/seal/hash.h"

#include <string.h>

enum { SEGMENT_ITEMS = 8, ENTRY_ITEMS = 4 };

bool chain_keys_new(struct chain_keys *keys, struct error *err)
{
	if (secret_random(&keys->payload, SEAL_KEY_BYTES, err) &&
	    secret_random(&keys->chain, SEAL_KEY_BYTES, err))
		return true;
	chain_keys_clear(keys);
	return false;
}

void chain_keys_clear(struct chain_keys *keys)
{
	secret_clear(&keys->payload);
	secret_clear(&keys->chain);
}

static bool complete(const struct chain_keys *keys, struct error *err)
{
	if (keys->payload.len == SEAL_KEY_BYTES && keys->chain.len == SEAL_KEY_BYTES)
		return true;
	return error_set(err, ERROR_LOCKED, "the log is locked");
}

/* The key that wraps a segment's keys and the data they are bound to. */
struct segment_binding {
	struct pae_u64 number, first, epoch;
	struct pae_item items[SEGMENT_ITEMS];
	struct box box;
};

static void segment_bind(struct segment_binding *ad, const struct seal_ctx *ctx,
			 const struct chain_segment *segment)
{
	ad->number = pae_u64(segment->number);
	ad->first = pae_u64(segment->first);
	ad->epoch = pae_u64(segment->epoch);
	ad->items[0] = PAE_TEXT("credvault/segment/v1");
	ad->items[1] = PAE_ID(ctx->vault_id);
	ad->items[2] = PAE_U64(ad->epoch);
	ad->items[3] = PAE_U64(ad->number);
	ad->items[4] = PAE_U64(ad->first);
	ad->items[5] = PAE_ARRAY(segment->head);
	ad->items[6] = PAE_ARRAY(segment->id);
	ad->items[7] = PAE_ARRAY(segment->digest);
	ad->box = (struct box){.key = ctx->keys->at[KEY_LOG].data,
			       .ad = ad->items,
			       .ad_count = SEGMENT_ITEMS,
			       .what = "log"};
}

bool chain_file_begin(const unsigned char vault_id[static SEAL_ID_BYTES],
		      const struct chain_segment *segment, struct buf *out, struct error *err)
{
	struct pae_u64 number = pae_u64(segment->number), first = pae_u64(segment->first);
	const struct pae_item items[] = {PAE_TEXT("credvault/log-file/v1"),
					 PAE_ID(vault_id),
					 PAE_U64(number),
					 PAE_U64(first),
					 PAE_ARRAY(segment->head),
					 PAE_ARRAY(segment->id)};

	return pae_append(out, items, sizeof(items) / sizeof(items[0]), err);
}

void chain_file_digest(const void *data, size_t len, unsigned char out[static SEAL_DIGEST_BYTES])
{
	struct hash hash;

	hash_begin(&hash, NULL, "cv.log.file.v1", SEAL_DIGEST_BYTES);
	hash_add(&hash, data, len);
	hash_end(&hash, out);
}

bool chain_wrap(const struct seal_ctx *ctx, const struct chain_segment *segment,
		const struct chain_keys *segment_keys, unsigned char nonce[static SEAL_NONCE_BYTES],
		unsigned char wrapped[static CHAIN_WRAPPED_BYTES], struct error *err)
{
	struct secret both = SECRET_EMPTY;
	struct segment_binding ad;
	bool ok = false;

	if (!keys_have(ctx->keys, KEY_LOG)) {
		error_set(err, ERROR_LOCKED, "the vault is locked");
		goto out;
	}
	if (!complete(segment_keys, err) || !secret_alloc(&both, (size_t)2 * SEAL_KEY_BYTES, err))
		goto out;
	memcpy(both.data, segment_keys->payload.data, SEAL_KEY_BYTES);
	memcpy(both.data + SEAL_KEY_BYTES, segment_keys->chain.data, SEAL_KEY_BYTES);
	segment_bind(&ad, ctx, segment);
	ok = box_seal(&ad.box, both.data, both.len, nonce, wrapped, err);
out:
	secret_clear(&both);
	return ok;
}

bool chain_unwrap(const struct seal_ctx *ctx, const struct chain_segment *segment,
		  const unsigned char nonce[static SEAL_NONCE_BYTES],
		  const unsigned char wrapped[static CHAIN_WRAPPED_BYTES], struct chain_keys *out,
		  struct error *err)
{
	struct secret both = SECRET_EMPTY;
	struct segment_binding ad;
	bool ok = false;

	chain_keys_clear(out);
	if (!keys_have(ctx->keys, KEY_LOG)) {
		error_set(err, ERROR_LOCKED, "the vault is locked");
		goto out;
	}
	segment_bind(&ad, ctx, segment);
	ok = secret_alloc(&both, (size_t)2 * SEAL_KEY_BYTES, err) &&
	     box_open(&ad.box, nonce, wrapped, CHAIN_WRAPPED_BYTES, both.data, err) &&
	     secret_set(&out->payload, both.data, SEAL_KEY_BYTES, err) &&
	     secret_set(&out->chain, both.data + SEAL_KEY_BYTES, SEAL_KEY_BYTES, err);
	if (!ok)
		chain_keys_clear(out);
out:
	secret_clear(&both);
	return ok;
}

/* The key that seals an entry and the data it is bound to. */
struct entry_binding {
	struct pae_u64 segment, number;
	struct pae_item items[ENTRY_ITEMS];
	struct box box;
};

static void entry_bind(struct entry_binding *ad, const struct chain_place *place)
{
	ad->segment = pae_u64(place->segment);
	ad->number = pae_u64(place->number);
	ad->items[0] = PAE_TEXT("credvault/entry/v1");
	ad->items[1] = PAE_ID(place->vault_id);
	ad->items[2] = PAE_U64(ad->segment);
	ad->items[3] = PAE_U64(ad->number);
	ad->box = (struct box){.key = place->keys->payload.data,
			       .ad = ad->items,
			       .ad_count = ENTRY_ITEMS,
			       .what = "log",
			       .max = CHAIN_SEALED_MAX};
}

bool chain_seal(const struct chain_place *place, const void *plain, size_t plain_len,
		unsigned char nonce[static SEAL_NONCE_BYTES], struct buf *sealed, struct error *err)
{
	struct entry_binding ad;

	if (!complete(place->keys, err))
		return false;
	if (plain_len > CHAIN_PLAIN_MAX)
		return error_set(err, ERROR_FAILED, "a log entry has at most %d bytes",
				 CHAIN_PLAIN_MAX);
	entry_bind(&ad, place);
	return box_seal_padded(&ad.box, plain, plain_len, nonce, sealed, err);
}

bool chain_open(const struct chain_place *place, const unsigned char nonce[static SEAL_NONCE_BYTES],
		const void *sealed, size_t sealed_len, struct buf *plain, struct error *err)
{
	struct entry_binding ad;

	if (!complete(place->keys, err))
		return false;
	entry_bind(&ad, place);
	return box_open_padded(&ad.box, nonce, sealed, sealed_len, plain, err);
}

bool chain_head(const struct chain_place *place,
		const unsigned char before[static SEAL_DIGEST_BYTES], const void *plain,
		size_t plain_len, unsigned char out[static SEAL_DIGEST_BYTES], struct error *err)
{
	struct pae_u64 at = pae_u64(place->number);
	unsigned char entry[SEAL_DIGEST_BYTES] = {0};
	struct hash hash;

	if (!complete(place->keys, err))
		return false;
	hash_begin(&hash, NULL, "cv.entry.v1", sizeof(entry));
	hash_add(&hash, plain, plain_len);
	hash_end(&hash, entry);
	{
		struct pae_item items[] = {PAE_TEXT("credvault/audit/v1"),
					   PAE_ID(place->vault_id),
					   PAE_U64(at),
					   {before, SEAL_DIGEST_BYTES},
					   PAE_ARRAY(entry)};

		hash_pae(place->keys->chain.data, "cv.chain.v1", items, 5, out);
	}
	return true;
}
