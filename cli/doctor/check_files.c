/* SPDX-License-Identifier: MIT */
#include "cli/doctor/checks.h"

#include "cli/vault/paths.h"
#include "vault/base/shell_word.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHOWN = 256, TYPE = 256 };

/* Who can reach a file or folder of AWS's; `secret` where others may not even read it. */
static void file_look(struct doctor *doctor, const char *path, bool secret)
{
	char shown[SHOWN], type[TYPE];
	struct stat st;

	out_path(path, shown, sizeof(shown));
	if (strcmp(path, "/dev/null") == 0)
		return;
	if (stat(path, &st) != 0) {
		if (errno != ENOENT)
			doctor_say(doctor, DOCTOR_NOTE, NULL, "%s: %s", shown, strerror(errno));
		return;
	}
	if (st.st_uid != geteuid() && st.st_uid != 0)
		doctor_say(doctor, DOCTOR_WARN, NULL, "%s belongs to another user", shown);
	(void)snprintf(type, sizeof(type), "chmod go-%s %s", secret ? "rwx" : "w",
		       SHELL_WORD(path));
	if (st.st_mode & 022)
		doctor_say(doctor, DOCTOR_BAD, type,
			   "others can write %s: a credential_process line there runs as you",
			   shown);
	else if (secret && st.st_mode & 044)
		doctor_say(doctor, DOCTOR_WARN, type, "others can read %s", shown);
}

static void files_look(struct doctor *doctor)
{
	const char *home = paths_home();
	size_t before = doctor->count;
	char path[PATH_MAX];
	struct error why;

	if (home && snprintf(path, sizeof(path), "%s/.aws", home) < PATH_MAX)
		file_look(doctor, path, false);
	if (paths_aws_config(path, &why))
		file_look(doctor, path, false);
	if (paths_aws_credentials(path, &why))
		file_look(doctor, path, true);
	if (doctor->count == before)
		doctor_say(doctor, DOCTOR_OK, NULL, "nobody else can change the AWS files");
}

const struct doctor_check check_files = {.name = "files", .look = files_look};
