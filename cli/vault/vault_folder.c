/* SPDX-License-Identifier: MIT */
#include "cli/vault/vault_folder.h"

#include "cli/ui/say.h"
#include "vault/base/file.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN = 256 };

/* The folder of cli->vault, which is absolute. */
static void vault_folder_of(const struct cli *cli, char out[static PATH_MAX])
{
	size_t len = (size_t)(file_name(cli->vault) - cli->vault);

	(void)snprintf(out, PATH_MAX, "%.*s", len > 1 ? (int)len - 1 : 1, cli->vault);
}

static bool vault_folder_owns(const char *vault, const char *entry)
{
	size_t len = strlen(vault);

	if (strcmp(entry, ".") == 0 || strcmp(entry, "..") == 0)
		return true;
	/* A file that is being replaced has a dot before its name for a moment. */
	entry += entry[0] == '.' && vault[0] != '.';
	return strncmp(entry, vault, len) == 0 && strchr(".-", entry[len]) != NULL;
}

/* What opens files in a folder that cannot be read says why. */
bool vault_folder_is_its_own(const struct cli *cli)
{
	const struct dirent *entry;
	char path[PATH_MAX];
	bool own = true;
	DIR *folder;

	vault_folder_of(cli, path);
	folder = opendir(path);
	if (!folder)
		return true;
	while (own && (entry = readdir(folder)) != NULL)
		own = vault_folder_owns(file_name(cli->vault), entry->d_name);
	(void)closedir(folder);
	return own;
}

bool vault_folder_check(const struct cli *cli, struct error *err)
{
	char path[PATH_MAX], own[2 * PATH_MAX + 16], word[2 * PATH_MAX], shown[SHOWN];
	const char *name = file_name(cli->vault), *dot = strrchr(name, '.');

	if (vault_folder_is_its_own(cli))
		return true;
	vault_folder_of(cli, path);
	out_path(path, shown, sizeof(shown));
	/* ~/a.db becomes ~/a/a.db, and ~/vault becomes ~/vault.d/vault. */
	(void)snprintf(own, sizeof(own), "%.*s%s/%s",
		       (int)((dot && dot > name ? dot : name + strlen(name)) - cli->vault),
		       cli->vault, dot && dot > name ? "" : ".d", name);
	out_path_word(own, word, sizeof(word));
	error_set(err, ERROR_USAGE, "a vault has a folder of its own, and %s holds other files",
		  shown);
	error_detail(err, "Nothing was made.");
	return error_hint(err, "credvault --vault %s init", word);
}

void vault_folder_warn(struct cli *cli)
{
	char path[PATH_MAX], shown[SHOWN];

	if (vault_folder_is_its_own(cli))
		return;
	vault_folder_of(cli, path);
	out_path(path, shown, sizeof(shown));
	say_note(cli,
		 "warning: %s holds other files beside the vault, and the agent may write there.",
		 shown);
}
