/* SPDX-License-Identifier: MIT */
#include "cli/doctor/checks.h"

#include "cli/vault/holder.h"
#include "cli/vault/link.h"

#include <string.h>

enum { SHOWN = 200 };

/* An agent that listens where this environment does not look: cron's, another session's. */
static void agent_look_holder(struct doctor *doctor, const struct holder *holder)
{
	char theirs[SHOWN], ours[SHOWN];
	struct error why;
	bool absent = true;

	out_path(holder->socket, theirs, sizeof(theirs));
	out_path(doctor->cli->socket, ours, sizeof(ours));
	if (!link_find(doctor->cli, &absent, &why))
		doctor_say_error(doctor, DOCTOR_BAD, &why);
	else if (absent)
		doctor_say(doctor, DOCTOR_NOTE, NULL,
			   "the vault was just being locked; nothing more was looked at");
	else if (strcmp(holder->socket, doctor->cli->socket) != 0)
		doctor_say(doctor, DOCTOR_NOTE, NULL,
			   "process %ld has the vault unlocked and listens at %s; this environment "
			   "says %s. Commands find it all the same",
			   (long)holder->pid, theirs, ours);
	else
		doctor_say(doctor, DOCTOR_OK, NULL, "unlocked, process %ld, at %s",
			   (long)holder->pid, theirs);
}

static void agent_look(struct doctor *doctor)
{
	struct holder holder;

	if (!doctor->has_vault) {
		doctor_say(doctor, DOCTOR_NOTE, NULL, "not looked at: there is no vault");
		return;
	}
	holder_find(doctor->cli, &holder);
	if (holder.pid == 0)
		doctor_say(doctor, DOCTOR_OK, NULL, "none: the vault is locked");
	else if (holder.pid < 0)
		doctor_say(doctor, DOCTOR_WARN, NULL,
			   "a process of another container has the vault unlocked: commands here "
			   "cannot reach it");
	else if (!holder.recorded)
		doctor_say(doctor, DOCTOR_BAD, "credvault lock",
			   "process %ld has the vault's file locked, and does not say where it "
			   "listens",
			   (long)holder.pid);
	else
		agent_look_holder(doctor, &holder);
}

const struct doctor_check check_agent = {.name = "agent", .look = agent_look};
