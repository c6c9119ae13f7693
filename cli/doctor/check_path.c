/* SPDX-License-Identifier: MIT */
#include "cli/doctor/checks.h"

#include "cli/vault/paths.h"
#include "vault/base/file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHOWN = 256, FILE_MAX = 1048576 };

/* The programs of our name in the folders of $PATH: the first one is what people run. */
static void path_look_programs(struct doctor *doctor)
{
	const char *at = getenv("PATH");
	struct stat self, found;
	size_t others = 0;
	bool seen = false;

	if (!at || stat("/proc/self/exe", &self) != 0) {
		doctor_say(doctor, DOCTOR_NOTE, NULL, "not looked at: there is no $PATH");
		return;
	}
	for (; *at; at += strspn(at, ":")) {
		size_t len = strcspn(at, ":");
		char path[PATH_MAX], shown[SHOWN];
		int n = snprintf(path, sizeof(path), "%.*s/credvault", (int)len, at);

		at += len;
		if (n < 0 || n >= PATH_MAX || access(path, X_OK) != 0 || stat(path, &found) != 0 ||
		    !S_ISREG(found.st_mode))
			continue;
		out_path(path, shown, sizeof(shown));
		if (found.st_dev == self.st_dev && found.st_ino == self.st_ino) {
			seen = true;
			continue;
		}
		others++;
		doctor_say(doctor, seen ? DOCTOR_NOTE : DOCTOR_WARN, "type -a credvault",
			   "%s is another credvault, and %s this one in $PATH", shown,
			   seen ? "stands behind" : "is found before");
	}
	if (!seen)
		doctor_say(doctor, DOCTOR_NOTE, NULL,
			   "this credvault is in no folder of $PATH: a credential_process line "
			   "names it by its whole path");
	else if (others == 0)
		doctor_say(doctor, DOCTOR_OK, NULL, "credvault is this one");
}

/* Whether a line makes one of our words mean something else: `alias aws-vault=…`. */
static bool line_is_alias(const char *line, const char *word)
{
	size_t n = strlen(word);

	line += strspn(line, " \t");
	if (strncmp(line, "alias", 5) == 0 && isblank((unsigned char)line[5])) {
		line += 5 + strspn(line + 5, " \t-g");
		return strncmp(line, word, n) == 0 && strchr("= \t", line[n]) && line[n];
	}
	if (strncmp(line, "function ", 9) == 0)
		line += 9 + strspn(line + 9, " \t");
	else if (strncmp(line + strcspn(line, "( \n"), "()", 2) != 0)
		return false;
	return strncmp(line, word, n) == 0 && strchr(" \t({;\n", line[n]);
}

static void path_look_aliases(struct doctor *doctor, const char *path)
{
	static const char *const words[] = {"credvault", "aws-vault", "aws"};
	struct buf text = BUF_INIT(FILE_MAX);
	char shown[SHOWN];
	struct error why;
	unsigned int number = 1;

	out_path(path, shown, sizeof(shown));
	if (!file_read(path, FILE_MAX, &text, &why) && why.code != ERROR_NOT_FOUND)
		doctor_say(doctor, DOCTOR_NOTE, NULL, "not looked at: %s", why.message);
	for (const char *line = buf_text(&text); *line; number++) {
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			if (line_is_alias(line, words[i]))
				doctor_say(doctor, DOCTOR_NOTE, NULL,
					   "%s:%u gives %s another meaning in shells; scripts and "
					   "SDKs do not see it",
					   shown, number, words[i]);
		}
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	buf_clear(&text);
}

static void path_look(struct doctor *doctor)
{
	static const char *const files[] = {
	    ".bashrc", ".bash_aliases", ".bash_profile",	   ".profile",
	    ".zshrc",  ".kshrc",	".config/fish/config.fish"};
	const char *home = paths_home();
	char path[PATH_MAX];

	path_look_programs(doctor);
	for (size_t i = 0; home && i < sizeof(files) / sizeof(files[0]); i++) {
		if (snprintf(path, sizeof(path), "%s/%s", home, files[i]) < PATH_MAX)
			path_look_aliases(doctor, path);
	}
}

const struct doctor_check check_path = {.name = "path", .look = path_look};
