/* SPDX-License-Identifier: MIT */
#include "vault/agent/unlock/restoring.h"

#include "vault/agent/unlock/launch.h"
#include "vault/audit/append.h"
#include "vault/audit/gap.h"
#include "vault/base/text.h"
#include "vault/rotate/journal.h"
#include "vault/seal/header/header.h"
#include "vault/store/backup/copy.h"
#include "vault/store/change/commit.h"
#include "vault/store/change/rekey.h"
#include "vault/store/change/witnessed.h"
#include "vault/store/rows/rows.h"
#include "vault/store/store.h"
#include "vault/wire/tables/msg_backup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)MSG_RESTORE_FATES == (int)MERGE_FATES &&
		   (int)MSG_RESTORE_SPARE == (int)MERGE_SPARE &&
		   (int)MSG_RESTORE_DROPPED == (int)MERGE_DROPPED,
	       "a fate has one number");

enum { BESIDE_MAX = PATH_MAX + 64, STAMP = 16 };

/* --- opening ---------------------------------------------------------------------------------- */

static bool restoring_is_hex(const char *text)
{
	return strlen(text) == MSG_COPY_ID_HEX &&
	       strspn(text, "0123456789abcdef") == MSG_COPY_ID_HEX;
}

static bool restoring_read(struct request *request, const struct fields *fields,
			   struct restoring *restoring, struct error *err)
{
	struct msg_restore *said = &restoring->said;

	if (!fields_read(fields, request->args, said, err))
		return false;
	if (!restoring_is_hex(said->copy) ||
	    (said->replaced &&
	     (strlen(said->replaced) != STAMP || strspn(said->replaced, "0123456789TZ") != STAMP)))
		return error_set(err, ERROR_PROTOCOL, "no such copy");
	restoring->has_vault = said->keys.value;
	return (!said->keys.value || keys_from_json(said->keys.value, &restoring->keys, err)) &&
	       keys_from_json(said->backup_keys.value, &restoring->backup_keys, err) &&
	       (!said->new_keys.value ||
		keys_from_json(said->new_keys.value, &restoring->new_keys, err));
}

/* The vault as it lies there: what the witness says of it is shown, and refuses nothing. */
static bool restoring_open_vault(struct agent *agent, struct restoring *restoring,
				 struct error *err)
{
	const struct buf *bytes;
	struct header header;

	if (!launch_open(agent, err))
		return false;
	bytes = store_header(agent->store);
	if (!header_decode(bytes->data, bytes->len, &header, err))
		return false;
	if (memcmp(header.vault_id, restoring->staged.vault_id, sizeof(header.vault_id)) != 0) {
		error_set(err, ERROR_FAILED, "this is a backup of another vault");
		return error_detail(err, "Nothing was changed. Restore it elsewhere, by --vault.");
	}
	return store_unlock_accepting(agent->store, &restoring->keys, err) &&
	       (store_finding(agent->store, &restoring->finding) ||
		error_set(err, ERROR_FAILED, "the vault has no witness"));
}

/* The highest number of an entry that is known and that the vault's log does not have. */
static void restoring_find_lost(struct restoring *restoring, uint64_t count)
{
	const struct mark *mark = &restoring->finding.mark;
	uint64_t highest = restoring->staged.log_count;

	if (mark->sequence > 0 && mark->log_count > highest)
		highest = mark->log_count;
	restoring->lost_to = highest > count ? highest : 0;
}

static bool restoring_agree(struct agent *agent, struct restoring *restoring, struct error *err)
{
	unsigned char digest[STAGED_DIGEST_BYTES];

	if (!staged_agree(&restoring->staged, restoring->has_vault ? agent->store : NULL,
			  restoring->said.drop.at, restoring->said.drop.count, digest, err))
		return false;
	text_hex(digest, sizeof(digest), restoring->digest);
	return true;
}

/* --- what becomes of each key ----------------------------------------------------------------- */

