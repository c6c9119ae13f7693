/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/agent/view/retiring.h"
#include "vault/agent/view/key_view.h"
#include "vault/format/json.h"
#include "vault/rotate/journal.h"

#include <stdlib.h>
#include <string.h>

/* A name of the vault and the IAM key that it holds now. */
struct holder {
	char access_key_id[ACCESS_KEY_ID_MAX + 1];
	char name[TEXT_NAME_MAX + 1];
};

struct rows {
	struct agent *agent;
	json_t *array;
	struct holder *holders;
	size_t count, room;
};

static bool rows_add(void *arg, const struct rotation_record *rotation, struct error *err)
{
	struct rows *rows = arg;
	const char *id = rotation->new_access_key_id;
	json_t *row = json_object();
	uint32_t pid = 0;
	bool held = rotation_holds_holder(rows->agent->rotations, rotation->name, &pid);

	if (json_put_text(row, "name", rotation->key_name, err) &&
	    json_put_text(row, "step", rotation_record_step_name(rotation->step), err) &&
	    json_put_text(row, "old_access_key_id", rotation->name, err) &&
	    json_put_text(row, "new_access_key_id", id[0] ? id : NULL, err) &&
	    json_put_text(row, "retire", retiring_word(rotation->retire), err) &&
	    json_put_time(row, "begun_at", rotation->begun_at, err) &&
	    json_put_time(row, "off_at", rotation->off_at, err) &&
	    json_put_time(row, "delete_after", rotation_record_delete_after(rotation), err) &&
	    json_put(row, "held", json_boolean(held), err) &&
	    json_put(row, "pid", held ? json_integer(pid) : json_null(), err))
		return json_array_append_new(rows->array, row) == 0 ||
		       error_set(err, ERROR_MEMORY, "out of memory");
	json_decref(row);
	return false;
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

/* The names that hold either of the rotation's two keys now. */
static bool rows_put_names(const struct rows *rows, json_t *row, struct error *err)
{
	static const char *const ids[] = {"old_access_key_id", "new_access_key_id"};
	json_t *array = json_array();

	for (size_t k = 0; k < 2; k++) {
		const char *id = json_string_value(json_object_get(row, ids[k]));

		for (size_t i = id ? rows_first_of(rows, id) : rows->count;
		     i < rows->count && strcmp(rows->holders[i].access_key_id, id) == 0; i++)
			(void)json_array_append_new(array, json_string(rows->holders[i].name));
	}
	return json_put(row, "names", array, err);
}

bool op_rotations(struct request *request, struct error *err)
{
	static const char *const none[] = {NULL};
	struct rows rows = {.agent = request->agent, .array = json_array()};
	size_t count;
	bool done = json_only(request->args, none, err) &&
		    journal_each(request->agent->store, rows_add, &rows, err);

	count = json_array_size(rows.array);
	done = done && (count == 0 || view_each_key(request->agent, rows_add_holder, &rows, err));
	if (rows.count)
		qsort(rows.holders, rows.count, sizeof(*rows.holders), holder_by_id_and_name);
	for (size_t i = 0; done && i < count; i++) {
		json_t *row = json_array_get(rows.array, i);

		done = rows_put_names(&rows, row, err) &&
		       request_row(request, json_incref(row), err);
	}
	free(rows.holders);
	json_decref(rows.array);
	return done &&
	       request_answer_value(request, json_pack("{s:I}", "count", (json_int_t)count), err);
}
