/* SPDX-License-Identifier: MIT */
#include "cli/doctor/checks.h"

#include "cli/scan/scan_places.h"

enum { LIMIT_S = 3, SHOWN = 256 };

static void plaintext_look(struct doctor *doctor)
{
	char shown[SHOWN];
	struct error why;
	struct scan scan;

	scan_init(&scan, doctor->cli, LIMIT_S);
	if (!scan_places(&scan, &why)) {
		doctor_say_error(doctor, DOCTOR_NOTE, &why);
	} else if (scan.keys > 0) {
		out_path(scan.findings[0].path, shown, sizeof(shown));
		doctor_say_key(doctor, "credvault scan", "%zu key%s in plaintext, %s at %s:%lu",
			       scan.keys, scan.keys == 1 ? "" : "s",
			       scan.keys == 1 ? "it is" : "the first", shown,
			       scan.findings[0].line);
	} else {
		doctor_say(doctor, DOCTOR_OK, NULL,
			   "no key in the %llu files where people have them",
			   (unsigned long long)scan.files);
	}
	if (scan.cut || scan.skipped[SCAN_SKIP_UNREADABLE])
		doctor_say(doctor, DOCTOR_NOTE, "credvault scan",
			   "not all of these files were looked at");
	scan_clear(&scan);
}

const struct doctor_check check_plaintext = {.name = "plaintext", .look = plaintext_look};
