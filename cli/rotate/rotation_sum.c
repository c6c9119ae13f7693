/* SPDX-License-Identifier: MIT */
#include "cli/rotate/rotation_sum.h"

#include "vault/base/text.h"

#include <string.h>

void rotation_sum_count(struct rotation_sum *sum, const struct rotation_pool_job *job)
{
	int status = error_status(job->err.code);
	int64_t at = job->rotation.delete_after;

	if (job->err.code == ERROR_NONE) {
		if (job->rotation.state && strcmp(job->rotation.state, "aborted") == 0)
			sum->taken_back++;
		else
			sum->rotated++;
		if (at && (!sum->delete_at || at < sum->delete_at))
			sum->delete_at = at;
		return;
	}
	if (job->err.code == ERROR_INTERRUPTED && job->begun)
		sum->stopped++;
	else if (job->err.code == ERROR_INTERRUPTED)
		sum->never++;
	else
		sum->failed++;
	if (sum->stopped + sum->never > 0)
		sum->status = error_status(ERROR_INTERRUPTED);
	else
		sum->status = sum->status == 0 || sum->status == status ? status : 1;
}

static void sum_part(struct out *out, size_t *parts, size_t count, const char *what)
{
	if (count > 0)
		out_printf(out, "%s%zu %s", (*parts)++ ? ", " : "", count, what);
}

void rotation_sum_print(const struct rotation_sum *sum, const char *again, int64_t now,
			struct out *out)
{
	char left[TEXT_DURATION_BYTES];
	size_t parts = 0, mark = out_mark(out);

	sum_part(out, &parts, sum->rotated, "rotated");
	sum_part(out, &parts, sum->taken_back, "taken back");
	sum_part(out, &parts, sum->failed, "failed");
	sum_part(out, &parts, sum->stopped, "stopped");
	sum_part(out, &parts, sum->never, "not begun");
	if (sum->status)
		out_printf(out, " (exit %d)", sum->status);
	out_printf(out, ".");
	if (sum->delete_at > now) {
		/* Rounded up to the minute: the first key was switched off some seconds ago. */
		text_format_duration((sum->delete_at - now + 59) / 60 * 60, left);
		out_printf(out, " Old keys are deleted after %s by the next run.", left);
	}
	out_printf(out, "\n");
	if (sum->stopped + sum->never > 0)
		out_printf(out, "Nothing is lost. To go on:   %s\n", again);
	out_wrap(out, mark, 0);
}