static bool restoring_take(struct restoring *restoring, const char *name, struct error *err)
{
	if (restoring->taken_count == restoring->taken_room) {
		size_t room = restoring->taken_room ? 2 * restoring->taken_room : 32;
		void *grown = realloc(restoring->taken, room * sizeof(*restoring->taken));

		if (!grown)
			return error_set(err, ERROR_MEMORY, "out of memory");
		restoring->taken = grown;
		restoring->taken_room = room;
	}
	(void)snprintf(restoring->taken[restoring->taken_count++], TEXT_NAME_MAX + 1, "%s", name);
	return true;
}

static bool restoring_note(void *arg, const struct merge_key *key, struct error *err)
{
	struct restoring *restoring = arg;

	if (key->fate == MERGE_DROPPED)
		restoring->dropped_count++;
	return (key->fate != MERGE_COMES && key->fate != MERGE_TAKEN &&
		key->fate != MERGE_DROPPED) ||
	       restoring_take(restoring, key->name, err);
}

/* A rotation that is not over would go on with the key that is put back. */
static bool restoring_is_rotating(void *arg, const struct rotation_record *rotation,
				  struct error *err)
{
	const struct restoring *restoring = arg;
	char shown[4 * TEXT_NAME_MAX];

	for (size_t i = 0; i < restoring->taken_count; i++) {
		if (strcmp(restoring->taken[i], rotation->key_name) != 0)
			continue;
		text_escape_into(rotation->key_name, shown, sizeof(shown));
		error_set(err, ERROR_FAILED, "a rotation of %s is not over", shown);
		error_detail(err, "Its key cannot be taken from a backup before it is.");
		return error_hint(err, "credvault rotate --resume %s",
				  TEXT_WORD(rotation->key_name));
	}
	return true;
}

static bool restoring_compare(struct agent *agent, struct restoring *restoring, struct error *err)
{
	restoring->merge = (struct merge){.vault = agent->store,
					  .backup = restoring->staged.store,
					  .drop = restoring->said.drop.at,
					  .drop_count = restoring->said.drop.count};
	if (!merge_each(&restoring->merge, restoring_note, restoring, err))
		return false;
	if (restoring->dropped_count != restoring->said.drop.count) {
		error_set(err, ERROR_USAGE,
			  "--drop-newer names a key of which the vault has no newer record");
		return error_hint(err, "credvault restore FILE --dry-run");
	}
	return journal_each(agent->store, restoring_is_rotating, restoring, err);
}

bool restoring_open(struct request *request, const struct fields *fields,
		    struct restoring *restoring, struct error *err)
{
	struct agent *agent = request->agent;
	struct store_state state = {.log_count = 0};
	char path[BESIDE_MAX];

	*restoring = (struct restoring){.has_vault = false};
	if (!restoring_read(request, fields, restoring, err))
		return false;
	(void)snprintf(path, sizeof(path), "%s" MSG_COPY_INFIX "%s", agent->vault,
		       restoring->said.copy);
	if (!staged_open(path, &restoring->backup_keys, &restoring->staged, err)) {
		error_detail(err, "That is the backup's. Nothing was changed.");
		return err->code == ERROR_TAMPERED
			   ? error_hint(err, "another backup, one that is whole")
			   : false;
	}
	if (!restoring->has_vault) {
		if (!staged_finding(&restoring->staged, agent->vault, agent->witness,
				    &restoring->backup_keys, &restoring->finding, err))
			return false;
		restoring_find_lost(restoring, restoring->staged.log_count);
		if (restoring->said.drop.count)
			return error_set(err, ERROR_USAGE,
					 "--drop-newer: there is no vault that has newer records");
		return restoring_agree(agent, restoring, err);
	}
	if (!restoring_open_vault(agent, restoring, err) ||
	    !store_state(agent->store, &state, err) || !restoring_compare(agent, restoring, err))
		return false;
	restoring_find_lost(restoring, state.log_count);
	return restoring_agree(agent, restoring, err);
}

