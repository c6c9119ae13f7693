/* SPDX-License-Identifier: MIT */
#include "vault/agent/ops.h"
#include "vault/format/json.h"
#include "vault/rotate/journal.h"

struct rows {
	struct agent *agent;
	json_t *array;
};

static bool add(void *arg, const struct rotation *rotation, struct error *err)
{
	struct rows *rows = arg;
	const char *id = rotation->new_access_key_id;
	json_t *row = json_object();
	uint32_t pid = 0;
	bool held = rotations_holder(rows->agent->rotations, rotation->name, &pid);

	if (json_put_text(row, "name", rotation->key_name, err) &&
	    json_put_text(row, "step", rotation_step_name(rotation->step), err) &&
	    json_put_text(row, "old_access_key_id", rotation->name, err) &&
	    json_put_text(row, "new_access_key_id", id[0] ? id : NULL, err) &&
	    json_put_time(row, "begun_at", rotation->begun_at, err) &&
	    json_put_time(row, "off_at", rotation->off_at, err) &&
	    json_put_time(row, "delete_after", rotation_delete_after(rotation), err) &&
	    json_put(row, "held", json_boolean(held), err) &&
	    json_put(row, "pid", held ? json_integer(pid) : json_null(), err))
		return json_array_append_new(rows->array, row) == 0;
	json_decref(row);
	return false;
}

/* Names that hold either of the two keys now. */
static bool put_names(struct agent *agent, json_t *row, struct error *err)
{
	static const char *const ids[] = {"old_access_key_id", "new_access_key_id"};
	json_t *array = json_array();
	bool ok = true;

	for (size_t k = 0; ok && k < 2; k++) {
		const char *id = json_string_value(json_object_get(row, ids[k]));
		struct journal_names names = {.at = NULL};

		ok = !id || journal_holders(agent->store, id, &names, err);
		for (size_t i = 0; ok && i < names.count; i++)
			(void)json_array_append_new(array, json_string(names.at[i]));
		journal_names_clear(&names);
	}
	if (ok)
		return json_put(row, "names", array, err);
	json_decref(array);
	return false;
}

bool op_rotations(struct request *request, json_t **ok, struct error *err)
{
	static const char *const none[] = {NULL};
	struct rows rows = {request->agent, json_array()};
	bool done = json_only(request->args, none, err) &&
		    journal_each(request->agent->store, add, &rows, err);
	size_t count = json_array_size(rows.array);

	for (size_t i = 0; done && i < count; i++) {
		json_t *row = json_array_get(rows.array, i);

		done = put_names(request->agent, row, err) &&
		       request_row(request, json_incref(row), err);
	}
	json_decref(rows.array);
	if (done) {
		*ok = json_object();
		done = json_put(*ok, "count", json_integer((json_int_t)count), err);
	}
	return done;
}
