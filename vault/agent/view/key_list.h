/* SPDX-License-Identifier: MIT */
#ifndef CV_AGENT_VIEW_KEY_LIST_H
#define CV_AGENT_VIEW_KEY_LIST_H

#include "vault/agent/core/agent.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * All keys as `list` shows them, ordered by name: JSON texts, about half a KiB a key. No secrets.
 */
struct key_list {
	struct key_line {
		const char *name;
		const char *text; /**< by msg_key's table */
	} * at;
	size_t count;
	size_t room;
	struct key_chunk *chunks;
};

/** Reads all. The caller clears *out, also on failure. */
MUST bool key_list_read(struct agent *agent, struct key_list *out, struct error *err);

/** Frees, and gives what was much back to the system. Accepts empty. */
void key_list_clear(struct key_list *list);

#endif
