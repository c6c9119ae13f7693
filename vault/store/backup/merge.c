/* SPDX-License-Identifier: MIT */
#include "vault/store/backup/merge.h"

#include "vault/seal/record/record.h"
#include "vault/seal/record/rotation_record.h"
#include "vault/seal/record/settings.h"
#include "vault/store/rows/rows.h"
#include "vault/store/store.h"

#include <stdlib.h>
#include <string.h>

/* A walk over one side, which looks each key up on the other. */
struct merging {
	const struct merge *merge;
	merge_fn *fn;
	void *arg;
	char (*ids)[ACCESS_KEY_ID_MAX + 1]; /* of the vault's keys and rotations */
	size_t ids_count, ids_room;
};

/* --- the ids that the vault has --------------------------------------------------------------- */

static bool merge_note_id(struct merging *merging, const char *id, struct error *err)
{
	if (!id[0])
		return true;
	if (merging->ids_count == merging->ids_room) {
		size_t room = merging->ids_room ? 2 * merging->ids_room : 64;
		void *grown = realloc(merging->ids, room * sizeof(*merging->ids));

		if (!grown)
			return error_set(err, ERROR_MEMORY, "out of memory");
		merging->ids = grown;
		merging->ids_room = room;
	}
	memcpy(merging->ids[merging->ids_count++], id, strlen(id) + 1);
	return true;
}

static bool merge_note_key(void *arg, const struct record_id *id, const struct buf *plain,
			   struct error *err)
{
	struct access_key key;
	bool ok;

	(void)id;
	access_key_init(&key);
	ok = access_key_decode(plain->data, plain->len, &key, err) &&
	     merge_note_id(arg, key.access_key_id, err);
	access_key_clear(&key);
	return ok;
}

static bool merge_note_rotation(void *arg, const struct record_id *id, const struct buf *plain,
				struct error *err)
{
	struct rotation_record rotation;
	bool ok;

	(void)id;
	rotation_record_init(&rotation);
	ok = rotation_record_decode(plain->data, plain->len, &rotation, err) &&
	     merge_note_id(arg, rotation.name, err) &&
	     merge_note_id(arg, rotation.new_access_key_id, err);
	rotation_record_clear(&rotation);
	return ok;
}

