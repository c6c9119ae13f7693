/* SPDX-License-Identifier: MIT */
#include "vault/store/verified/manifest_row.h"

#include "vault/seal/record/manifest.h"
#include "vault/store/file/statement.h"

#include <string.h>

bool manifest_row_read(struct statements *statements, struct sealed_manifest *out,
		       struct error *err)
{
	sqlite3_stmt *stmt = statement_use(statements, STATEMENT_MANIFEST_READ);
	const unsigned char *nonce, *sealed;
	bool row, ok = false;

	if (!statement_step(statements, stmt, &row, err))
		return false;
	if (!row || !statement_blob(stmt, 0, SEAL_NONCE_BYTES, SEAL_NONCE_BYTES, &nonce, NULL) ||
	    !statement_blob(stmt, 1, 1, MANIFEST_SEALED_MAX, &sealed, &out->len)) {
		error_set(err, ERROR_TAMPERED, "the vault has no manifest");
		goto out;
	}
	memcpy(out->nonce, nonce, sizeof(out->nonce));
	memcpy(out->sealed, sealed, out->len);
	if (!statement_step(statements, stmt, &row, err))
		return false;
	if (row) {
		error_set(err, ERROR_TAMPERED, "the vault has two manifests");
		goto out;
	}
	ok = true;
out:
	(void)sqlite3_reset(stmt);
	return ok;
}

bool manifest_row_same(const struct sealed_manifest *a, const struct sealed_manifest *b)
{
	return a->len == b->len && memcmp(a->nonce, b->nonce, sizeof(a->nonce)) == 0 &&
	       memcmp(a->sealed, b->sealed, a->len) == 0;
}

bool manifest_row_write(struct statements *statements, enum statement which,
			const struct sealed_manifest *manifest, struct error *err)
{
	sqlite3_stmt *stmt = statement_use(statements, which);
	bool ok;

	(void)sqlite3_bind_blob(stmt, 1, manifest->nonce, sizeof(manifest->nonce), SQLITE_STATIC);
	(void)sqlite3_bind_blob(stmt, 2, manifest->sealed, (int)manifest->len, SQLITE_STATIC);
	ok = statement_finish(statements, stmt, 1, err);
	(void)sqlite3_clear_bindings(stmt);
	return ok;
}

bool manifest_row_seal(const struct seal_ctx *ctx, const struct manifest *manifest,
		       struct sealed_manifest *out, struct error *err)
{
	struct buf sealed = BUF_INIT(MANIFEST_SEALED_MAX);
	bool ok = false;

	if (!manifest_seal(ctx, manifest, out->nonce, &sealed, err))
		goto out;
	memcpy(out->sealed, sealed.data, sealed.len);
	out->len = sealed.len;
	ok = true;
out:
	buf_clear(&sealed);
	return ok;
}
