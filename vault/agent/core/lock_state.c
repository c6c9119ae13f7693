/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/lock_state.h"

#include "vault/base/buf.h"
#include "vault/base/file.h"
#include "vault/format/json.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATE_MAX = 65536 };

/* NAME.sock has its state in NAME.state; a socket of another name in NAME + ".state". */
static bool state_path(const char *socket, char out[static PATH_MAX], struct error *err)
{
	size_t len = strlen(socket);

	if (len > 5 && strcmp(socket + len - 5, ".sock") == 0)
		len -= 5;
	if (snprintf(out, PATH_MAX, "%.*s.state", (int)len, socket) < PATH_MAX)
		return true;
	return error_set(err, ERROR_IO, "the socket's path is too long");
}

json_t *lock_state_refused(struct denials *denials)
{
	struct denial *list = calloc(DENIALS_MAX, sizeof(*list));
	json_t *array = json_array();
	struct error err = ERROR_INIT;
	size_t count = list && denials ? denials_list(denials, list) : 0;

	for (size_t i = 0; array && i < count; i++) {
		json_t *one = json_object();

		if (!json_put_text(one, "profile", list[i].profile, &err) ||
		    !json_put(one, "count", json_integer(list[i].count), &err) ||
		    !json_put_time(one, "last_at", list[i].last_at, &err) ||
		    !json_put_text(one, "code", error_name(list[i].code), &err)) {
			json_decref(one);
			json_decref(array);
			array = NULL;
		} else {
			(void)json_array_append_new(array, one);
		}
	}
	free(list);
	return array;
}

bool lock_state_write(const char *socket, const char *why, int64_t now, struct denials *denials,
		      struct error *err)
{
	struct buf text = BUF_INIT(STATE_MAX);
	json_t *object = json_object();
	char path[PATH_MAX];
	bool ok = json_put_time(object, "locked_since", why ? now : 0, err) &&
		  json_put_text(object, "locked_why", why, err) &&
		  json_put(object, "refused", lock_state_refused(denials), err) &&
		  json_append(object, &text, err) && state_path(socket, path, err) &&
		  file_replace(path, text.data, text.len, err);

	json_decref(object);
	buf_clear(&text);
	return ok;
}
