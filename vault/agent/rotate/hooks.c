/* SPDX-License-Identifier: MIT */
#include "vault/agent/rotate/hooks.h"

#include "vault/format/json.h"

#include <string.h>

bool hooks_write(const json_t *array, struct buf *out, struct error *err)
{
	if (json_array_size(array) == 0)
		return true;
	if (json_array_size(array) > ROTATION_HOOKS_MAX)
		return error_set(err, ERROR_USAGE, "more than %d hooks", ROTATION_HOOKS_MAX);
	if (json_append(array, out, err) && out->len <= ROTATION_HOOKS_TEXT_MAX)
		return true;
	return error_set(err, ERROR_USAGE, "the hooks are too long, %d bytes at most",
			 ROTATION_HOOKS_TEXT_MAX);
}

bool hooks_encode(const struct field_list *hooks, struct buf *out, struct error *err)
{
	const char *const *commands = hooks->at;
	bool ok = true;

	for (size_t i = 0; ok && i < hooks->count; i++)
		ok = buf_text_append(out, i ? "," : "[", err) &&
		     json_append_text(commands[i], out, err);
	ok = ok && (hooks->count == 0 || buf_text_append(out, "]", err));
	if (ok && out->len <= ROTATION_HOOKS_TEXT_MAX)
		return true;
	return error_set(err, ERROR_USAGE, "the hooks are too long, %d bytes at most",
			 ROTATION_HOOKS_TEXT_MAX);
}

bool hooks_join(json_t *array, const char *text, struct error *err)
{
	json_t *more = NULL, *command;
	bool ok = true;
	size_t i;

	if (!text[0])
		return true;
	if (!json_parse(text, strlen(text), ROTATION_HOOKS_TEXT_MAX, &more, err))
		return false;
	json_array_foreach(more, i, command)
	{
		bool has = false;

		for (size_t k = 0; k < json_array_size(array); k++)
			has = has || json_equal(json_array_get(array, k), command);
		if (ok && !has && json_array_append(array, command) != 0)
			ok = error_set(err, ERROR_MEMORY, "out of memory");
	}
	json_decref(more);
	return ok;
}
