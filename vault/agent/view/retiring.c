/* SPDX-License-Identifier: MIT */
#include "vault/agent/view/retiring.h"

#include "vault/format/json.h"

#include <string.h>

enum { WORD_MAX = 16 };

static const char *const words[] = {[ROTATION_DEACTIVATE] = "deactivate",
				    [ROTATION_DELETE] = "delete",
				    [ROTATION_WHEN_IDLE] = "when-idle"};
enum { WORDS = sizeof(words) / sizeof(words[0]) };

const char *retiring_word(uint64_t retire)
{
	return retire < WORDS ? words[retire] : NULL;
}

bool retiring_read(const json_t *args, const char *idle_member, struct retiring *out,
		   struct error *err)
{
	const char *word;

	*out = (struct retiring){.given = json_object_get(args, "retire") != NULL};
	if (!json_text(args, "retire", WORD_MAX, &word, err) ||
	    !json_number(args, idle_member, 1, RETIRING_DELAY_MAX_S, 0, &out->idle_s, err))
		return false;
	for (uint64_t i = ROTATION_DEACTIVATE; word && i < WORDS; i++) {
		if (strcmp(word, words[i]) == 0)
			out->retire = i;
	}
	if (word && !out->retire)
		return error_set(err, ERROR_PROTOCOL, "\"retire\" is not valid");
	return (out->retire == ROTATION_WHEN_IDLE) == (out->idle_s > 0) ||
	       error_set(err, ERROR_USAGE, "when-idle needs a duration, and only it");
}
