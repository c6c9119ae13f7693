/* SPDX-License-Identifier: MIT */
#include "cli/doctor/checks.h"

#include "vault/base/text.h"

#include <sys/stat.h>
#include <sys/timex.h>

/* When this was written: no clock that is right shows an earlier time. */
static const int64_t earliest = 1767225600; /* 2026-01-01 */

enum { AHEAD_S = 300 };

static void clock_look(struct doctor *doctor)
{
	int64_t now = clock_real_s(doctor->cli->clock);
	struct timex timex = {.modes = 0};
	char shown[TEXT_TIME_BYTES];
	struct stat st;

	text_format_time(now, shown);
	if (now < earliest) {
		doctor_say(doctor, DOCTOR_BAD, "timedatectl set-ntp true",
			   "the clock shows %s: AWS refuses every request", shown);
	} else if (doctor->has_vault && stat(doctor->cli->vault, &st) == 0 &&
		   st.st_mtime > now + AHEAD_S) {
		text_format_time(st.st_mtime, shown);
		doctor_say(doctor, DOCTOR_BAD, "timedatectl set-ntp true",
			   "the vault was written at %s, which is later than the clock shows",
			   shown);
	} else if (adjtimex(&timex) < 0 || timex.status & STA_UNSYNC) {
		doctor_say(doctor, DOCTOR_NOTE, "timedatectl set-ntp true",
			   "the clock shows %s, and the kernel knows of no time service that keeps "
			   "it right; AWS takes 5 minutes of difference",
			   shown);
	} else {
		doctor_say(doctor, DOCTOR_OK, NULL, "%s, kept right by a time service", shown);
	}
}

const struct doctor_check check_clock = {.name = "clock", .look = clock_look};
