/* SPDX-License-Identifier: MIT */
#include "vault/store/inspect/inspecting.h"
#include "vault/store/verified/record_row.h"
#include "vault/store/rows/rows.h"

#include <string.h>

/* Counts of rows by their state; each row counts once. */
struct rotation_sum {
	uint64_t total;
	uint64_t alien;	  /* not a row in the vault's form */
	uint64_t broken;  /* fails its seal */
	uint64_t stale;	  /* good seal, but not the saved version */
	uint64_t unknown; /* new since the vault was verified */
	uint64_t known;	  /* known when the vault was verified */
	struct verified_rows rows;
};

static const char *s(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/*
 * Without the record keys (at the idle limit), or for a row of an unknown table, the digest alone
 * says that a row was changed.
 */
static bool seal_fits(struct inspecting *in, const struct record_row *row, struct buf *plain,
		      bool *fits, struct error *err)
{
	const struct seal_ctx ctx = store_seal(in->store, in->keys);
	struct error why = ERROR_INIT;

	*fits = !record_table_is_known(row->id.table);
	if (*fits)
		return true;
	*fits = record_open(&ctx, row, NULL, plain, &why);
	if (*fits || why.code == ERROR_TAMPERED)
		return true;
	*fits = why.code == ERROR_LOCKED;
	if (!*fits)
		*err = why;
	return *fits;
}

static bool look(struct inspecting *in, struct rotation_sum *tally, const struct record_row *row,
		 struct buf *plain, struct error *err)
{
	const struct verified_rows *saved = in->memory ? &in->memory->rows : NULL;
	unsigned char digest[SEAL_DIGEST_BYTES];
	bool fits, locked = !keys_have(in->keys, KEY_RECORD);
	struct error why = ERROR_INIT;

	if (!manifest_row_digest(in->keys, row, digest, err) ||
	    !seal_fits(in, row, plain, &fits, err))
		return false;
	if (!verified_rows_load(&tally->rows, &row->id, digest, &why)) {
		if (why.code != ERROR_TAMPERED) {
			*err = why;
			return false;
		}
		tally->stale++;
		return true;
	}
	if (saved && verified_rows_knows(saved, &row->id))
		tally->known++;
	else if (saved)
		tally->unknown++;
	if (!fits)
		tally->broken++;
	else if (row->id.epoch != in->store->epoch)
		tally->stale++;
	else if (saved && verified_rows_knows(saved, &row->id) &&
		 !verified_rows_is(saved, &row->id, digest))
		*(locked ? &tally->broken : &tally->stale) += 1;
	return true;
}

/* Puts the counts into words. */
static void tell(struct inspecting *in, struct rotation_sum *tally)
{
	struct inspection *out = in->out;
	uint64_t expected = in->manifest.rows, total = tally->total;
	uint64_t missing = 0, added = 0;

	if (tally->alien)
		inspection_add(out, "%llu of %llu record%s %s none of ours",
			       (unsigned long long)tally->alien, (unsigned long long)total,
			       s(total), tally->alien == 1 ? "is" : "are");
	if (tally->broken)
		inspection_add(out, "%llu of %llu record%s %s", (unsigned long long)tally->broken,
			       (unsigned long long)total, s(total),
			       tally->broken == 1 ? "fails its seal" : "fail their seals");
	if (tally->stale)
		inspection_add(out,
			       "%llu of %llu record%s %s not as saved last, but as before that or "
			       "copied",
			       (unsigned long long)tally->stale, (unsigned long long)total,
			       s(total), tally->stale == 1 ? "is" : "are");
	if (in->memory) {
		missing = in->memory->rows.count - tally->known;
		added = tally->unknown;
	} else if (in->has_manifest) {
		missing = total < expected ? expected - total : 0;
		added = total > expected ? total - expected : 0;
	}
	if (missing)
		inspection_add(out, "%llu of %llu record%s %s missing", (unsigned long long)missing,
			       (unsigned long long)expected, s(expected),
			       missing == 1 ? "is" : "are");
	if (added)
		inspection_add(out, "%llu record%s %s added", (unsigned long long)added, s(added),
			       added == 1 ? "was" : "were");
}

/*
 * Every row is sound in itself and none is missing: then a row is of another time or in another
 * place.
 */
static bool compare_root(struct inspecting *in, struct rotation_sum *tally, struct error *err)
{
	unsigned char root[SEAL_DIGEST_BYTES];

	if (!verified_rows_root(&tally->rows, in->keys, root, err))
		return false;
	if (memcmp(root, in->manifest.root, sizeof(root)) != 0)
		inspection_add(in->out,
			       "a record is not as saved last, but as before that, or two were "
			       "exchanged");
	return true;
}

bool inspect_rows(struct inspecting *in, struct error *err)
{
	struct statements *statements = &in->store->statements;
	sqlite3_stmt *stmt = statement_use(statements, STATEMENT_REC_ALL);
	size_t before = in->out->count;
	struct buf plain = ROW_BUF;
	struct rotation_sum tally = {.total = 0};
	struct record_row row;
	struct error why = ERROR_INIT;
	bool more, ok = false;

	verified_rows_init(&tally.rows);
	for (;;) {
		if (!statement_step(statements, stmt, &more, &why)) {
			if (why.code != ERROR_TAMPERED) {
				*err = why;
				goto out;
			}
			inspection_add(in->out, "the table of records is damaged");
			break;
		}
		if (!more)
			break;
		tally.total++;
		if (!record_row_read(stmt, &row, &why)) {
			tally.alien++;
			continue;
		}
		if (!look(in, &tally, &row, &plain, err))
			goto out;
	}
	in->out->records = tally.total;
	tell(in, &tally);
	ok = in->out->count != before || !in->has_manifest || compare_root(in, &tally, err);
out:
	(void)sqlite3_reset(stmt);
	verified_rows_clear(&tally.rows);
	buf_clear(&plain);
	return ok;
}
