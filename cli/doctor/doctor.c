/* SPDX-License-Identifier: MIT */
#include "cli/doctor/doctor.h"

#include "cli/vault/agent_call.h"
#include "cli/vault/paths.h"
#include "vault/format/fields.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void doctor_init(struct doctor *doctor, struct cli *cli)
{
	*doctor = (struct doctor){.cli = cli, .config_why = ERROR_INIT, .vault_why = ERROR_INIT};
	if (!aws_config_read(&doctor->config, &doctor->config_why))
		aws_config_clear(&doctor->config);
	doctor->has_vault = paths_find(cli, &doctor->vault_why) &&
			    paths_check_vault(cli, &doctor->vault_why);
}

static struct doctor_row *CV_PRINTF(4, 0)
    doctor_add(struct doctor *doctor, enum doctor_verdict verdict, const char *type,
	       const char *fmt, va_list args)
{
	struct doctor_row *grown, *row;

	grown = realloc(doctor->rows, (doctor->count + 1) * sizeof(*grown));
	if (!grown) {
		doctor->short_of_memory = true;
		return NULL;
	}
	doctor->rows = grown;
	row = &grown[doctor->count++];
	*row = (struct doctor_row){.check = doctor->check, .verdict = verdict};
	(void)vsnprintf(row->what, sizeof(row->what), fmt, args);
	(void)snprintf(row->type, sizeof(row->type), "%s", type ? type : "");
	return row;
}

void doctor_say(struct doctor *doctor, enum doctor_verdict verdict, const char *type,
		const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)doctor_add(doctor, verdict, type, fmt, args);
	va_end(args);
}

void doctor_say_key(struct doctor *doctor, const char *type, const char *fmt, ...)
{
	struct doctor_row *row;
	va_list args;

	va_start(args, fmt);
	row = doctor_add(doctor, DOCTOR_BAD, type, fmt, args);
	va_end(args);
	if (row)
		row->is_key = true;
}

void doctor_say_error(struct doctor *doctor, enum doctor_verdict verdict, const struct error *why)
{
	doctor_say(doctor, verdict, why->hint, "%s", why->message);
}

bool doctor_ask_status(struct doctor *doctor, struct msg_status *status, json_t **ok)
{
	struct error why = ERROR_INIT;
	bool absent = false;

	*status = (struct msg_status){.locked = true};
	*ok = NULL;
	if (!doctor->has_vault)
		doctor_say(doctor, DOCTOR_NOTE, NULL, "not looked at: there is no vault");
	else if (!agent_call_if_there(doctor->cli, "status", NULL, NULL, &absent, ok, &why) ||
		 (!absent && !fields_read_answer(&msg_status, *ok, status, &why)))
		doctor_say(doctor, DOCTOR_NOTE, NULL, "not looked at: %s", why.message);
	else if (absent || !status->keys_known)
		doctor_say(doctor, DOCTOR_NOTE, "credvault unlock",
			   "not looked at: the vault is locked");
	else
		return true;
	return false;
}

void doctor_clear(struct doctor *doctor)
{
	aws_config_clear(&doctor->config);
	free(doctor->rows);
	*doctor = (struct doctor){.cli = doctor->cli};
}
