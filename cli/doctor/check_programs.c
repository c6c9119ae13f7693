/* SPDX-License-Identifier: MIT */
#include "cli/doctor/checks.h"

#include "vault/base/shell_word.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHOWN = 256, TYPE = 256 };

/* False where a row was added. */
static bool program_look(struct doctor *doctor, const char *path)
{
	char shown[SHOWN], type[TYPE];
	struct stat st;

	out_path(path, shown, sizeof(shown));
	if (stat(path, &st) != 0) {
		doctor_say(doctor, DOCTOR_BAD, NULL, "%s: %s; install the package again", shown,
			   strerror(errno));
		return false;
	}
	if (access(path, X_OK) != 0) {
		(void)snprintf(type, sizeof(type), "chmod a+rx %s", SHELL_WORD(path));
		doctor_say(doctor, DOCTOR_BAD, type, "%s cannot be executed", shown);
		return false;
	}
	if (st.st_mode & 022 || (st.st_uid != 0 && st.st_uid != geteuid())) {
		(void)snprintf(type, sizeof(type), "chmod go-w %s", SHELL_WORD(path));
		doctor_say(doctor, DOCTOR_BAD, st.st_mode & 022 ? type : NULL,
			   "%s can be changed by others, who would get every key", shown);
		return false;
	}
	return true;
}

static void programs_look(struct doctor *doctor)
{
	static const char *const helpers[] = {CV_HELPER_DIR "/credvault-agent",
					      CV_HELPER_DIR "/credvault-courier", CV_HELPER_DIR};
	char self[PATH_MAX], shown[SHOWN];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	bool good = true;

	self[n > 0 ? n : 0] = '\0';
	if (n > 0)
		good = program_look(doctor, self);
	else
		doctor_say(doctor, DOCTOR_NOTE, NULL, "/proc/self/exe could not be read");
	for (size_t i = 0; i < sizeof(helpers) / sizeof(helpers[0]); i++)
		good = program_look(doctor, helpers[i]) && good;
	out_path(CV_HELPER_DIR, shown, sizeof(shown));
	if (good)
		doctor_say(doctor, DOCTOR_OK, NULL, "credvault " CV_VERSION ", helpers in %s",
			   shown);
}

const struct doctor_check check_programs = {.name = "programs", .look = programs_look};
