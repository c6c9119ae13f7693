/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/agent/view/key_view.h"
#include "vault/rotate/journal.h"
#include "vault/wire/tables/msg_key.h"
#include "vault/wire/tables/msg_rotate.h"
#include "vault/wire/tables/msg_vault.h"

#include <stdlib.h>
#include <string.h>

/* A name of the vault and the IAM key that it holds now. */
struct holder {
	char access_key_id[ACCESS_KEY_ID_MAX + 1];
	char name[TEXT_NAME_MAX + 1];
};

/* A rotation that is not over; `told` borrows its texts from here. */
struct begun {
	char name[TEXT_NAME_MAX + 1];
	char old_id[ACCESS_KEY_ID_MAX + 1], new_id[ACCESS_KEY_ID_MAX + 1];
	struct msg_begun told;
};

struct rows {
	struct agent *agent;
	struct begun *begun;
	size_t begun_count, begun_room;
	struct holder *holders;
	size_t count, room;
	const char **names; /* room for all holders */
};

static bool rows_add(void *arg, const struct rotation_record *rotation, struct error *err)
{
	struct rows *rows = arg;
	struct begun *row;
	uint32_t pid = 0;

	if (rows->begun_count == rows->begun_room) {
		rows->begun_room = rows->begun_room ? 2 * rows->begun_room : 16;
		row = realloc(rows->begun, rows->begun_room * sizeof(*row));
		if (!row)
			return error_set(err, ERROR_MEMORY, "out of memory");
		rows->begun = row;
	}
	row = &rows->begun[rows->begun_count++];
	*row = (struct begun){
	    .told = {.step = rotation_record_step_name(rotation->step),
		     .retire = (enum msg_retire)rotation->retire,
		     .begun_at = rotation->begun_at,
		     .off_at = rotation->off_at,
		     .delete_after = rotation_record_delete_after(rotation),
		     .held = rotation_holds_holder(rows->agent->rotations, rotation->name, &pid)}};
	row->told.pid = row->told.held ? pid : 0;
	(void)snprintf(row->name, sizeof(row->name), "%s", rotation->key_name);
	(void)snprintf(row->old_id, sizeof(row->old_id), "%s", rotation->name);
	(void)snprintf(row->new_id, sizeof(row->new_id), "%s", rotation->new_access_key_id);
	return true;
}

static bool rows_add_holder(void *arg, const struct access_key *key, const struct record_id *row,
			    struct error *err)
{
	struct rows *rows = arg;
	struct holder *more;

	(void)row;
	if (rows->count == rows->room) {
		rows->room = rows->room ? 2 * rows->room : 64;
		more = realloc(rows->holders, rows->room * sizeof(*more));
		if (!more)
			return error_set(err, ERROR_MEMORY, "out of memory");
		rows->holders = more;
	}
	more = &rows->holders[rows->count++];
	(void)snprintf(more->access_key_id, sizeof(more->access_key_id), "%s", key->access_key_id);
	(void)snprintf(more->name, sizeof(more->name), "%s", key->name);
	return true;
}

static int holder_by_id_and_name(const void *a, const void *b)
{
	const struct holder *one = a, *other = b;
	int order = strcmp(one->access_key_id, other->access_key_id);

	return order ? order : strcmp(one->name, other->name);
}

/* The index of the first holder of this id or of a later one. */
static size_t rows_first_of(const struct rows *rows, const char *id)
{
	size_t low = 0, high = rows->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(rows->holders[middle].access_key_id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void rows_name_holders(const struct rows *rows, const char *id, struct field_list *names)
{
	for (size_t i = rows_first_of(rows, id);
	     id[0] && i < rows->count && strcmp(rows->holders[i].access_key_id, id) == 0; i++)
		rows->names[names->count++] = rows->holders[i].name;
}

static bool rows_send(struct rows *rows, struct request *request, struct error *err)
{
	bool ok = true;

	for (size_t i = 0; ok && i < rows->begun_count; i++) {
		struct begun *row = &rows->begun[i];

		row->told.name = row->name;
		row->told.old_access_key_id = row->old_id;
		row->told.new_access_key_id = row->new_id;
		row->told.names.at = rows->names;
		rows_name_holders(rows, row->old_id, &row->told.names);
		rows_name_holders(rows, row->new_id, &row->told.names);
		ok = request_send_row(request, MESSAGE(msg_begun, &row->told), err);
	}
	return ok;
}

/* Collects the names and the key that each holds now, sorted by the keys' ids. */
static bool rows_find_holders(struct rows *rows, struct error *err)
{
	if (!view_each_key(rows->agent, rows_add_holder, rows, err))
		return false;
	if (rows->count)
		qsort(rows->holders, rows->count, sizeof(*rows->holders), holder_by_id_and_name);
	rows->names = calloc(rows->count + 1, sizeof(*rows->names));
	return rows->names || error_set(err, ERROR_MEMORY, "out of memory");
}

bool op_rotations(struct request *request, struct error *err)
{
	struct rows rows = {.agent = request->agent};
	struct msg_count answer;
	bool done = fields_read(&msg_nothing, request->args, NULL, err) &&
		    journal_each(request->agent->store, rows_add, &rows, err) &&
		    (rows.begun_count == 0 || rows_find_holders(&rows, err)) &&
		    rows_send(&rows, request, err);

	answer.count = (int64_t)rows.begun_count;
	free(rows.begun);
	free(rows.holders);
	free(rows.names);
	return done && request_answer(request, MESSAGE(msg_count, &answer), err);
}
