/* SPDX-License-Identifier: MIT */
#include "vault/creds/cache.h"

#include "vault/store/change/commit.h"
#include "vault/store/rows/rows.h"

#include <stdlib.h>
#include <string.h>

/* The sealed half of the cache: the rows of the sessions in the vault. */

bool cache_seal(struct txn *txn, const struct session_record *session, struct error *err)
{
	struct buf plain = BUF_INIT(RECORD_PLAIN_MAX + 1);
	char name[SESSION_NAME_BYTES];
	bool ok;

	session_record_name(session->step, name);
	ok = session_record_encode(session, &plain, err) &&
	     row_put(txn, TABLE_SESSION, name, &plain, NULL, err);
	buf_clear(&plain);
	return ok;
}

/* The rows of a key's sessions that are being looked for. */
struct cache_finding {
	const char *key_name;
	struct cache_names *names;
};

static bool find_row(void *arg, const struct record_id *id, const struct buf *plain,
		     struct error *err)
{
	const struct cache_finding *finding = arg;
	struct cache_names *names = finding->names;
	struct session_record session;
	void *more;
	bool ok;

	(void)id;
	session_record_init(&session);
	ok = session_record_decode(plain->data, plain->len, &session, err);
	if (ok && !session.origin_kind[0] && strcmp(session.origin_name, finding->key_name) == 0) {
		more = realloc(names->at, (names->count + 1) * sizeof(*names->at));
		ok = more || error_set(err, ERROR_MEMORY, "out of memory");
		if (more) {
			names->at = more;
			memcpy(names->at[names->count++], session.name, sizeof(*names->at));
		}
	}
	session_record_clear(&session);
	return ok;
}

bool cache_find_rows(struct txn *txn, const char *key_name, struct cache_names *names,
		     struct error *err)
{
	struct cache_finding finding = {.key_name = key_name, .names = names};

	cache_names_clear(names);
	return row_read_each(txn, TABLE_SESSION, find_row, &finding, err);
}

bool cache_delete(struct txn *txn, const struct cache_names *names, struct error *err)
{
	for (size_t i = 0; i < names->count; i++) {
		struct error why = ERROR_INIT;

		if (row_delete(txn, TABLE_SESSION, names->at[i], &why) ||
		    why.code == ERROR_NOT_FOUND)
			continue;
		*err = why;
		return false;
	}
	return true;
}

static bool delete_rows(struct txn *txn, void *arg, struct error *err)
{
	return cache_delete(txn, arg, err);
}

bool cache_remove_rows(struct store *store, const struct cache_names *names, struct error *err)
{
	struct cache_names copy = *names;

	return store_commit(store, delete_rows, &copy, err);
}

bool cache_rename_row(struct txn *txn, const char *row, const char *key_name, const char *new_name,
		      struct error *err)
{
	struct buf plain = ROW_BUF;
	struct session_record session;
	bool ok;

	session_record_init(&session);
	ok = row_read(txn, TABLE_SESSION, row, NULL, &plain, err) &&
	     session_record_decode(plain.data, plain.len, &session, err);
	buf_reset(&plain);
	if (!ok && err->code == ERROR_NOT_FOUND) {
		*err = ERROR_INIT;
		ok = true;
	} else if (ok && session_record_rename(&session, key_name, new_name)) {
		ok = session_record_encode(&session, &plain, err) &&
		     row_put(txn, TABLE_SESSION, row, &plain, NULL, err);
	}
	session_record_clear(&session);
	buf_clear(&plain);
	return ok;
}
