/* SPDX-License-Identifier: MIT */
#include "cli/vault/backup_folder.h"

#include "cli/ui/ask.h"
#include "cli/ui/say.h"
#include "cli/vault/agent_call.h"
#include "cli/vault/backup_file.h"
#include "cli/vault/backup_name.h"
#include "vault/base/file.h"
#include "vault/wire/tables/msg_config.h"
#include "vault/wire/tables/msg_status.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHOWN = 256, QUESTION = 512, VAULT_ID = 65 };

/* The names of one vault's backups in a directory, the oldest first. */
struct names {
	char (*at)[NAME_MAX + 1];
	size_t count;
};

static int names_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool names_add(struct names *names, const char *name)
{
	void *grown = realloc(names->at, (names->count + 1) * sizeof(*names->at));

	if (!grown)
		return false;
	names->at = grown;
	(void)snprintf(names->at[names->count++], sizeof(*names->at), "%s", name);
	return true;
}

/* Reads what it can: a directory that is not there has none. */
static void names_read(const char *directory, const char *vault_id, struct names *out)
{
	const struct dirent *entry;
	DIR *list = opendir(directory);

	*out = (struct names){.at = NULL};
	while (list && (entry = readdir(list))) {
		if (backup_name_is(entry->d_name, vault_id) && !names_add(out, entry->d_name))
			break;
	}
	if (list)
		(void)closedir(list);
	if (out->count)
		qsort(out->at, out->count, sizeof(*out->at), names_compare);
}

/* Removes the first of them; how many are gone. */
static size_t names_remove(const struct names *names, const char *directory, size_t count)
{
	char path[PATH_MAX + NAME_MAX + 2];
	size_t gone = 0;

	for (size_t i = 0; i < count; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", directory, names->at[i]);
		gone += unlink(path) == 0;
	}
	if (gone) {
		(void)snprintf(path, sizeof(path), "%s/.", directory);
		(void)!file_sync_directory(path);
	}
	return gone;
}

int64_t backup_folder_newest(const char *directory, const char *vault_id)
{
	struct names names;
	int64_t at;

	names_read(directory, vault_id, &names);
	at = names.count ? backup_name_time(names.at[names.count - 1]) : 0;
	free(names.at);
	return at;
}

bool backup_folder_check(const struct cli *cli, const char *directory, char out[static PATH_MAX],
			 struct error *err)
{
	size_t vault = (size_t)(file_name(cli->vault) - cli->vault);
	char shown[SHOWN];
	struct stat st;

	out_path(directory, shown, sizeof(shown));
	if (!realpath(directory, out))
		return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno,
				       "cannot find %s", shown);
	if (stat(out, &st) != 0 || !S_ISDIR(st.st_mode))
		return error_set(err, ERROR_USAGE, "%s is no directory", shown);
	if (st.st_uid != geteuid() || (st.st_mode & 022) != 0) {
		error_set(err, ERROR_UNSAFE_FILE, "others may write in %s", shown);
		/* /tmp is made to be shared, and root's own: its mode is not to be changed. */
		return st.st_uid == geteuid() && !(st.st_mode & S_ISVTX)
			   ? error_hint(err, "chmod go-w %s", shown)
			   : error_hint(err, "name a directory of your own");
	}
	if (strlen(out) == vault - 1 && strncmp(out, cli->vault, vault - 1) == 0)
		return error_set(err, ERROR_USAGE, "%s is the vault's own folder; take another",
				 shown);
	return true;
}

/* The directory that the vault has for backups; empty where it has none. */
static bool backup_folder_ask(struct cli *cli, char out[static PATH_MAX], struct error *err)
{
	const struct msg_config args = {.lock_on_sleep = true};
	struct msg_settings all = {.idle = {.value = NULL}};
	json_t *ok = NULL;
	bool done = agent_call(cli, "config", MESSAGE(msg_config, &args), NULL, &ok, err) &&
		    fields_read_answer(&msg_settings, ok, &all, err);

	out[0] = '\0';
	if (done && all.backup_to.value && all.backup_to.value[0] == '/')
		(void)snprintf(out, PATH_MAX, "%s", all.backup_to.value);
	fields_clear(&msg_settings, &all);
	json_decref(ok);
	return done;
}

bool backup_folder_make(struct cli *cli, struct error *err)
{
	char directory[PATH_MAX], checked[PATH_MAX], shown[SHOWN];
	struct backup_file backup;
	struct names names;

	if (!backup_folder_ask(cli, directory, err))
		return false;
	if (!directory[0])
		return true;
	if (!backup_folder_check(cli, directory, checked, err) ||
	    !backup_file_make(cli, checked, false, &backup, err)) {
		error_detail(err, "No backup could be made (config backup-to), so nothing was "
				  "changed.");
		return false;
	}
	out_path(backup.path, shown, sizeof(shown));
	say_note(cli, "Backup: %s", shown);
	names_read(checked, backup.said.vault_id, &names);
	if (names.count > BACKUP_FOLDER_KEEP)
		(void)names_remove(&names, checked, names.count - BACKUP_FOLDER_KEEP);
	free(names.at);
	backup_file_clear(&backup);
	return true;
}

static bool backup_folder_vault_id(struct cli *cli, char out[static VAULT_ID], struct error *err)
{
	struct msg_status status = {.pid = 0};
	json_t *ok = NULL;
	bool done = agent_call(cli, "status", NULL, NULL, &ok, err) &&
		    fields_read_answer(&msg_status, ok, &status, err) && status.vault_id;

	if (done)
		(void)snprintf(out, VAULT_ID, "%s", status.vault_id);
	fields_clear(&msg_status, &status);
	json_decref(ok);
	return done;
}

void backup_folder_offer(struct cli *cli, const char *still)
{
	char directory[PATH_MAX], vault_id[VAULT_ID], shown[SHOWN], question[QUESTION];
	struct error unused = ERROR_INIT;
	struct names names;
	bool yes = false;

	if (cli->json || !backup_folder_ask(cli, directory, &unused) || !directory[0] ||
	    !backup_folder_vault_id(cli, vault_id, &unused))
		return;
	names_read(directory, vault_id, &names);
	out_path(directory, shown, sizeof(shown));
	out_flush(&cli->out);
	/* --yes was said to something else. */
	if (names.count && (cli->yes || !ask_has_terminal(cli))) {
		say_note(cli, "%zu backup%s in %s still %s.", names.count,
			 names.count == 1 ? "" : "s", shown, still);
	} else if (names.count) {
		(void)snprintf(question, sizeof(question),
			       "%zu backup%s in %s still %s. Delete %s?", names.count,
			       names.count == 1 ? "" : "s", shown, still,
			       names.count == 1 ? "it" : "them");
		if (ask_confirm(cli, question, false, &yes, &unused) && yes)
			say_note(cli, "Deleted %zu of %zu.",
				 names_remove(&names, directory, names.count), names.count);
	}
	free(names.at);
}
