/* SPDX-License-Identifier: MIT */
#include "vault/agent/view/retiring.h"

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
