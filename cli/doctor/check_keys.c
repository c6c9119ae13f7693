/* SPDX-License-Identifier: MIT */
#include "cli/doctor/checks.h"

static void keys_look(struct doctor *doctor)
{
	struct msg_status status;
	json_t *ok;
	bool told = doctor_ask_status(doctor, &status, &ok);

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