void restoring_forget_vault(struct agent *agent)
{
	struct error ignored;

	(void)store_close(agent->store, &ignored);
	agent->store = NULL;
}

void restoring_clear(struct restoring *restoring)
{
	staged_close(&restoring->staged);
	keys_clear(&restoring->keys);
	keys_clear(&restoring->backup_keys);
	keys_clear(&restoring->new_keys);
	fields_clear(&msg_restore, &restoring->said);
	free(restoring->taken);
	*restoring = (struct restoring){.has_vault = false};
}

/* --- the plan --------------------------------------------------------------------------------- */

/* A row on its way out. */
struct sending {
	struct request *request;
	struct buf frames;
};

static bool restoring_row(void *arg, const struct merge_key *key, struct error *err)
{
	const struct msg_restore_key row = {.name = key->name,
					    .fate = (unsigned int)key->fate,
					    .vault_key_id = key->vault_key_id,
					    .backup_key_id = key->backup_key_id,
					    .vault_at = key->vault_at,
					    .backup_at = key->backup_at};
	struct sending *sending = arg;
	struct buf text = BUF_INIT(4096);
	bool ok = fields_write(&msg_restore_key, &row, &text, err) &&
		  request_row_text(sending->request, buf_text(&text), &sending->frames, err);

	buf_clear(&text);
	return ok;
}

/* Without a vault every key of the backup comes. */
static bool restoring_row_alone(void *arg, const struct record_id *id, const struct buf *plain,
				struct error *err)
{
	struct merge_key row = {.fate = MERGE_COMES, .vault_key_id = ""};
	struct access_key key;
	bool ok;

	(void)id;
	access_key_init(&key);
	ok = access_key_decode(plain->data, plain->len, &key, err);
	row.name = key.name;
	row.backup_key_id = key.access_key_id;
	row.backup_at = key.rotated_at ? key.rotated_at : key.created_at;
	ok = ok && restoring_row(arg, &row, err);
	access_key_clear(&key);
	return ok;
}

static bool restoring_send_rows(struct request *request, struct restoring *restoring,
				struct error *err)
{
	struct sending sending = {request, FRAMES_INIT};
	bool ok = restoring->has_vault ? merge_each(&restoring->merge, restoring_row, &sending, err)
				       : row_each(restoring->staged.store, TABLE_KEY,
						  restoring_row_alone, &sending, err);

	ok = ok && request_rows_send(request, &sending.frames, err);
	buf_clear(&sending.frames);
	return ok;
}

bool restoring_answer_plan(struct request *request, struct restoring *restoring, struct error *err)
{
	const struct staged *staged = &restoring->staged;
	const struct witness_finding *finding = &restoring->finding;
	struct msg_restore_plan plan = {.backup = {.generation = (int64_t)staged->generation,
						   .epoch = (int64_t)staged->epoch,
						   .log_entries = (int64_t)staged->log_count,
						   .updated_at = staged->updated_at},
					.has_vault = restoring->has_vault,
					.verdict = witness_name(finding->verdict),
					.trusted = witness_trusts(finding->verdict),
					.was_used = finding->mark.sequence > 0,
					.last_generation = (int64_t)finding->mark.generation,
					.new_key = !restoring->has_vault &&
						   staged_is_outdated(finding, staged->epoch),
					.digest = restoring->digest};
	uint64_t count = staged->log_count;

	if (restoring->has_vault) {
		plan.vault = (struct msg_restore_side){
		    .generation = (int64_t)finding->vault.generation,
		    .epoch = (int64_t)finding->vault.epoch,
		    .log_entries = (int64_t)finding->vault.log_count,
		    .updated_at = finding->vault.updated_at};
		count = finding->vault.log_count;
		if (!merge_settings_differ(&restoring->merge, &plan.settings_differ, err))
			return false;
	}
	if (restoring->lost_to > count) {
		plan.lost_from = (int64_t)count + 1;
		plan.lost_to = (int64_t)restoring->lost_to;
	}
	return restoring_send_rows(request, restoring, err) &&
	       request_answer(request, MESSAGE(msg_restore_plan, &plan), err);
}

