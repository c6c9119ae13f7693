/* SPDX-License-Identifier: MIT */
#include "vault/rotate/journal.h"

#include "vault/audit/append.h"
#include "vault/store/rows/recovery_file.h"
#include "vault/store/change/commit.h"
#include "vault/store/rows/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A row is found by its name, the old key's id, and by this tag of the new key's id. */
static bool journal_tag_rotation(const struct buf *plain, uint64_t *tag, struct error *err)
{
	struct rotation_record rotation;
	bool ok;

	rotation_record_init(&rotation);
	ok = rotation_record_decode(plain->data, plain->len, &rotation, err);
	*tag = row_tag(rotation.new_access_key_id);
	rotation_record_clear(&rotation);
	return ok;
}

static bool journal_tag_key(const struct buf *plain, uint64_t *tag, struct error *err)
{
	struct access_key key;
	bool ok;

	access_key_init(&key);
	ok = access_key_decode(plain->data, plain->len, &key, err);
	*tag = row_tag(key.access_key_id);
	access_key_clear(&key);
	return ok;
}

struct search {
	const char *access_key_id;
	struct rotation_record *out;
	bool *found;
};

static bool journal_take_if_new(void *arg, const struct record_id *id, const struct buf *plain,
				struct error *err)
{
	const struct search *search = arg;
	struct rotation_record rotation;
	bool ok;

	(void)id;
	rotation_record_init(&rotation);
	ok = rotation_record_decode(plain->data, plain->len, &rotation, err);
	if (ok && strcmp(rotation.new_access_key_id, search->access_key_id) == 0) {
		rotation_record_clear(search->out);
		*search->out = rotation;
		rotation_record_init(&rotation);
		*search->found = true;
	}
	rotation_record_clear(&rotation);
	return ok;
}

bool journal_find(struct store *store, const char *access_key_id, struct rotation_record *out,
		  bool *found, struct error *err)
{
	struct search search = {access_key_id, out, found};
	struct buf plain = ROW_BUF;
	bool ok;

	*found = false;
	ok = row_get(store, TABLE_ROTATION, access_key_id, NULL, &plain, err);
	*found = ok && rotation_record_decode(plain.data, plain.len, out, err);
	buf_clear(&plain);
	if (ok || err->code != ERROR_NOT_FOUND)
		return *found;
	*err = ERROR_INIT;
	if (row_each_tagged(
		store,
		&(struct row_search){TABLE_ROTATION, journal_tag_rotation, row_tag(access_key_id)},
		journal_take_if_new, &search, err))
		return true;
	rotation_record_clear(out);
	*found = false;
	return false;
}

struct walk {
	journal_fn *fn;
	void *arg;
};

static bool journal_walk_row(void *arg, const struct record_id *id, const struct buf *plain,
			     struct error *err)
{
	struct walk *walk = arg;
	struct rotation_record rotation;
	bool ok;

	(void)id;
	rotation_record_init(&rotation);
	ok = rotation_record_decode(plain->data, plain->len, &rotation, err);
	secret_clear(&rotation.secret);
	ok = ok && walk->fn(walk->arg, &rotation, err);
	rotation_record_clear(&rotation);
	return ok;
}

bool journal_each(struct store *store, journal_fn *fn, void *arg, struct error *err)
{
	struct walk walk = {fn, arg};

	return row_each(store, TABLE_ROTATION, journal_walk_row, &walk, err);
}

struct holders {
	const char *access_key_id;
	struct journal_names *names;
};

static bool journal_hold_row(void *arg, const struct record_id *id, const struct buf *plain,
			     struct error *err)
{
	struct holders *holders = arg;
	struct journal_names *names = holders->names;
	struct access_key key;
	void *more;
	bool ok, holds;

	(void)id;
	access_key_init(&key);
	ok = access_key_decode(plain->data, plain->len, &key, err);
	holds = ok && strcmp(key.access_key_id, holders->access_key_id) == 0;
	if (holds) {
		more = realloc(names->at, (names->count + 1) * sizeof(names->at[0]));
		if (more) {
			names->at = more;
			memcpy(names->at[names->count++], key.name, sizeof(names->at[0]));
		} else {
			ok = error_set(err, ERROR_MEMORY, "out of memory");
		}
	}
	access_key_clear(&key);
	return ok;
}

static int journal_by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

