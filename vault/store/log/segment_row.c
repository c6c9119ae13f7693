/* SPDX-License-Identifier: MIT */
#include "vault/store/log/segment_row.h"

#include "vault/seal/record/chain.h"
#include "vault/store/handle.h"
#include "vault/store/file/statement.h"
#include "vault/store/verified/verified_state.h"

#include <stdlib.h>
#include <string.h>

static const unsigned char zero[SEAL_DIGEST_BYTES];

bool segment_row_write(struct statements *statements, enum statement which,
		       const struct seal_ctx *ctx, const struct chain_segment *segment,
		       const struct chain_keys *segment_keys, struct error *err)
{
	unsigned char nonce[SEAL_NONCE_BYTES], wrapped[CHAIN_WRAPPED_BYTES];
	sqlite3_stmt *stmt;
	bool ok;

	if (!chain_wrap(ctx, segment, segment_keys, nonce, wrapped, err))
		return false;
	stmt = statement_use(statements, which);
	(void)sqlite3_bind_int64(stmt, 1, (sqlite3_int64)segment->number);
	(void)sqlite3_bind_int64(stmt, 2, (sqlite3_int64)segment->first);
	(void)sqlite3_bind_int64(stmt, 3, (sqlite3_int64)segment->epoch);
	(void)sqlite3_bind_blob(stmt, 4, segment->head, sizeof(segment->head), SQLITE_STATIC);
	(void)sqlite3_bind_blob(stmt, 5, segment->id, sizeof(segment->id), SQLITE_STATIC);
	(void)sqlite3_bind_blob(stmt, 6, segment->digest, sizeof(segment->digest), SQLITE_STATIC);
	(void)sqlite3_bind_blob(stmt, 7, nonce, sizeof(nonce), SQLITE_STATIC);
	(void)sqlite3_bind_blob(stmt, 8, wrapped, sizeof(wrapped), SQLITE_STATIC);
	ok = statement_finish(statements, stmt, 1, err);
	(void)sqlite3_clear_bindings(stmt);
	return ok;
}

bool segment_create(struct statements *statements, const struct seal_ctx *ctx, struct error *err)
{
	struct chain_segment segment = {.number = 1, .first = 1, .epoch = ctx->epoch};
	struct chain_keys segment_keys = {.payload = SECRET_EMPTY, .chain = SECRET_EMPTY};
	bool ok;

	secret_random_bytes(segment.id, sizeof(segment.id));
	ok = chain_keys_new(&segment_keys, err) &&
	     segment_row_write(statements, STATEMENT_SEGMENT_INSERT, ctx, &segment, &segment_keys,
			       err);
	chain_keys_clear(&segment_keys);
	return ok;
}

/* The row a statement stands on; nonce and wrapped are borrowed until its next step. */
static bool columns(sqlite3_stmt *stmt, struct chain_segment *out, const unsigned char **nonce,
		    const unsigned char **wrapped, struct error *err)
{
	const unsigned char *head, *id, *digest;

	if (!statement_number(stmt, 0, 1, &out->number) ||
	    !statement_number(stmt, 1, 1, &out->first) ||
	    !statement_number(stmt, 2, 1, &out->epoch) ||
	    !statement_blob(stmt, 3, SEAL_DIGEST_BYTES, SEAL_DIGEST_BYTES, &head, NULL) ||
	    !statement_blob(stmt, 4, SEAL_ID_BYTES, SEAL_ID_BYTES, &id, NULL) ||
	    !statement_blob(stmt, 5, SEAL_DIGEST_BYTES, SEAL_DIGEST_BYTES, &digest, NULL) ||
	    !statement_blob(stmt, 6, SEAL_NONCE_BYTES, SEAL_NONCE_BYTES, nonce, NULL) ||
	    !statement_blob(stmt, 7, CHAIN_WRAPPED_BYTES, CHAIN_WRAPPED_BYTES, wrapped, NULL))
		return error_set(err, ERROR_TAMPERED, "the log's keys are missing or were changed");
	memcpy(out->head, head, sizeof(out->head));
	memcpy(out->id, id, sizeof(out->id));
	memcpy(out->digest, digest, sizeof(out->digest));
	return true;
}

static bool is_closed(const struct chain_segment *segment)
{
	return memcmp(segment->digest, zero, sizeof(zero)) != 0;
}

/*
 * Whether segment follows `before` (number 0: segment is the first). The wrapping of a row's keys
 * authenticates the row's other fields.
 */