/* --- doing it --------------------------------------------------------------------------------- */

static bool restoring_fill(struct request *request, uint64_t lost_to, struct error *err)
{
	struct audit_entry gap = request_entry(request, AUDIT_OP_GAP);

	return !lost_to || audit_fill_gap(request->agent->store, lost_to, &gap, err);
}

/* One commit: the keys, and the line of the log. */
struct restoring_change {
	const struct restoring *restoring;
	struct audit_entry entry;
};

static bool restoring_commit(struct txn *txn, void *arg, struct error *err)
{
	struct restoring_change *change = arg;
	const struct restoring *restoring = change->restoring;

	return merge_take(txn, restoring->staged.store,
			  (const char(*)[TEXT_NAME_MAX + 1])(const void *)restoring->taken,
			  restoring->taken_count, err) &&
	       audit_append(txn, &change->entry, err);
}

bool restoring_merge(struct request *request, struct restoring *restoring, struct error *err)
{
	struct agent *agent = request->agent;
	struct restoring_change change = {.restoring = restoring,
					  .entry = request_entry(request, AUDIT_OP_RESTORE)};
	struct copy_facts facts;
	char path[BESIDE_MAX];

	(void)snprintf(path, sizeof(path), "%s.replaced-%s", agent->vault,
		       restoring->said.replaced);
	(void)snprintf(change.entry.what, sizeof(change.entry.what),
		       "%zu key%s from a backup of generation %llu, %zu newer one%s dropped",
		       restoring->taken_count, restoring->taken_count == 1 ? "" : "s",
		       (unsigned long long)restoring->staged.generation, restoring->dropped_count,
		       restoring->dropped_count == 1 ? "" : "s");
	return copy_write(agent->store, path, &facts, err) &&
	       restoring_fill(request, restoring->lost_to, err) &&
	       store_commit_with_room(agent->store, STORE_ROOM_ALL, restoring_commit, &change,
				      err) &&
	       store_mark(agent->store, err);
}

/* The vault key of a backup whose ways in were replaced since is replaced as well. */
static bool restoring_rekey(struct restoring *restoring, struct error *err)
{
	bool changed = false;

	if (!staged_is_outdated(&restoring->finding, restoring->staged.epoch))
		return true;
	if (!restoring->said.new_keys.value)
		return error_set(err, ERROR_FAILED,
				 "what opens the backup was replaced since: it wants a new key");
	return store_rekey(restoring->staged.store, &restoring->said.header, &restoring->new_keys,
			   NULL, &changed, err);
}

bool restoring_install(struct request *request, struct restoring *restoring, struct error *err)
{
	struct agent *agent = request->agent;
	struct audit_entry entry = request_entry(request, AUDIT_OP_RESTORE);
	struct audit_entry absent = request_entry(request, AUDIT_OP_PRUNE);
	bool fresh = staged_is_outdated(&restoring->finding, restoring->staged.epoch);
	uint64_t lost_to = restoring->lost_to;

	(void)snprintf(entry.what, sizeof(entry.what),
		       "a backup of generation %llu, where no vault was",
		       (unsigned long long)restoring->staged.generation);
	if (!restoring_rekey(restoring, err) ||
	    !staged_install(&restoring->staged, agent->vault, err))
		return false;
	keys_move(&restoring->keys, fresh ? &restoring->new_keys : &restoring->backup_keys);
	if (launch_open(agent, err) &&
	    store_unlock_accepting(agent->store, &restoring->keys, err) &&
	    restoring_fill(request, lost_to, err) && audit_record(agent->store, &entry, err) &&
	    audit_leave_absent(agent->store, &absent, err) && store_mark(agent->store, err))
		return true;
	error_detail(err, "The backup is in the vault's place, whole, and was not taken over yet.");
	return error_hint(err, "credvault restore --accept-rollback");
}
