/* SPDX-License-Identifier: MIT */
#include "vault/store/inspect/verify_all.h"

#include "vault/seal/header/header.h"
#include "vault/seal/record/manifest.h"
#include "vault/seal/record/record.h"
#include "vault/store/handle.h"
#include "vault/store/verified/manifest_row.h"
#include "vault/store/verified/record_row.h"
#include "vault/store/log/segment_prune.h"
#include "vault/store/log/segment.h"
#include "vault/store/log/segment_row.h"
#include "vault/store/file/statement.h"
#include "vault/store/verified/verified_rows.h"
#include "vault/store/verified/verified_state.h"

#include <string.h>

static bool load_header(struct store *store, unsigned char digest[static SEAL_DIGEST_BYTES],
			struct error *err)
{
	sqlite3_stmt *stmt = statement_use(&store->statements, STATEMENT_HEADER_READ);
	const unsigned char *bytes;
	size_t len;
	bool row, ok = false;

	if (!statement_step(&store->statements, stmt, &row, err))
		return false;
	/* The passphrase was tried on the header that store_open() read. */
	if (!row || !statement_blob(stmt, 0, 1, HEADER_BYTES_MAX, &bytes, &len) ||
	    len != store->header.len || memcmp(bytes, store->header.data, len) != 0) {
		error_set(err, ERROR_TAMPERED, "the vault's header changed while it was opened");
		goto out;
	}
	header_digest(bytes, len, digest);
	ok = true;
out:
	(void)sqlite3_reset(stmt);
	return ok;
}

static bool load_rows(struct store *store, const struct keys *keys, struct verified_rows *rows,
		      struct error *err)
{
	sqlite3_stmt *stmt = statement_use(&store->statements, STATEMENT_REC_ALL);
	unsigned char digest[SEAL_DIGEST_BYTES];
	struct record_row row;
	bool more, ok = false;

	for (;;) {
		if (!statement_step(&store->statements, stmt, &more, err))
			goto out;
		if (!more)
			break;
		if (!record_row_read(stmt, &row, err) ||
		    !manifest_row_digest(keys, &row, digest, err))
			goto out;
		if (row.id.epoch != store->epoch) {
			error_set(err, ERROR_TAMPERED, "a row of the vault is of another epoch");
			goto out;
		}
		if (!verified_rows_load(rows, &row.id, digest, err))
			goto out;
	}
	ok = true;
out:
	(void)sqlite3_reset(stmt);
	return ok;
}

bool verify_all(struct store *store, const struct keys *keys, struct verified_state *out,
		struct error *err)
{
	const struct seal_ctx ctx = store_seal(store, keys);
	unsigned char digest[SEAL_DIGEST_BYTES];

	if (!load_header(store, digest, err) ||
	    !manifest_row_read(&store->statements, &out->sealed, err) ||
	    !manifest_open(&ctx, out->sealed.nonce, out->sealed.sealed, out->sealed.len,
			   &out->manifest, err))
		goto fail;
	if (memcmp(digest, out->manifest.header_digest, sizeof(digest)) != 0) {
		error_set(err, ERROR_TAMPERED,
			  "the vault's header is not the one it was saved with");
		goto fail;
	}
	if (!load_rows(store, keys, &out->rows, err))
		goto fail;
	if (out->rows.count != out->manifest.rows) {
		error_set(err, ERROR_TAMPERED,
			  "rows of the vault are missing or were added (%llu instead of %llu)",
			  (unsigned long long)out->rows.count,
			  (unsigned long long)out->manifest.rows);
		goto fail;
	}
	if (!verified_rows_root(&out->rows, keys, digest, err))
		goto fail;
	if (memcmp(digest, out->manifest.root, sizeof(digest)) != 0) {
		error_set(err, ERROR_TAMPERED, "a row of the vault is not the one that was saved");
		goto fail;
	}
	if (!segment_load(store, keys, out, err) || !segment_prune_load(store, keys, out, err) ||
	    !segment_walk(store, out, err))
		goto fail;
	return true;
fail:
	verified_state_clear(out);
	return false;
}