bool journal_holders(struct store *store, const char *access_key_id, struct journal_names *out,
		     struct error *err)
{
	struct holders holders = {access_key_id, out};

	*out = (struct journal_names){.at = NULL};
	if (!row_each_tagged(
		store, &(struct row_search){TABLE_KEY, journal_tag_key, row_tag(access_key_id)},
		journal_hold_row, &holders, err)) {
		journal_names_clear(out);
		return false;
	}
	if (out->count)
		qsort(out->at, out->count, sizeof(out->at[0]), journal_by_name);
	return true;
}

void journal_names_clear(struct journal_names *names)
{
	free(names->at);
	*names = (struct journal_names){.at = NULL};
}

struct writing {
	const struct rotation_record *rotation;
	struct audit_entry *entry;
	const struct journal_names *names;
	struct secret other; /* of the key that goes into the row */
	int64_t now;
};

static bool journal_put_row(struct txn *txn, const struct rotation_record *rotation,
			    struct audit_entry *entry, struct error *err)
{
	struct buf plain = ROW_BUF;
	bool ok = rotation_record_encode(rotation, &plain, err) &&
		  row_put(txn, TABLE_ROTATION, rotation->name, &plain, NULL, err) &&
		  (!entry || audit_append(txn, entry, err));

	buf_clear(&plain);
	return ok;
}

static bool journal_put_txn(struct txn *txn, void *arg, struct error *err)
{
	struct writing *writing = arg;

	return journal_put_row(txn, writing->rotation, writing->entry, err);
}

bool journal_put(struct store *store, const struct rotation_record *rotation,
		 struct audit_entry *entry, struct error *err)
{
	struct writing writing = {.rotation = rotation, .entry = entry};

	return store_commit_with_room(store, STORE_ROOM_ALL, journal_put_txn, &writing, err);
}

bool journal_drop(struct txn *txn, const char *name, struct error *err)
{
	if (!name[0] || row_delete(txn, TABLE_ROTATION, name, err))
		return true;
	if (err->code != ERROR_NOT_FOUND)
		return false;
	*err = ERROR_INIT;
	return true;
}

static bool journal_end_txn(struct txn *txn, void *arg, struct error *err)
{
	struct writing *writing = arg;

	return journal_drop(txn, writing->rotation->name, err) &&
	       (!writing->entry || audit_append(txn, writing->entry, err));
}

bool journal_end(struct store *store, const struct rotation_record *rotation,
		 struct audit_entry *entry, struct error *err)
{
	struct writing writing = {.rotation = rotation, .entry = entry};

	return store_commit_with_room(store, STORE_ROOM_ALL, journal_end_txn, &writing, err);
}

static bool journal_note_txn(struct txn *txn, void *arg, struct error *err)
{
	return audit_append(txn, arg, err);
}

bool journal_note(struct store *store, struct audit_entry *entry, struct error *err)
{
	return store_commit_with_room(store, STORE_ROOM_ALL, journal_note_txn, entry, err);
}

static bool journal_exchange_one(struct txn *txn, struct writing *writing, const char *name,
				 struct error *err)
{
	const struct rotation_record *rotation = writing->rotation;
	bool promote = rotation->step == ROTATION_PROMOTED;
	struct buf plain = ROW_BUF;
	struct access_key key;
	bool ok;

	access_key_init(&key);
	ok = row_read(txn, TABLE_KEY, name, NULL, &plain, err) &&
	     access_key_decode(plain.data, plain.len, &key, err);
	if (ok &&
	    strcmp(key.access_key_id, promote ? rotation->name : rotation->new_access_key_id) != 0)
		ok = error_set(err, ERROR_FAILED, "the key was replaced meanwhile");
	ok = ok && secret_set(&writing->other, key.secret.data, key.secret.len, err) &&
	     secret_set(&key.secret, rotation->secret.data, rotation->secret.len, err);
	(void)snprintf(key.access_key_id, sizeof(key.access_key_id), "%s",
		       promote ? rotation->new_access_key_id : rotation->name);
	key.created_at = promote ? rotation->new_created_at : rotation->old_created_at;
	key.rotated_at = promote ? writing->now : rotation->old_rotated_at;
	buf_reset(&plain);
	ok = ok && access_key_encode(&key, &plain, err) &&
	     row_put(txn, TABLE_KEY, name, &plain, NULL, err);
	buf_clear(&plain);
	access_key_clear(&key);
	return ok;
}

