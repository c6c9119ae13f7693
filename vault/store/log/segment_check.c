/* SPDX-License-Identifier: MIT */
#include "vault/store/log/segment_check.h"

#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/seal/record/chain.h"
#include "vault/store/handle.h"
#include "vault/store/log/segment.h"
#include "vault/store/log/segment_file.h"
#include "vault/store/log/segment_row.h"
#include "vault/store/file/statement.h"
#include "vault/store/verified/verified_state.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The check of one segment. */
struct check {
	struct store *store;
	const struct keys *log; /* its log key wraps the segments' keys */
	const struct verified_state *state;
	const struct segment_watch *watch;
	const struct chain_segment *segment;
	const struct chain_keys *keys;
	char file[SEGMENT_NAME_MAX];
	uint64_t last;
	uint64_t bad_from, bad_to; /* a run of bad entries, not reported yet */
	bool told;		   /* a problem was reported */
	unsigned char head[SEAL_DIGEST_BYTES];
	struct buf plain;
};

static bool tell(struct check *check, uint64_t from, uint64_t to, const char *what,
		 struct error *err)
{
	struct segment_problem problem = {.from = from, .to = to};

	(void)snprintf(problem.what, sizeof(problem.what), "%s", what);
	(void)snprintf(problem.file, sizeof(problem.file), "%s", check->file);
	check->told = true;
	return check->watch->problem(check->watch->arg, &problem, err);
}

/* Reports the pending run of bad entries. */
static bool flush(struct check *check, struct error *err)
{
	uint64_t from = check->bad_from;

	check->bad_from = 0;
	return from == 0 || tell(check, from, check->bad_to,
				 from == check->bad_to ? "it was changed or exchanged"
						       : "they were changed or exchanged",
				 err);
}

static bool look_at(struct check *check, uint64_t seq, const unsigned char *nonce,
		    const void *sealed, size_t len, struct error *err)
{
	const struct chain_place place = {check->keys, check->store->vault_id,
					  check->segment->number, seq};
	unsigned char head[SEAL_DIGEST_BYTES];
	struct error why = ERROR_INIT;

	if (!chain_open(&place, nonce, sealed, len, &check->plain, &why)) {
		if (why.code != ERROR_TAMPERED) {
			*err = why;
			return false;
		}
		if (check->bad_from == 0)
			check->bad_from = seq;
		check->bad_to = seq;
		return true;
	}
	if (!flush(check, err) ||
	    !chain_head(&place, check->head, check->plain.data, check->plain.len, head, err))
		return false;
	memcpy(check->head, head, sizeof(head));
	return !check->watch->entry ||
	       check->watch->entry(check->watch->arg, seq, &check->plain, err);
}

static bool check_bytes(struct check *check, const struct buf *file, struct error *err)
{
	struct segment_file_walk walk = {.left = 0};
	const unsigned char *nonce, *sealed;
	struct error why;
	size_t len;

	if (!segment_file_begin(&walk, file, check->store->vault_id, check->segment, &why))
		return tell(check, check->segment->first, check->last,
			    "the file is another one, or its beginning was changed", err);
	for (uint64_t seq = check->segment->first; seq <= check->last; seq++) {
		if (!segment_file_next(&walk, &nonce, &sealed, &len))
			return flush(check, err) && tell(check, seq, check->last,
							 "the file was cut short or changed", err);
		if (!look_at(check, seq, nonce, sealed, len, err))
			return false;
	}
	if (!flush(check, err))
		return false;
	return walk.left == 0 || tell(check, 0, 0, "the file goes on behind its last entry", err);
}

/* Checks the segment's end against the rows of the segments. */
static bool check_end(struct check *check, const struct buf *file,
		      const unsigned char head[static SEAL_DIGEST_BYTES], struct error *err)
{
	unsigned char digest[SEAL_DIGEST_BYTES];

	if (check->told)
		return true;
	if (memcmp(check->head, head, sizeof(check->head)) != 0)
		return tell(check, check->segment->first, check->last,
			    "an entry is not the one that was saved", err);
	if (!file)
		return true;
	chain_file_digest(file->data, file->len, digest);
	return memcmp(digest, check->segment->digest, sizeof(digest)) == 0 ||
	       tell(check, 0, 0, "the file is not the one that was saved", err);
}

static bool check_closed(struct check *check, size_t at, struct error *err)
{
	const struct verified_state *state = check->state;
	const struct chain_segment *next = at + 1 < state->closed_count ? &state->closed[at + 1]
									: &state->segment;
	struct chain_keys keys = {.payload = SECRET_EMPTY, .chain = SECRET_EMPTY};
	struct buf file = BUF_INIT(0);
	char path[SEGMENT_PATH_MAX];
	struct error why = ERROR_INIT;
	bool ok;

	check->segment = &state->closed[at];
	check->keys = &keys;
	check->last = segment_last(state, at);
	segment_file_path(check->store, check->segment, path);
	(void)snprintf(check->file, sizeof(check->file), "%.255s", file_name(path));
	if (!segment_row_keys(check->store, check->log, state, at, &keys, &why)) {
		ok = why.code == ERROR_TAMPERED &&
		     tell(check, check->segment->first, check->last, "the keys were changed", err);
		if (!ok && why.code != ERROR_TAMPERED)
			*err = why;
	} else if (!segment_file_read(path, &file, &why)) {
		ok = why.code != ERROR_MEMORY &&
		     tell(check, check->segment->first, check->last,
			  why.code == ERROR_NOT_FOUND	  ? "the file is missing"
			  : why.code == ERROR_UNSAFE_FILE ? "the file is not ours alone"
							  : "the file cannot be read",
			  err);
		if (why.code == ERROR_MEMORY)
			*err = why;
	} else {
		ok = check_bytes(check, &file, err) && check_end(check, &file, next->head, err);
	}
	chain_keys_clear(&keys);
	buf_clear(&file);
	return ok;
}

