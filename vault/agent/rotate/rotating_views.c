/* SPDX-License-Identifier: MIT */
#include "vault/agent/rotate/hooks.h"
#include "vault/agent/view/retiring.h"
#include "vault/agent/rotate/rotating.h"
#include "vault/format/json.h"

#include <string.h>

static const char *view_state(const struct rotate *rotate)
{
	uint64_t step = rotate->row.step;

	if (rotate->over && step == ROTATION_OFF)
		return "done";
	if (rotate->over)
		return "aborted";
	return step == ROTATION_OFF ? "done" : "pending";
}

/* When and where AWS saw a use that the log cannot explain; null where there is none. */
static bool view_put_unexplained(json_t *object, const struct rotate *rotate, struct error *err)
{
	const struct iam_last_used *use = rotate_unexplained(rotate);
	json_t *value;

	if (!use)
		return json_put(object, "unexplained_use", json_null(), err);
	value = json_object();
	if (json_put_time(value, "at", use->at, err) &&
	    json_put_text(value, "service", use->service, err) &&
	    json_put_text(value, "region", use->region[0] ? use->region : NULL, err))
		return json_put(object, "unexplained_use", value, err);
	json_decref(value);
	return false;
}

bool rotating_element(const struct rotate *rotate, json_t **out, struct error *err)
{
	static const char *const waits[] = {[ROTATE_WAITS_GRACE] = "grace",
					    [ROTATE_WAITS_IDLE] = "idle",
					    [ROTATE_WAITS_CODE] = "code"};
	const char *id = rotate_new_id(rotate);
	json_t *object = json_object();

	*out = object;
	if (json_put_text(object, "name", rotate->order.name, err) &&
	    json_put_text(object, "state", view_state(rotate), err) &&
	    json_put_text(object, "step",
			  rotate->over || !rotate->row.step
			      ? NULL
			      : rotation_record_step_name(rotate->row.step),
			  err) &&
	    json_put_text(object, "old_access_key_id", rotate_old_id(rotate), err) &&
	    json_put_text(object, "new_access_key_id", id[0] ? id : NULL, err) &&
	    json_put(object, "resumed", json_boolean(rotate->resumed), err) &&
	    json_put_time(object, "delete_after",
			  rotate->over ? 0 : rotation_record_delete_after(&rotate->row), err) &&
	    json_put_text(object, "waits_for", rotate->over ? NULL : waits[rotate->waits], err) &&
	    view_put_unexplained(object, rotate, err) &&
	    json_put(object, "error", json_null(), err))
		return true;
	json_decref(object);
	*out = NULL;
	return false;
}

static json_t *view_listed(const struct rotate *rotate, size_t i)
{
	const struct iam_access_key *key = &rotate->found.keys.items[i];
	const struct rotate_use *use = &rotate->found.uses[i];
	bool ours = strcmp(key->access_key_id, rotate->key.access_key_id) == 0 ||
		    strcmp(key->access_key_id, rotate_old_id(rotate)) == 0 ||
		    strcmp(key->access_key_id, rotate_new_id(rotate)) == 0;
	json_t *object = json_object();
	struct error err;

	if (json_put_text(object, "access_key_id", key->access_key_id, &err) &&
	    json_put_text(object, "status", key->status, &err) &&
	    json_put_time(object, "created_at", key->created_at, &err) &&
	    json_put(object, "ours", json_boolean(ours), &err) &&
	    json_put_time(object, "last_used_at", use->last.at, &err) &&
	    json_put_text(object, "last_used_service",
			  use->known && use->last.at ? use->last.service : NULL, &err) &&
	    json_put_text(object, "last_used_region", use->last.region[0] ? use->last.region : NULL,
			  &err))
		return object;
	json_decref(object);
	return NULL;
}

static const char *view_may(enum rotate_may may)
{
	return may == ROTATE_MAY ? "yes" : may == ROTATE_MAY_NOT ? "no" : "unknown";
}

static json_t *view_permissions(const struct rotate_found *found)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s}", "create", view_may(found->create), "list", "yes",
			 "update", view_may(found->update), "delete", view_may(found->delete),
			 "last_used", view_may(found->last_used));
}

static bool view_put_names(const struct rotate *rotate, json_t *object, struct error *err)
{
	struct journal_names names = {.at = NULL};
	json_t *array = json_array();
	bool ok = journal_holders(rotate->seams->store, rotate->key.access_key_id, &names, err);

	for (size_t i = 0; i < names.count; i++)
		(void)json_array_append_new(array, json_string(names.at[i]));
	journal_names_clear(&names);
	if (ok)
		return json_put(object, "names", array, err);
	json_decref(array);
	return false;
}

static json_t *view_hooks(const char *text)
{
	struct error unused;
	json_t *array = json_array();

	if (text && !hooks_join(array, text, &unused)) {
		json_decref(array);
		return NULL;
	}
	return array;
}

/* The keys that go before the new one is made. */
static json_t *view_deletes(const struct rotate *rotate, bool anew)
{
	json_t *array = json_array();

	if (anew)
		(void)json_array_append_new(array, json_string(rotate_old_id(rotate)));
	if (rotate->order.delete_key)
		(void)json_array_append_new(array, json_string(rotate->order.delete_key));
	return array;
}

static bool view_put_order(const struct rotate *rotate, bool anew, json_t *object,
			   struct error *err)
{
	const struct rotation_record *row = &rotate->row;
	const struct rotate_order *order = &rotate->order;
	bool begun = row->step != 0 && !anew;
	int64_t idle_s = order->retire == ROTATION_WHEN_IDLE ? rotate_idle_s(order->idle_s) : 0;

	return json_put_text(object, "retire", retiring_word(begun ? row->retire : order->retire),
			     err) &&
	       json_put(object, "grace_s", json_integer(begun ? row->grace_s : order->grace_s),
			err) &&
	       json_put(object, "idle_s", json_integer(begun ? row->idle_s : idle_s), err) &&
	       json_put(object, "hooks", view_hooks(begun ? row->hooks : order->hooks), err) &&
	       json_put(object, "deletes", view_deletes(rotate, anew), err) &&
	       json_put(object, "resumed", json_boolean(begun), err) &&
	       json_put_text(object, "step", begun ? rotation_record_step_name(row->step) : NULL,
			     err);
}

bool rotating_plan(const struct rotate *rotate, bool anew, json_t **out, struct error *err)
{
	json_t *object = json_object(), *keys = json_array();

	*out = NULL;
	for (size_t i = 0; i < rotate->found.keys.count; i++)
		(void)json_array_append_new(keys, view_listed(rotate, i));
	if (json_put(object, "keys", keys, err) &&
	    json_put_text(object, "name", rotate->order.name, err) &&
	    view_put_names(rotate, object, err) &&
	    json_put_text(object, "user_name", rotate->user_name, err) &&
	    json_put_text(object, "account_id", rotate->key.account_id, err) &&
	    json_put_text(object, "arn", rotate->arn, err) &&
	    json_put_text(object, "access_key_id", rotate->key.access_key_id, err) &&
	    json_put(object, "may", view_permissions(&rotate->found), err) &&
	    json_put(object, "mfa", json_boolean(rotate->session.session_token.len > 0), err) &&
	    view_put_unexplained(object, rotate, err) &&
	    json_put(object, "handed_out",
		     json_boolean(rotate->found.verdict == FOREIGN_USE_HANDED_OUT), err) &&
	    view_put_order(rotate, anew, object, err)) {
		*out = object;
		return true;
	}
	json_decref(object);
	return false;
}