/* A commit may run this twice, so the rotation stays as it is. */
static bool journal_exchange_txn(struct txn *txn, void *arg, struct error *err)
{
	struct writing *writing = arg;
	struct rotation_record after = *writing->rotation;

	for (size_t i = 0; i < writing->names->count; i++) {
		if (!journal_exchange_one(txn, writing, writing->names->at[i], err))
			return false;
	}
	after.secret = writing->other;
	return journal_put_row(txn, &after, writing->entry, err);
}

bool journal_exchange(struct store *store, struct rotation_record *rotation,
		      enum rotation_record_step step, int64_t now, struct audit_entry *entry,
		      struct error *err)
{
	struct journal_names names = {.at = NULL};
	struct writing writing = {
	    .rotation = rotation, .entry = entry, .names = &names, .now = now};
	uint64_t step_before = rotation->step;
	int64_t promoted_before = rotation->promoted_at;
	bool promote = step == ROTATION_PROMOTED, ok;

	rotation->step = step;
	if (promote)
		rotation->promoted_at = now;
	ok = journal_holders(store, promote ? rotation->name : rotation->new_access_key_id, &names,
			     err);
	if (ok && names.count == 0) {
		error_set(err, ERROR_NOT_FOUND, "the key is not in the vault any more");
		ok = error_detail(err, "It was removed or replaced while it was rotated.");
	}
	ok = ok &&
	     store_commit_with_room(store, STORE_ROOM_ALL, journal_exchange_txn, &writing, err);
	if (ok) {
		secret_move(&rotation->secret, &writing.other);
	} else {
		rotation->step = step_before;
		rotation->promoted_at = promoted_before;
		secret_clear(&writing.other);
	}
	journal_names_clear(&names);
	return ok;
}

bool journal_take_aside(struct store *store, struct rotation_record *rotation,
			struct audit_entry *entry, bool *taken, struct error *err)
{
	struct rotation_record aside;
	struct buf plain = ROW_BUF;
	bool ok;

	*taken = false;
	rotation_record_init(&aside);
	ok = recovery_file_read(store, rotation->recovery, TABLE_ROTATION, rotation->name, &plain,
				err);
	if (!ok && err->code == ERROR_NOT_FOUND) {
		*err = ERROR_INIT;
		buf_clear(&plain);
		return true;
	}
	ok = ok && rotation_record_decode(plain.data, plain.len, &aside, err);
	if (ok && (aside.step != ROTATION_CREATED || aside.begun_at != rotation->begun_at))
		ok = error_set(err, ERROR_TAMPERED, "the recovery file is another rotation's");
	if (ok) {
		audit_text(entry->profile, sizeof(entry->profile), aside.key_name);
		audit_text(entry->access_key_id, sizeof(entry->access_key_id),
			   aside.new_access_key_id);
		audit_text(entry->what, sizeof(entry->what), "new key out of the recovery file");
		ok = journal_put(store, &aside, entry, err);
	}
	if (ok) {
		rotation_record_clear(rotation);
		*rotation = aside;
		rotation_record_init(&aside);
		*taken = true;
	}
	rotation_record_clear(&aside);
	buf_clear(&plain);
	return ok;
}

/* Rotations at their intent. They are few. */
struct intended {
	struct rotation_record *at;
	size_t count;
};

static bool journal_note_intended(void *arg, const struct rotation_record *rotation,
				  struct error *err)
{
	struct intended *intended = arg;
	struct rotation_record *more;

	if (rotation->step != ROTATION_INTENDED)
		return true;
	more = realloc(intended->at, (intended->count + 1) * sizeof(*more));
	if (!more)
		return error_set(err, ERROR_MEMORY, "out of memory");
	intended->at = more;
	more[intended->count] = *rotation;
	more[intended->count++].secret = SECRET_EMPTY;
	return true;
}

bool journal_take_all(struct store *store, const struct clock *clock, struct error *err)
{
	struct intended intended = {.at = NULL};
	bool taken, ok = journal_each(store, journal_note_intended, &intended, err);

	for (size_t i = 0; ok && i < intended.count; i++) {
		struct audit_entry entry = audit_entry_at(AUDIT_OP_ROTATE, clock);

		ok = journal_take_aside(store, &intended.at[i], &entry, &taken, err);
	}
	for (size_t i = 0; i < intended.count; i++)
		rotation_record_clear(&intended.at[i]);
	free(intended.at);
	return ok;
}
