/* SPDX-License-Identifier: MIT */
#include "cli/ui/ageing.h"

#include "vault/base/text.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_BYTES = 64 };

bool ageing_parse_age(const char *text, int64_t *seconds, struct error *err)
{
	*seconds = AGEING_NEVER;
	return strcmp(text, "never") == 0 || text_parse_duration(text, seconds, err);
}

bool ageing_parse_retire(const char *text, enum msg_retire *retire, int64_t *idle_s,
			 struct error *err)
{
	static const char idle[] = "when-idle";
	const size_t len = sizeof(idle) - 1;
	char shown[SHOWN_BYTES];

	*idle_s = 0;
	*retire = strcmp(text, "delete") == 0	    ? MSG_RETIRE_DELETE
		  : strcmp(text, "deactivate") == 0 ? MSG_RETIRE_DEACTIVATE
						    : MSG_RETIRE_NONE;
	if (*retire)
		return true;
	if (strncmp(text, idle, len) == 0 && text[len] == '=') {
		*retire = MSG_RETIRE_WHEN_IDLE;
		return text_parse_duration(text + len + 1, idle_s, err);
	}
	text_escape_into(text, shown, sizeof(shown));
	return error_set(err, ERROR_USAGE,
			 "old keys retire by deactivate, delete or when-idle=DURATION; not \"%s\"",
			 shown);
}

void ageing_retire(enum msg_retire retire, int64_t idle_s, char out[static AGEING_TEXT_BYTES])
{
	const char *word = msg_retire_words[retire];
	char idle[TEXT_DURATION_BYTES];

	text_exact_duration(idle_s, idle);
	(void)snprintf(out, AGEING_TEXT_BYTES, "%.20s%s%s", word ? word : "as the vault",
		       idle_s ? "=" : "", idle_s ? idle : "");
}