static bool check_row(struct check *check, sqlite3_stmt *stmt, uint64_t *next, struct error *err)
{
	const unsigned char *nonce, *sealed;
	uint64_t seq, missing = *next;
	size_t len;

	if (!statement_number(stmt, 0, 1, &seq) || seq < *next || seq > check->last)
		return flush(check, err) &&
		       tell(check, 0, 0, "an entry is there that was never written", err);
	*next = seq + 1;
	if (seq > missing &&
	    (!flush(check, err) ||
	     !tell(check, missing, seq - 1,
		   missing == seq - 1 ? "it is missing" : "they are missing", err)))
		return false;
	if (!statement_blob(stmt, 1, SEAL_NONCE_BYTES, SEAL_NONCE_BYTES, &nonce, NULL) ||
	    !statement_blob(stmt, 2, 1, CHAIN_SEALED_MAX, &sealed, &len))
		return look_at(check, seq, check->head, "", 0, err);
	return look_at(check, seq, nonce, sealed, len, err);
}

static bool check_open(struct check *check, struct error *err)
{
	struct store *store = check->store;
	const struct verified_state *state = check->state;
	sqlite3_stmt *stmt = statement_use(&store->statements, STATEMENT_LOG_FROM);
	uint64_t next = state->segment.first;
	bool row, ok = false;

	check->segment = &state->segment;
	check->keys = &state->segment_keys;
	check->last = state->manifest.log_count;
	check->file[0] = '\0';
	/*
	 * Starts at the lowest possible number, so that a row with a negative number is seen too.
	 */
	(void)sqlite3_bind_int64(stmt, 1, INT64_MIN);
	for (;;) {
		if (!statement_step(&store->statements, stmt, &row, err))
			goto out;
		if (!row)
			break;
		if (!check_row(check, stmt, &next, err))
			goto out;
	}
	if (!flush(check, err) ||
	    (next <= check->last &&
	     !tell(check, next, check->last,
		   next == check->last ? "it is missing" : "they are missing", err)) ||
	    !check_end(check, NULL, state->manifest.log_head, err))
		goto out;
	ok = true;
out:
	(void)sqlite3_reset(stmt);
	return ok;
}

/* The open segment's file name is known too: an interrupted closing can leave that file. */
static bool is_known(const struct verified_state *state,
		     const unsigned char id[static SEAL_ID_BYTES])
{
	for (size_t i = 0; i < state->closed_count; i++) {
		if (memcmp(state->closed[i].id, id, SEAL_ID_BYTES) == 0)
			return true;
	}
	return memcmp(state->segment.id, id, SEAL_ID_BYTES) == 0;
}

static bool check_strays(struct check *check, struct error *err)
{
	const struct store *store = check->store;
	const char *name = file_name(store->path);
	unsigned char id[SEAL_ID_BYTES];
	size_t len = strlen(name);
	char directory[PATH_MAX];
	struct dirent *entry;
	bool ok = true;
	DIR *dir;

	(void)snprintf(directory, sizeof(directory), "%.*s", (int)(name - store->path),
		       store->path);
	dir = opendir(directory);
	if (!dir)
		return error_set_errno(err, ERROR_IO, errno, "cannot look for parts of the log");
	while (ok && (entry = readdir(dir))) {
		const char *rest = entry->d_name + len;

		if (strncmp(entry->d_name, name, len) != 0 || strncmp(rest, ".log-", 5) != 0 ||
		    strlen(rest) != 5 + 2 * SEAL_ID_BYTES ||
		    !text_unhex(rest + 5, id, sizeof(id)) || is_known(check->state, id))
			continue;
		(void)snprintf(check->file, sizeof(check->file), "%.255s", entry->d_name);
		ok = tell(check, 0, 0, "the file is no part of this log", err);
	}
	(void)closedir(dir);
	return ok;
}

/* Checks the closed segments' files and, with `open`, the open segment too. */
static bool check_all(struct check *check, bool open, struct error *err)
{
	const struct verified_state *state = check->state;
	bool ok = true;

	check->plain = BUF_INIT(CHAIN_PLAIN_MAX + 1);
	/* The owner has removed the files of the parts before. */
	for (size_t at = state->anchor.parts; ok && at < state->closed_count + open; at++) {
		bool closed = at < state->closed_count;

		check->told = false;
		check->bad_from = 0;
		memcpy(check->head, closed ? state->closed[at].head : state->segment.head,
		       sizeof(check->head));
		ok = closed ? check_closed(check, at, err) : check_open(check, err);
	}
	ok = ok && check_strays(check, err);
	buf_clear(&check->plain);
	return ok;
}

bool segment_check_files(struct store *store, const struct keys *keys,
			 const struct verified_state *state, const struct segment_watch *watch,
			 struct error *err)
{
	struct check check = {.store = store, .log = keys, .state = state, .watch = watch};

	return check_all(&check, false, err);
}

bool segment_check(struct store *store, const struct segment_watch *watch, struct error *err)
{
	struct check check = {
	    .store = store, .log = &store->keys, .state = &store->state, .watch = watch};
	bool ok;

	(void)pthread_mutex_lock(&store->lock);
	ok = store_check_usable(store, err) && check_all(&check, true, err);
	(void)pthread_mutex_unlock(&store->lock);
	return ok;
}
