/* SPDX-License-Identifier: MIT */
#include "cli/doctor/checks.h"

#include "cli/vault/agent_call.h"
#include "vault/format/fields.h"
#include "vault/wire/tables/msg_status.h"

/* By `status`, which an agent answers to everybody and does not count as use. */
static void keys_look(struct doctor *doctor)
{
	struct msg_status status = {.locked = true};
	bool absent = !doctor->has_vault, told = false;
	struct error why = ERROR_INIT;
	json_t *ok = NULL;

	if (!absent && !agent_call_if_there(doctor->cli, "status", NULL, NULL, &absent, &ok, &why))
		doctor_say(doctor, DOCTOR_NOTE, NULL, "not looked at: %s", why.message);
	else if (!absent && !fields_read_answer(&msg_status, ok, &status, &why))
		doctor_say(doctor, DOCTOR_NOTE, NULL, "not looked at: %s", why.message);
	else if (absent || !status.keys_known)
		doctor_say(doctor, DOCTOR_NOTE, doctor->has_vault ? "credvault unlock" : NULL,
			   "not looked at: %s",
			   doctor->has_vault ? "the vault is locked" : "there is no vault");
	else
		told = true;
	if (told && status.overdue.count > 0)
		doctor_say_key(doctor, "credvault rotate --due", "%zu of %lld key%s overdue",
			       status.overdue.count, (long long)status.keys,
			       status.keys == 1 ? " is" : "s are");
	else if (told && status.due.count > 0)
		doctor_say(doctor, DOCTOR_WARN, "credvault rotate --due", "%zu of %lld key%s due",
			   status.due.count, (long long)status.keys,
			   status.keys == 1 ? " is" : "s are");
	else if (told)
		doctor_say(doctor, DOCTOR_OK, NULL, "%lld, and none is due",
			   (long long)status.keys);
	fields_clear(&msg_status, &status);
	json_decref(ok);
}

const struct doctor_check check_keys = {.name = "keys", .look = keys_look};
