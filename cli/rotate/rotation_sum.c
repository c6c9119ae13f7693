/* SPDX-License-Identifier: MIT */
#include "cli/rotate/rotation_sum.h"

#include "cli/show/key_row.h"
#include "vault/base/text.h"

#include <string.h>

static void count_result(struct rotation_sum *tally, const json_t *result)
{
	int64_t at;

	if (strcmp(key_row_text(result, "state"), "aborted") == 0)
		tally->taken_back++;
	else
		tally->rotated++;
	if (key_row_time(result, "delete_after", &at) &&
	    (!tally->delete_at || at < tally->delete_at))
		tally->delete_at = at;
}

void rotation_sum_count(struct rotation_sum *tally, const struct rotation_pool_job *job)
{
	int status = error_status(job->err.code);

	if (job->err.code == ERROR_NONE) {
		count_result(tally, job->result);
		return;
	}
	if (job->err.code == ERROR_INTERRUPTED && job->begun)
		tally->stopped++;
	else if (job->err.code == ERROR_INTERRUPTED)
		tally->never++;
	else
		tally->failed++;
	if (tally->stopped + tally->never > 0)
		tally->status = error_status(ERROR_INTERRUPTED);
	else
		tally->status = tally->status == 0 || tally->status == status ? status : 1;
}

static void put_part(struct out *out, size_t *parts, size_t count, const char *what)
{
	if (count > 0)
		out_printf(out, "%s%zu %s", (*parts)++ ? ", " : "", count, what);
}

void rotation_sum_print(const struct rotation_sum *tally, const char *again, int64_t now,
			struct out *out)
{
	char left[TEXT_DURATION_BYTES];
	size_t parts = 0, mark = out_mark(out);

	put_part(out, &parts, tally->rotated, "rotated");
	put_part(out, &parts, tally->taken_back, "taken back");
	put_part(out, &parts, tally->failed, "failed");
	put_part(out, &parts, tally->stopped, "stopped");
	put_part(out, &parts, tally->never, "not begun");
	if (tally->status)
		out_printf(out, " (exit %d)", tally->status);
	out_printf(out, ".");
	if (tally->delete_at > now) {
		/* To the minute: the first of them was switched off some seconds ago. */
		text_format_duration((tally->delete_at - now + 59) / 60 * 60, left);
		out_printf(out, " Old keys are deleted after %s by the next run.", left);
	}
	out_printf(out, "\n");
	if (tally->stopped + tally->never > 0)
		out_printf(out, "Nothing is lost. To go on:   %s\n", again);
	out_wrap(out, mark, 0);
}
