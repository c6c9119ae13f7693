/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/record.h"

#include "vault/seal/box.h"
#include "vault/seal/hash.h"
#include "vault/seal/tlv.h"

#include <string.h>

enum { AD_ITEMS = 7 };

static bool keys_of_table(const struct keys *keys, uint64_t table, struct keys_pair *out,
			  struct error *err)
{
	switch (table) {
	case TABLE_KEY:
	case TABLE_ROTATION:
	case TABLE_CA_BUNDLE:
	case TABLE_SETTINGS: return keys_of_records(keys, out, err);
	case TABLE_SESSION:
	case TABLE_USAGE:
	case TABLE_ANCHOR:
	case TABLE_MFA: return keys_of_sessions(keys, out, err);
	default: return box_tampered("a record of no known table", err);
	}
}

bool record_table_is_known(uint64_t table)
{
	return table >= TABLE_KEY && table <= TABLE_ANCHOR;
}

static void name_index(const struct keys_pair *pair, uint64_t table, const char *name,
		       size_t name_len, unsigned char out[static SEAL_DIGEST_BYTES])
{
	struct pae_u64 number = pae_u64(table);
	struct pae_item items[] = {
	    PAE_TEXT("credvault/name/v1"), PAE_U64(number), {name, name_len}};

	hash_pae(pair->index, "cv.name.v1", items, 3, out);
}

bool record_name_index(const struct keys *keys, enum record_table table, const char *name,
		       unsigned char out[static SEAL_DIGEST_BYTES], struct error *err)
{
	size_t len = strlen(name);
	struct keys_pair pair = {0};

	if (len < 1 || len > RECORD_NAME_MAX)
		return error_set(err, ERROR_USAGE, "a name has 1 to %d bytes", RECORD_NAME_MAX);
	if (!keys_of_table(keys, table, &pair, err))
		return false;
	name_index(&pair, table, name, len, out);
	secret_wipe(&pair, sizeof(pair));
	return true;
}

bool record_id_new(const struct seal_ctx *ctx, enum record_table table, const char *name,
		   struct record_id *out, struct error *err)
{
	memset(out, 0, sizeof(*out));
	if (!record_name_index(ctx->keys, table, name, out->name_index, err))
		return false;
	secret_random_bytes(out->id, sizeof(out->id));
	out->table = table;
	out->version = 1;
	out->epoch = ctx->epoch;
	return true;
}

/* The data that a blob is bound to. */
struct binding {
	struct pae_u64 epoch, table, version;
	struct pae_item items[AD_ITEMS];
};

static void binding_fill(struct binding *ad, const unsigned char vault_id[static SEAL_ID_BYTES],
			 const struct record_id *id)
{
	ad->epoch = pae_u64(id->epoch);
	ad->table = pae_u64(id->table);
	ad->version = pae_u64(id->version);
	ad->items[0] = PAE_TEXT("credvault/record/v1");
	ad->items[1] = PAE_ID(vault_id);
	ad->items[2] = PAE_U64(ad->epoch);
	ad->items[3] = PAE_U64(ad->table);
	ad->items[4] = PAE_ARRAY(id->id);
	ad->items[5] = PAE_U64(ad->version);
	ad->items[6] = PAE_ARRAY(id->name_index);
}

/* Whether the name inside has the row's blind index and equals the requested name. */
static bool name_fits(const struct keys_pair *pair, const struct record_id *id,
		      const struct buf *plain, const char *asked, struct error *err)
{
	unsigned char digest[SEAL_DIGEST_BYTES] = {0};
	const char *name = NULL;
	size_t len = 0;

	if (!tlv_name(plain->data, plain->len, &name, &len, err))
		return false;
	if (len > RECORD_NAME_MAX)
		return box_tampered("a record's name", err);
	name_index(pair, id->table, name, len, digest);
	if (!secret_equal(digest, id->name_index, sizeof(digest)))
		return box_tampered("a record's name", err);
	if (asked && (strlen(asked) != len || memcmp(asked, name, len) != 0))
		return box_tampered("a record's name", err);
	return true;
}

bool record_seal(const struct seal_ctx *ctx, const struct record_id *id, const struct buf *plain,
		 unsigned char nonce[static SEAL_NONCE_BYTES], struct buf *sealed,
		 struct error *err)
{
	struct keys_pair pair = {0};
	struct binding ad;
	struct box box;
	struct error ignored;
	bool ok = false;

	if (plain->len > RECORD_PLAIN_MAX)
		return error_set(err, ERROR_FAILED, "a record has at most %d bytes",
				 RECORD_PLAIN_MAX);
	if (!keys_of_table(ctx->keys, id->table, &pair, err))
		goto out;
	if (!name_fits(&pair, id, plain, NULL, &ignored)) {
		error_set(err, ERROR_FAILED, "a record's name is not the one it is filed under");
		goto out;
	}
	binding_fill(&ad, ctx->vault_id, id);
	box = (struct box){.key = pair.seal, .ad = ad.items, .ad_count = AD_ITEMS};
	ok = box_seal_padded(&box, plain->data, plain->len, nonce, sealed, err);
out:
	secret_wipe(&pair, sizeof(pair));
	return ok;
}

bool record_open(const struct seal_ctx *ctx, const struct record_row *row, const char *name,
		 struct buf *plain, struct error *err)
{
	struct keys_pair pair = {0};
	struct binding ad;
	struct box box;
	bool ok = false;

	buf_reset(plain);
	if (!keys_of_table(ctx->keys, row->id.table, &pair, err))
		goto out;
	binding_fill(&ad, ctx->vault_id, &row->id);
	box = (struct box){.key = pair.seal,
			   .ad = ad.items,
			   .ad_count = AD_ITEMS,
			   .what = "record",
			   .max = RECORD_SEALED_MAX};
	ok = box_open_padded(&box, row->nonce, row->sealed, row->sealed_len, plain, err) &&
	     name_fits(&pair, &row->id, plain, name, err);
	if (!ok)
		buf_reset(plain);
out:
	secret_wipe(&pair, sizeof(pair));
	return ok;
}

bool record_reseal(const struct seal_ctx *from, const struct seal_ctx *to,
		   const struct record_row *row, struct record_row *out, struct buf *sealed,
		   struct error *err)
{
	struct buf plain = BUF_INIT(RECORD_PLAIN_MAX + 1);
	struct keys_pair pair = {0};
	const char *name = NULL;
	size_t len = 0;
	bool ok = false;

	*out = (struct record_row){.id = row->id};
	out->id.epoch = to->epoch;
	if (!record_table_is_known(row->id.table)) {
		tlv_newer(err, "a record of table %llu", (unsigned long long)row->id.table);
		goto done;
	}
	if (!record_open(from, row, NULL, &plain, err) ||
	    !tlv_name(plain.data, plain.len, &name, &len, err) ||
	    !keys_of_table(to->keys, row->id.table, &pair, err))
		goto done;
	name_index(&pair, row->id.table, name, len, out->id.name_index);
	ok = record_seal(to, &out->id, &plain, out->nonce, sealed, err);
	out->sealed = sealed->data;
	out->sealed_len = sealed->len;
done:
	secret_wipe(&pair, sizeof(pair));
	buf_clear(&plain);
	return ok;
}
