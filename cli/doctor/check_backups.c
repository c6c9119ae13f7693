/* SPDX-License-Identifier: MIT */
#include "cli/doctor/checks.h"

#include "cli/show/key_row.h"
#include "cli/vault/backup_folder.h"

#include <limits.h>
#include <stdio.h>

enum { SHOWN = 256, OLD_S = 90 * 86400 };

/* The folder of `config backup-to`, which is known while the vault is unlocked. */
static void backups_look_folder(struct doctor *doctor, const struct msg_status *status)
{
	int64_t at = backup_folder_newest(status->backup_to, status->vault_id);
	int64_t now = clock_real_s(doctor->cli->clock);
	char shown[SHOWN], word[PATH_MAX], type[PATH_MAX + SHOWN], age[KEY_ROW_BYTES];

	out_path(status->backup_to, shown, sizeof(shown));
	out_path_word(status->backup_to, word, sizeof(word));
	(void)snprintf(type, sizeof(type), "credvault backup %s", word);
	key_row_age(at, at < now ? now : at, age);
	if (!at)
		doctor_say(doctor, DOCTOR_WARN, type, "there is none of this vault in %s", shown);
	else if (now - at > OLD_S)
		doctor_say(doctor, DOCTOR_WARN, type, "the newest is %s old, in %s", age, shown);
	else
		doctor_say(doctor, DOCTOR_OK, NULL, "the newest is %s old, in %s", age, shown);
}

static void backups_look(struct doctor *doctor)
{
	struct msg_status status;
	json_t *ok;
	bool told = doctor_ask_status(doctor, &status, &ok);

	if (told && !status.backup_to)
		doctor_say(doctor, DOCTOR_NOTE, "credvault config backup-to DIR",
			   "no folder for them is set");
	else if (told)
		backups_look_folder(doctor, &status);
	fields_clear(&msg_status, &status);
	json_decref(ok);
}

const struct doctor_check check_backups = {.name = "backups", .look = backups_look};
