/* SPDX-License-Identifier: MIT */
#include "cli/doctor/checks.h"

#include "cli/vault/vault_folder.h"
#include "vault/base/file.h"
#include "vault/store/witness/pin.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

enum { SHOWN = 256, MIB = 1024 * 1024, ROOM_MIB = 16 };

static void vault_look_folder(struct doctor *doctor, const char *folder)
{
	struct statvfs fs;
	struct error why;
	char shown[SHOWN];

	out_path(folder, shown, sizeof(shown));
	if (!file_check_directory(folder, &why))
		doctor_say_error(doctor, DOCTOR_BAD, &why);
	if (!vault_folder_is_its_own(doctor->cli))
		doctor_say(doctor, DOCTOR_WARN, NULL,
			   "%s holds other files beside the vault, and the agent may write there",
			   shown);
	if (statvfs(folder, &fs) == 0 && fs.f_bavail * fs.f_frsize / MIB < ROOM_MIB)
		doctor_say(doctor, DOCTOR_BAD, NULL,
			   "%s has %llu MiB left: a rotation needs room for its new key", shown,
			   (unsigned long long)(fs.f_bavail * fs.f_frsize / MIB));
}

static void vault_look_witness(struct doctor *doctor)
{
	const struct cli *cli = doctor->cli;
	char shown[SHOWN];
	struct error why;
	struct pin pin;

	out_path(cli->witness, shown, sizeof(shown));
	if (!pin_read(cli->witness, cli->vault, &pin, &why))
		doctor_say_error(doctor, DOCTOR_BAD, &why);
	else if (pin.damaged)
		doctor_say(doctor, DOCTOR_BAD, "credvault verify",
			   "the witness in %s is damaged: the vault does not open", shown);
	else if (!pin.there)
		doctor_say(doctor, DOCTOR_WARN, "credvault restore --accept-rollback",
			   "there is no witness of the vault in %s: an older copy of the file "
			   "could not be told from it",
			   shown);
}

static void vault_look(struct doctor *doctor)
{
	const struct cli *cli = doctor->cli;
	size_t before = doctor->count;
	char folder[PATH_MAX], shown[SHOWN];
	bool there = false;
	struct error why;

	if (!doctor->has_vault) {
		doctor_say_error(
		    doctor, doctor->vault_why.code == ERROR_NOT_FOUND ? DOCTOR_NOTE : DOCTOR_BAD,
		    &doctor->vault_why);
		return;
	}
	(void)snprintf(folder, sizeof(folder), "%.*s",
		       (int)(file_name(cli->vault) - cli->vault - 1), cli->vault);
	if (!folder[0])
		(void)snprintf(folder, sizeof(folder), "/");
	if (!file_check_private(cli->vault, INT64_MAX, &there, &why))
		doctor_say_error(doctor, DOCTOR_BAD, &why);
	vault_look_folder(doctor, folder);
	vault_look_witness(doctor);
	out_path(cli->vault, shown, sizeof(shown));
	if (doctor->count == before)
		doctor_say(doctor, DOCTOR_OK, NULL, "%s, and its witness", shown);
}

const struct doctor_check check_vault = {.name = "vault", .look = vault_look};
