/* SPDX-License-Identifier: MIT */
#include "cli/show/rotation_preview.h"

#include "cli/show/key_row.h"
#include "cli/show/rotation_show.h"
#include "vault/base/text.h"
#include "vault/seal/record/rotation_terms.h"

#include <string.h>

static void preview_put_id(struct out *out, const char *access_key_id)
{
	char id[KEY_ROW_BYTES];

	key_row_id(key_row_text(access_key_id), id);
	out_text(out, id);
}

static void preview_put_retiring(struct out *out, const struct rotation_preview *preview)
{
	char text[TEXT_DURATION_BYTES];

	preview_put_id(out, preview->access_key_id);
	if (preview->retire == MSG_RETIRE_DELETE) {
		out_printf(out, " off and deleted at once");
	} else if (preview->retire == MSG_RETIRE_WHEN_IDLE) {
		text_format_duration(preview->idle_s, text);
		out_printf(out, " off once it was idle for %s", text);
	} else {
		text_format_duration(preview->grace_s, text);
		out_printf(out, " off, deleted after %s", text);
	}
}

static void preview_put_new(struct out *out, const struct rotation_preview *preview)
{
	out_printf(out, "a new key");
	if (preview->hooks)
		out_printf(out, " for %zu hook%s too", preview->hooks,
			   preview->hooks == 1 ? "" : "s");
	out_printf(out, ", ");
	preview_put_retiring(out, preview);
}

/* A rotation that goes on keeps the terms that it began with. */
static void preview_put_going_on(struct out *out, const struct msg_begun *begun, int64_t now)
{
	char left[TEXT_DURATION_BYTES];

	if (rotation_show_step_of(begun->step) != ROTATION_OFF) {
		out_printf(out, "goes on at \"");
		out_text(out, begun->step);
		out_printf(out, "\": ");
		preview_put_id(out, begun->old_access_key_id);
		out_printf(out, begun->retire == MSG_RETIRE_WHEN_IDLE ? " off once it was idle"
				: begun->retire == MSG_RETIRE_DELETE  ? " off and deleted"
								      : " off");
		return;
	}
	preview_put_id(out, begun->old_access_key_id);
	if (begun->delete_after > now) {
		text_format_duration(begun->delete_after - now, left);
		out_printf(out, " is off and stays, deleted in %s", left);
	} else {
		out_printf(out, ", off, is deleted");
	}
}

static void preview_put_taking_back(struct out *out, const struct msg_begun *begun, bool undo)
{
	preview_put_id(out, begun->old_access_key_id);
	out_printf(out, undo ? " is switched on and current again" : " stays current");
	if (!begun->new_access_key_id || !*begun->new_access_key_id)
		return;
	out_printf(out, ", ");
	preview_put_id(out, begun->new_access_key_id);
	out_printf(out, undo ? " is switched off and deleted" : " is deleted");
}

/* What was promoted can be undone, what was not can be aborted. */
static bool preview_can_take_back(const struct rotation_preview *preview)
{
	uint64_t step = preview->begun ? rotation_show_step_of(preview->begun->step) : 0;

	if (preview->act == MSG_ROTATE_UNDO)
		return step >= ROTATION_PROMOTED && step < ROTATION_ABORTING;
	return step && (step < ROTATION_PROMOTED || step == ROTATION_ABORTING);
}

static void preview_put_act(struct out *out, const struct rotation_preview *preview, int64_t now)
{
	const struct msg_begun *begun = preview->begun;

	switch (preview->act) {
	case MSG_ROTATE_UNDO:
	case MSG_ROTATE_ABORT:
		if (preview_can_take_back(preview))
			preview_put_taking_back(out, begun, preview->act == MSG_ROTATE_UNDO);
		else
			out_printf(out, "nothing to take back");
		break;
	case MSG_ROTATE_RESUME:
		if (begun)
			preview_put_going_on(out, begun, now);
		else
			out_printf(out, "nothing to go on with");
		break;
	default:
		if (begun && rotation_show_step_of(begun->step) != ROTATION_OFF) {
			preview_put_going_on(out, begun, now);
			break;
		}
		if (begun) {
			preview_put_id(out, begun->old_access_key_id);
			out_printf(out, ", off, is deleted now (no undo), ");
		}
		preview_put_new(out, preview);
	}
}

void rotation_preview_show(struct out *out, const struct rotation_preview *preview, size_t width,
			   int64_t now)
{
	size_t used = text_width(preview->name), mark = out_mark(out);

	out_printf(out, "  ");
	out_text(out, preview->name);
	out_printf(out, "%*s   ", used < width ? (int)(width - used) : 0, "");
	preview_put_act(out, preview, now);
	out_printf(out, "\n");
	out_wrap(out, mark, 4);
}
