/* SPDX-License-Identifier: MIT */
#include "vault/rotate/distribution.h"

#include "vault/format/json.h"
#include "vault/rotate/step.h"

#include <stdio.h>
#include <string.h>

static bool make_fresh(const struct rotate *rotate, struct access_key *fresh, struct error *err)
{
	*fresh = rotate->key;
	fresh->secret = SECRET_EMPTY;
	(void)snprintf(fresh->access_key_id, sizeof(fresh->access_key_id), "%s",
		       rotate->row.new_access_key_id);
	fresh->created_at = rotate->row.new_created_at;
	return secret_set(&fresh->secret, rotate->row.secret.data, rotate->row.secret.len, err);
}

static bool run_one(struct rotate *rotate, size_t i, const char *command,
		    const struct access_key *fresh, struct error *err)
{
	const struct rotate_seams *seams = rotate->seams;
	uint64_t before = rotate->row.hooks_done;

	if (!seams->hook)
		return error_set(err, ERROR_FAILED, "there is nobody to run the rotation's hooks");
	if (!seams->hook(seams->ctx, rotate, command, fresh, err)) {
		error_detail(err,
			     "Key %s stays current and works; the next run asks the hook "
			     "again.",
			     rotate->row.name);
		return error_hint(err, "credvault rotate %s", rotate->order.name);
	}
	rotate->row.hooks_done |= (uint64_t)1 << i;
	if (step_commit(rotate, ROTATION_PROVED, rotate->row.new_access_key_id,
			"a hook has acknowledged the new key", err))
		return true;
	rotate->row.hooks_done = before;
	return false;
}

bool step_distribute(struct rotate *rotate, struct error *err)
{
	const char *text = rotate->row.hooks;
	struct access_key fresh;
	json_t *hooks = NULL;
	bool ok;

	if (!text[0])
		return true;
	access_key_init(&fresh);
	ok = json_parse(text, strlen(text), ROTATION_HOOKS_TEXT_MAX, &hooks, err) &&
	     make_fresh(rotate, &fresh, err);
	for (size_t i = 0; ok && i < json_array_size(hooks) && i < ROTATION_HOOKS_MAX; i++) {
		const char *command = json_string_value(json_array_get(hooks, i));

		if (command && !(rotate->row.hooks_done >> i & 1))
			ok = run_one(rotate, i, command, &fresh, err);
	}
	access_key_clear(&fresh);
	json_decref(hooks);
	return ok;
}