static bool follows(const struct chain_segment *before, const struct chain_segment *segment,
		    uint64_t epoch)
{
	if (segment->number != before->number + 1 || segment->epoch != epoch)
		return false;
	if (before->number == 0)
		return segment->first == 1 && memcmp(segment->head, zero, sizeof(zero)) == 0;
	return is_closed(before) && segment->first > before->first;
}

static bool keep_closed(struct verified_state *state, struct error *err)
{
	struct chain_segment *grown = realloc(state->closed,
					      (state->closed_count + 1) * sizeof(*grown));

	if (!grown)
		return error_set(err, ERROR_MEMORY, "out of memory");
	state->closed = grown;
	state->closed[state->closed_count++] = state->segment;
	return true;
}

bool segment_load(struct store *store, const struct keys *keys, struct verified_state *state,
		  struct error *err)
{
	sqlite3_stmt *stmt = statement_use(&store->statements, STATEMENT_SEGMENT_READ);
	const struct seal_ctx ctx = store_seal(store, keys);
	struct chain_segment next;
	const unsigned char *nonce, *wrapped;
	bool row, ok = false;

	state->segment = (struct chain_segment){.number = 0};
	for (;;) {
		if (!statement_step(&store->statements, stmt, &row, err))
			return false;
		if (!row)
			break;
		if (!columns(stmt, &next, &nonce, &wrapped, err) ||
		    !chain_unwrap(&ctx, &next, nonce, wrapped, &state->segment_keys, err))
			goto out;
		if (!follows(&state->segment, &next, store->epoch)) {
			error_set(err, ERROR_TAMPERED,
				  "part %llu of the log is missing or not in its place",
				  (unsigned long long)state->segment.number + 1);
			goto out;
		}
		if (state->segment.number > 0 && !keep_closed(state, err))
			goto out;
		state->segment = next;
	}
	if (state->segment.number == 0) {
		error_set(err, ERROR_TAMPERED, "the log's keys are missing or were changed");
		goto out;
	}
	if (is_closed(&state->segment)) {
		error_set(err, ERROR_TAMPERED, "the last part of the log is missing");
		goto out;
	}
	ok = true;
out:
	(void)sqlite3_reset(stmt);
	return ok;
}

bool segment_row_keys(struct store *store, const struct keys *keys,
		      const struct verified_state *state, size_t at, struct chain_keys *out,
		      struct error *err)
{
	sqlite3_stmt *stmt = statement_use(&store->statements, STATEMENT_SEGMENT_ONE);
	const struct seal_ctx ctx = store_seal(store, keys);
	struct chain_segment segment = state->closed[at], found;
	const unsigned char *nonce, *wrapped;
	bool row, ok;

	(void)sqlite3_bind_int64(stmt, 1, (sqlite3_int64)segment.number);
	if (!statement_step(&store->statements, stmt, &row, err))
		return false;
	segment.epoch = store->epoch;
	ok = row ? columns(stmt, &found, &nonce, &wrapped, err)
		 : error_set(err, ERROR_TAMPERED, "the log's keys are missing or were changed");
	/*
	 * The wrapping is checked against the verified segment, not against the row's current
	 * fields.
	 */
	ok = ok && chain_unwrap(&ctx, &segment, nonce, wrapped, out, err);
	(void)sqlite3_reset(stmt);
	return ok;
}

uint64_t segment_last(const struct verified_state *state, size_t at)
{
	return (at + 1 < state->closed_count ? state->closed[at + 1].first : state->segment.first) -
	       1;
}

bool segment_rewrap(struct store *store, const struct seal_ctx *to, struct chain_segment *out,
		    struct error *err)
{
	const struct verified_state *state = &store->state;
	struct chain_keys segment_keys = {.payload = SECRET_EMPTY, .chain = SECRET_EMPTY};
	struct chain_segment segment;
	bool ok = true;

	for (size_t i = 0; ok && i < state->closed_count; i++) {
		segment = state->closed[i];
		segment.epoch = to->epoch;
		ok = segment_row_keys(store, &store->keys, state, i, &segment_keys, err) &&
		     segment_row_write(&store->statements, STATEMENT_SEGMENT_WRAP, to, &segment,
				       &segment_keys, err);
	}
	chain_keys_clear(&segment_keys);
	*out = state->segment;
	out->epoch = to->epoch;
	return ok && segment_row_write(&store->statements, STATEMENT_SEGMENT_WRAP, to, out,
				       &state->segment_keys, err);
}
