/* SPDX-License-Identifier: MIT */
#ifndef CV_CLI_SHOW_ROTATION_PREVIEW_H
#define CV_CLI_SHOW_ROTATION_PREVIEW_H

#include "cli/ui/out.h"
#include "vault/wire/tables/msg_rotate.h"

#include <stddef.h>
#include <stdint.h>

/**
 * Says in a line what a run is about to do to one key, before a person answers "Go?": from what the
 * vault knows, AWS is not asked. Borrowed.
 */
struct rotation_preview {
	const char *name;
	enum msg_rotate_act act;
	const char *access_key_id;     /**< the current key; NULL: not known */
	const struct msg_begun *begun; /**< the rotation that was begun with the key; or NULL */
	enum msg_retire retire;	       /**< how a new rotation retires the old key */
	int64_t idle_s, grace_s;
	size_t hooks;
};

/** Prints the line, the name in `width` columns; what is to be deleted is named. */
void rotation_preview_show(struct out *out, const struct rotation_preview *preview, size_t width,
			   int64_t now);

#endif
