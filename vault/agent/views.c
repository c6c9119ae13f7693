/* SPDX-License-Identifier: MIT */
#include "vault/agent/views.h"

#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/rotate/journal.h"
#include "vault/seal/header.h"
#include "vault/store/rows.h"

#include <stdlib.h>
#include <string.h>

bool view_header(struct store *store, json_t **out, struct error *err)
{
	const struct buf *header = store_header(store);
	struct buf hex = BUF_INIT(2 * HEADER_BYTES_MAX + 1);
	bool ok = buf_reserve(&hex, 2 * header->len + 1, err);

	*out = json_object();
	if (ok) {
		text_hex((const unsigned char *)header->data, header->len, hex.data);
		ok = json_put_text(*out, "header", hex.data, err);
	}
	buf_clear(&hex);
	if (!ok) {
		json_decref(*out);
		*out = NULL;
	}
	return ok;
}

struct view_age view_age(const struct access_key *key, int64_t default_max_age_s, int64_t now)
{
	struct view_age age = {.max_age_s = key->max_age_s ? key->max_age_s : default_max_age_s};
	int64_t lead = age.max_age_s / 10;

	if (age.max_age_s == 0)
		return age;
	/* How old it is nobody knows: better look now. */
	age.due = key->created_at == 0;
	if (age.due)
		return age;
	if (lead > VIEW_LEAD_MAX_S)
		lead = VIEW_LEAD_MAX_S;
	age.due_at = key->created_at + age.max_age_s;
	age.due = now >= age.due_at - lead;
	age.overdue = now > age.due_at;
	return age;
}

struct until {
	const char *key_name;
	int64_t at;
};

static void latest(void *arg, const struct cache_view *view)
{
	struct until *until = arg;

	if (!view->role && strcmp(view->key_name, until->key_name) == 0 &&
	    view->expires_at > until->at)
		until->at = view->expires_at;
}

static bool put_known(json_t *object, const char *name, const char *text, struct error *err)
{
	return json_put_text(object, name, text[0] ? text : NULL, err);
}

static bool put_age(json_t *object, const struct access_key *key, const struct view_age *age,
		    int64_t now, struct error *err)
{
	int64_t days = (now - key->created_at) / VIEW_DAY_S;

	return json_put_time(object, "created_at", key->created_at, err) &&
	       json_put_time(object, "rotated_at", key->rotated_at, err) &&
	       json_put(object, "age_days",
			key->created_at ? json_integer(days < 0 ? 0 : days) : json_null(), err) &&
	       json_put(object, "max_age_days",
			age->max_age_s ? json_integer(age->max_age_s / VIEW_DAY_S) : json_null(),
			err) &&
	       json_put_time(object, "due_at", age->due_at, err) &&
	       json_put(object, "due", json_boolean(age->due), err) &&
	       json_put(object, "overdue", json_boolean(age->overdue), err);
}

static bool note_rotation(void *arg, const struct rotation *rotation, struct error *err)
{
	struct view_rotations *rotations = arg;
	struct view_rotation *more, *one;

	more = realloc(rotations->at, (rotations->count + 1) * sizeof(*more));
	if (!more)
		return error_set(err, ERROR_MEMORY, "out of memory");
	rotations->at = more;
	one = &more[rotations->count++];
	memcpy(one->old_id, rotation->name, sizeof(one->old_id));
	memcpy(one->new_id, rotation->new_access_key_id, sizeof(one->new_id));
	one->step = rotation_step_name(rotation->step);
	return true;
}

bool view_rotations_read(struct agent *agent, struct view_rotations *out, struct error *err)
{
	*out = (struct view_rotations){.at = NULL};
	return journal_each(agent->store, note_rotation, out, err);
}

void view_rotations_clear(struct view_rotations *rotations)
{
	free(rotations->at);
	*rotations = (struct view_rotations){.at = NULL};
}

/* The next step of the key's rotation; NULL for none. */
static const char *step_of(const struct view_rotations *rotations, const struct access_key *key)
{
	for (size_t i = 0; i < rotations->count; i++) {
		const struct view_rotation *one = &rotations->at[i];

		if (strcmp(one->old_id, key->access_key_id) == 0 ||
		    strcmp(one->new_id, key->access_key_id) == 0)
			return one->step;
	}
	return NULL;
}

