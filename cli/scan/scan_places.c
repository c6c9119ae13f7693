/* SPDX-License-Identifier: MIT */
#include "cli/scan/scan_places.h"

#include "cli/scan/scan_file.h"
#include "cli/scan/scan_walk.h"
#include "cli/vault/paths.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Below the home directory: files, and folders where their content is small. */
static const char *const places[] = {
    ".aws",
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_aliases",
    ".bash_history",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".zlogin",
    ".zsh_history",
    ".kshrc",
    ".config/fish/config.fish",
    ".config/fish/fish_variables",
    ".local/share/fish/fish_history",
    ".config/environment.d",
    ".pam_environment",
    ".ssh/environment",
    ".netrc",
    ".boto",
    ".s3cfg",
    ".passwd-s3fs",
    ".mc/config.json",
    ".config/rclone/rclone.conf",
    ".docker/config.json",
    ".npmrc",
    ".terraformrc",
    ".terraform.d/credentials.tfrc.json",
    ".kube/config",
    ".gitconfig",
    ".git-credentials",
    ".viminfo",
};

/* Those of them that are there. */
static bool place_look(struct scan *scan, const char *path, struct error *err)
{
	struct stat st;

	if (lstat(path, &st) != 0 || !scan_goes_on(scan, path))
		return true;
	if (stat(path, &st) == 0)
		return scan_walk(scan, path, err);
	scan_skip(scan, SCAN_SKIP_UNREADABLE, path);
	return true;
}

/* ~/.env, ~/.env.production and the like. */
static bool places_look_env(struct scan *scan, const char *home, struct error *err)
{
	const struct dirent *entry;
	char path[PATH_MAX];
	DIR *folder = opendir(home);
	bool ok = true;

	while (ok && folder && (entry = readdir(folder)) != NULL) {
		if (strncmp(entry->d_name, ".env", 4) == 0 &&
		    snprintf(path, sizeof(path), "%s/%s", home, entry->d_name) < PATH_MAX)
			ok = scan_file(scan, AT_FDCWD, path, path, true, err);
	}
	if (folder)
		(void)closedir(folder);
	return ok;
}

bool scan_places(struct scan *scan, struct error *err)
{
	const char *home = paths_home();
	char path[PATH_MAX];
	struct error why;
	bool ok = true;

	for (size_t i = 0; ok && home && i < sizeof(places) / sizeof(places[0]); i++) {
		if (snprintf(path, sizeof(path), "%s/%s", home, places[i]) < PATH_MAX)
			ok = place_look(scan, path, err);
	}
	ok = ok && (!home || places_look_env(scan, home, err));
	if (ok && paths_aws_config(path, &why))
		ok = place_look(scan, path, err);
	if (ok && paths_aws_credentials(path, &why))
		ok = place_look(scan, path, err);
	return ok;
}
