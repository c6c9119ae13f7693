/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/lock_state.h"

#include "vault/base/buf.h"
#include "vault/base/file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATE_MAX = 65536 };

/* NAME.sock has its state in NAME.state; a socket of another name in NAME + ".state". */
static bool lock_state_path(const char *socket, char out[static PATH_MAX], struct error *err)
{
	size_t len = strlen(socket);

	if (len > 5 && strcmp(socket + len - 5, ".sock") == 0)
		len -= 5;
	if (snprintf(out, PATH_MAX, "%.*s.state", (int)len, socket) < PATH_MAX)
		return true;
	return error_set(err, ERROR_IO, "the socket's path is too long");
}

struct refusals *lock_state_refusals(struct denials *denials)
{
	struct refusals *refusals = calloc(1, sizeof(*refusals));

	if (!refusals)
		return NULL;
	refusals->count = denials ? denials_list(denials, refusals->list) : 0;
	for (size_t i = 0; i < refusals->count; i++) {
		const struct denial *denial = &refusals->list[i];

		refusals->said[i] = (struct msg_refused){.profile = denial->profile,
							 .count = denial->count,
							 .last_at = denial->last_at,
							 .code = error_name(denial->code)};
	}
	return refusals;
}

struct field_list refusals_list(struct refusals *refusals)
{
	return (struct field_list){refusals->said, refusals->count, sizeof(refusals->said[0])};
}

bool lock_state_write(const char *socket, const char *why, int64_t now, struct denials *denials,
		      struct error *err)
{
	struct refusals *refusals = lock_state_refusals(denials);
	struct msg_state state = {.locked_since = why ? now : 0, .locked_why = why};
	struct buf text = BUF_INIT(STATE_MAX);
	char path[PATH_MAX];
	bool ok = refusals || error_set(err, ERROR_MEMORY, "out of memory");

	if (ok)
		state.refused = refusals_list(refusals);
	ok = ok && fields_write(&msg_state, &state, &text, err) &&
	     lock_state_path(socket, path, err) && file_replace(path, text.data, text.len, err);
	free(refusals);
	buf_clear(&text);
	return ok;
}