bool view_key(struct agent *agent, const struct access_key *key, const struct record_id *row,
	      json_t **out, struct error *err)
{
	struct view_rotations rotations = {.at = NULL};
	bool ok;

	*out = NULL;
	ok = view_rotations_read(agent, &rotations, err) &&
	     view_key_among(agent, key, row, &rotations, out, err);
	view_rotations_clear(&rotations);
	return ok;
}

bool view_key_among(struct agent *agent, const struct access_key *key, const struct record_id *row,
		    const struct view_rotations *rotations, json_t **out, struct error *err)
{
	int64_t now = clock_real_s(agent->clock), used;
	struct view_age age = view_age(key, agent->settings.max_age_s, now);
	struct until session = {.key_name = key->name};
	json_t *object;

	*out = NULL;
	if (!usages_last(agent->usages, agent->store, row->id, &used, err))
		return false;
	cache_each(agent->cache, now, latest, &session);
	object = json_object();
	if (json_put_text(object, "name", key->name, err) &&
	    json_put_text(object, "access_key_id", key->access_key_id, err) &&
	    put_known(object, "account_id", key->account_id, err) &&
	    put_known(object, "user_name", key->user_name, err) &&
	    put_known(object, "arn", key->arn, err) &&
	    put_known(object, "region", key->region, err) &&
	    put_known(object, "mfa_serial", key->mfa_serial, err) &&
	    json_put(object, "mfa_required", json_boolean(key->mfa_required), err) &&
	    put_age(object, key, &age, now, err) &&
	    json_put_time(object, "last_emitted_at", used, err) &&
	    json_put_time(object, "session_expires_at", session.at, err) &&
	    json_put_text(object, "rotating", step_of(rotations, key), err)) {
		*out = object;
		return true;
	}
	json_decref(object);
	return false;
}

static bool put_count(json_t *object, const char *name, bool told, uint64_t count,
		      struct error *err)
{
	return json_put(object, name, told ? json_integer((json_int_t)count) : json_null(), err);
}

bool view_inspection(const struct inspection *inspection, json_t **out, struct error *err)
{
	json_t *problems = json_array();

	for (size_t i = 0; i < inspection->count; i++)
		(void)json_array_append_new(problems, json_string(inspection->problems[i]));
	*out = json_object();
	return json_put(*out, "ok", json_boolean(inspection->count == 0), err) &&
	       put_count(*out, "generation", inspection->told, inspection->generation, err) &&
	       put_count(*out, "records", true, inspection->records, err) &&
	       put_count(*out, "log_entries", inspection->told, inspection->log_entries, err) &&
	       json_put(*out, "problems", problems, err);
}

static bool keep(void *arg, const struct record_id *id, const struct buf *plain, struct error *err)
{
	struct view_keys *keys = arg;
	struct view_key *one;

	if (keys->count == keys->room) {
		size_t room = keys->room ? 2 * keys->room : 16;
		struct view_key *more = realloc(keys->at, room * sizeof(*more));

		if (!more || room > AGENT_KEYS_MAX)
			return error_set(err, ERROR_MEMORY, "out of memory");
		keys->at = more;
		keys->room = room;
	}
	one = &keys->at[keys->count];
	access_key_init(&one->key);
	one->row = *id;
	if (!access_key_decode(plain->data, plain->len, &one->key, err))
		return false;
	secret_clear(&one->key.secret);
	keys->count++;
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct view_key *)a)->key.name,
		      ((const struct view_key *)b)->key.name);
}

bool view_keys_read(struct agent *agent, struct view_keys *out, struct error *err)
{
	*out = (struct view_keys){.at = NULL};
	if (!row_each(agent->store, TABLE_KEY, keep, out, err))
		return false;
	if (out->count)
		qsort(out->at, out->count, sizeof(*out->at), by_name);
	return true;
}

void view_keys_clear(struct view_keys *keys)
{
	free(keys->at);
	*keys = (struct view_keys){.at = NULL};
}