static int merge_compare_ids(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool merge_note_ids(struct merging *merging, struct error *err)
{
	struct store *vault = merging->merge->vault;

	if (!row_each(vault, TABLE_KEY, merge_note_key, merging, err) ||
	    !row_each(vault, TABLE_ROTATION, merge_note_rotation, merging, err))
		return false;
	if (merging->ids_count > 0)
		qsort(merging->ids, merging->ids_count, sizeof(*merging->ids), merge_compare_ids);
	return true;
}

/* "NAME@ID": a key that copy_spare_make() has made, and that the vault has in its own place. */
static bool merge_is_known_spare(const struct merging *merging, const struct access_key *key)
{
	size_t name = strlen(key->name), id = strlen(key->access_key_id);

	return key->ageless && name > id + 1 && key->name[name - id - 1] == '@' &&
	       strcmp(key->name + name - id, key->access_key_id) == 0 && merging->ids_count > 0 &&
	       bsearch(key->access_key_id, merging->ids, merging->ids_count, sizeof(*merging->ids),
		       merge_compare_ids);
}

/* --- comparing -------------------------------------------------------------------------------- */

static int64_t merge_time_of(const struct access_key *key)
{
	int64_t at = key->created_at;

	at = key->added_at > at ? key->added_at : at;
	return key->rotated_at > at ? key->rotated_at : at;
}

static bool merge_is_dropped(const struct merge *merge, const char *name)
{
	for (size_t i = 0; i < merge->drop_count; i++) {
		if (strcmp(merge->drop[i], name) == 0)
			return true;
	}
	return false;
}

/* One side's record of a key. */
struct merge_side {
	struct record_id id;
	struct buf plain;
	struct access_key key;
};

/*
 * Whether the vault's record is newer. Versions of one row count its changes; a key that was
 * removed and added again has another row, and its dates decide. What cannot be told apart stays.
 */
static bool merge_vault_is_newer(const struct merge_side *vault, const struct merge_side *backup)
{
	if (memcmp(vault->id.id, backup->id.id, sizeof(vault->id.id)) == 0)
		return vault->id.version >= backup->id.version;
	return merge_time_of(&vault->key) >= merge_time_of(&backup->key);
}

static enum merge_fate merge_fate_of(const struct merge *merge, const struct merge_side *vault,
				     const struct merge_side *backup)
{
	if (vault->plain.len == backup->plain.len &&
	    memcmp(vault->plain.data, backup->plain.data, vault->plain.len) == 0)
		return MERGE_SAME;
	if (!merge_vault_is_newer(vault, backup))
		return MERGE_TAKEN;
	return merge_is_dropped(merge, vault->key.name) ? MERGE_DROPPED : MERGE_KEPT;
}

static bool merge_of_both(struct merging *merging, const struct merge_side *backup,
			  struct merge_side *vault, struct error *err)
{
	const struct merge_key key = {.name = backup->key.name,
				      .fate = merge_fate_of(merging->merge, vault, backup),
				      .vault_key_id = vault->key.access_key_id,
				      .backup_key_id = backup->key.access_key_id,
				      .vault_at = merge_time_of(&vault->key),
				      .backup_at = merge_time_of(&backup->key)};

	return merging->fn(merging->arg, &key, err);
}

static bool merge_of_one(struct merging *merging, const struct access_key *of, enum merge_fate fate,
			 struct error *err)
{
	bool in_backup = fate != MERGE_STAYS;
	struct merge_key key = {
	    .name = of->name, .fate = fate, .vault_key_id = "", .backup_key_id = ""};

	if (in_backup) {
		key.backup_key_id = of->access_key_id;
		key.backup_at = merge_time_of(of);
	} else {
		key.vault_key_id = of->access_key_id;
		key.vault_at = merge_time_of(of);
	}
	return merging->fn(merging->arg, &key, err);
}

static bool merge_backup_key(void *arg, const struct record_id *id, const struct buf *plain,
			     struct error *err)
{
	struct merging *merging = arg;
	struct merge_side backup = {.id = *id, .plain = *plain}, vault = {.plain = ROW_BUF};
	bool ok;

	access_key_init(&backup.key);
	access_key_init(&vault.key);
	ok = access_key_decode(plain->data, plain->len, &backup.key, err);
	if (ok && row_get(merging->merge->vault, TABLE_KEY, backup.key.name, &vault.id,
			  &vault.plain, err)) {
		ok = access_key_decode(vault.plain.data, vault.plain.len, &vault.key, err) &&
		     merge_of_both(merging, &backup, &vault, err);
	} else if (ok && (ok = err->code == ERROR_NOT_FOUND)) {
		*err = ERROR_INIT;
		ok = merge_of_one(
		    merging, &backup.key,
		    merge_is_known_spare(merging, &backup.key) ? MERGE_SPARE : MERGE_COMES, err);
	}
	access_key_clear(&backup.key);
	access_key_clear(&vault.key);
	buf_clear(&vault.plain);
	return ok;
}

static bool merge_vault_key(void *arg, const struct record_id *id, const struct buf *plain,
			    struct error *err)
{
	struct merging *merging = arg;
	struct buf other = ROW_BUF;
	struct access_key key;
	bool ok;

	(void)id;
	access_key_init(&key);
	ok = access_key_decode(plain->data, plain->len, &key, err);
	if (ok && !row_get(merging->merge->backup, TABLE_KEY, key.name, NULL, &other, err) &&
	    (ok = err->code == ERROR_NOT_FOUND)) {
		*err = ERROR_INIT;
		ok = merge_of_one(merging, &key, MERGE_STAYS, err);
	}
	access_key_clear(&key);
	buf_clear(&other);
	return ok;
}

bool merge_each(const struct merge *merge, merge_fn *fn, void *arg, struct error *err)
{
	struct merging merging = {.merge = merge, .fn = fn, .arg = arg};
	bool ok = merge_note_ids(&merging, err) &&
		  row_each(merge->backup, TABLE_KEY, merge_backup_key, &merging, err) &&
		  row_each(merge->vault, TABLE_KEY, merge_vault_key, &merging, err);

	free(merging.ids);
	return ok;
}

/* --- taking over ------------------------------------------------------------------------------ */

bool merge_take(struct txn *txn, struct store *backup, const char (*names)[TEXT_NAME_MAX + 1],
		size_t count, struct error *err)
{
	struct buf plain = ROW_BUF;
	bool ok = true;

	for (size_t i = 0; ok && i < count; i++)
		ok = row_get(backup, TABLE_KEY, names[i], NULL, &plain, err) &&
		     row_put(txn, TABLE_KEY, names[i], &plain, NULL, err);
	buf_clear(&plain);
	return ok;
}

/* The record, or nothing where the vault has the defaults. */
static bool merge_read_settings(struct store *store, struct buf *plain, struct error *err)
{
	if (row_get(store, TABLE_SETTINGS, SETTINGS_NAME, NULL, plain, err))
		return true;
	if (err->code != ERROR_NOT_FOUND)
		return false;
	*err = ERROR_INIT;
	buf_reset(plain);
	return true;
}

bool merge_settings_differ(const struct merge *merge, bool *differ, struct error *err)
{
	struct buf vault = ROW_BUF, backup = ROW_BUF;
	bool ok = merge_read_settings(merge->vault, &vault, err) &&
		  merge_read_settings(merge->backup, &backup, err);

	*differ = ok && (vault.len != backup.len ||
			 (vault.len > 0 && memcmp(vault.data, backup.data, vault.len) != 0));
	buf_clear(&vault);
	buf_clear(&backup);
	return ok;
}
