/* SPDX-License-Identifier: MIT */
#include "vault/agent/erase.h"

static void note(struct agent *agent, bool due)
{
	(void)pthread_mutex_lock(&agent->lock);
	agent->erase_due = due;
	(void)pthread_mutex_unlock(&agent->lock);
}

bool erase_retired(struct agent *agent, struct error *err)
{
	struct error why = ERROR_INIT;

	if (store_checkpoint(agent->store, &why)) {
		note(agent, false);
		return true;
	}
	note(agent, true);
	error_set(err, ERROR_IO, "the old key could not be erased from the vault's journal yet");
	error_detail(err, "%s.", why.message);
	return error_detail(err, "The change itself is made. Erasing is tried again every few "
				 "seconds, and when the vault is locked.");
}

void erase_again(struct agent *agent)
{
	struct error unused;
	bool due;

	(void)pthread_mutex_lock(&agent->lock);
	due = agent->erase_due;
	(void)pthread_mutex_unlock(&agent->lock);
	if (due && store_checkpoint(agent->store, &unused))
		note(agent, false);
}
