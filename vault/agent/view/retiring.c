/* SPDX-License-Identifier: MIT */
#include "vault/agent/view/retiring.h"

#include "vault/format/json.h"

#include <string.h>

enum { WORD_MAX = 16 };

_Static_assert((int)MSG_RETIRE_DEACTIVATE == (int)ROTATION_DEACTIVATE &&
		   (int)MSG_RETIRE_DELETE == (int)ROTATION_DELETE &&
		   (int)MSG_RETIRE_WHEN_IDLE == (int)ROTATION_WHEN_IDLE,
	       "messages and records number them alike");

const char *retiring_word(uint64_t retire)
{
	return retire < MSG_RETIRES ? msg_retire_words[retire] : NULL;
}

bool retiring_check(enum msg_retire retire, int64_t idle_s, struct error *err)
{
	return (retire == MSG_RETIRE_WHEN_IDLE) == (idle_s > 0) ||
	       error_set(err, ERROR_USAGE, "when-idle needs a duration, and only it");
}

bool retiring_read(const json_t *args, const char *idle_member, struct retiring *out,
		   struct error *err)
{
	const char *word;

	*out = (struct retiring){.given = json_object_get(args, "retire") != NULL};
	if (!json_text(args, "retire", WORD_MAX, &word, err) ||
	    !json_number(args, idle_member, 1, RETIRING_DELAY_MAX_S, 0, &out->idle_s, err))
		return false;
	for (uint64_t i = ROTATION_DEACTIVATE; word && i < MSG_RETIRES; i++) {
		if (strcmp(word, msg_retire_words[i]) == 0)
			out->retire = i;
	}
	if (word && !out->retire)
		return error_set(err, ERROR_PROTOCOL, "\"retire\" is not valid");
	return retiring_check((enum msg_retire)out->retire, out->idle_s, err);
}
