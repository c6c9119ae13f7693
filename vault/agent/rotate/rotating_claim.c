/* SPDX-License-Identifier: MIT */
#include "vault/agent/rotate/rotating.h"

#include "vault/creds/source_key.h"

#include <stdio.h>
#include <string.h>

enum { ROUNDS = 4 };

/* The id that a rotation of this key is held by: the old one's, whichever of the two it is now. */
static bool held_by(struct agent *agent, const struct access_key *key,
		    struct rotation_record *rotation, bool *found,
		    char id[static ACCESS_KEY_ID_MAX + 1], struct error *err)
{
	rotation_record_init(rotation);
	if (!journal_find(agent->store, key->access_key_id, rotation, found, err))
		return false;
	secret_clear(&rotation->secret);
	(void)snprintf(id, ACCESS_KEY_ID_MAX + 1, "%s",
		       *found ? rotation->name : key->access_key_id);
	return true;
}

static bool judge(struct agent *agent, const struct access_key *key,
		  const struct rotation_record *rotation, char ends[static ACCESS_KEY_ID_MAX + 1],
		  struct error *err)
{
	struct journal_names names = {.at = NULL};
	bool ok;

	if (rotation->step != ROTATION_OFF) {
		error_set(err, ERROR_FAILED, "a rotation of this key is not finished (at \"%s\")",
			  rotation_record_step_name(rotation->step));
		error_detail(err, "Nothing was changed.");
		return error_hint(err, "credvault rotate %s", key->name);
	}
	ok = journal_holders(agent->store, key->access_key_id, &names, err);
	if (ok && names.count == 1)
		memcpy(ends, rotation->name, sizeof(rotation->name));
	journal_names_clear(&names);
	return ok;
}

bool rotating_claim(struct request *request, const char *name, struct access_key *key,
		    struct record_id *row, struct rotating_claim *claim, struct error *err)
{
	struct agent *agent = request->agent;
	char id[ACCESS_KEY_ID_MAX + 1] = "";

	*claim = (struct rotating_claim){.agent = agent};
	for (int tries = 0; tries < ROUNDS; tries++) {
		struct rotation_record rotation;
		bool found = false, same, ok;

		access_key_clear(key);
		ok = source_key_read(agent->store, name, key, row, err);
		secret_clear(&key->secret);
		if (!ok || !held_by(agent, key, &rotation, &found, id, err))
			return false;
		same = strcmp(claim->hold.access_key_id, id) == 0;
		ok = !same || !found || judge(agent, key, &rotation, claim->ends, err);
		rotation_record_clear(&rotation);
		if (same || !ok)
			return ok;
		/* Whoever was at it may have changed all of this. */
		if (!rotating_hold(request, id, "remove", &claim->hold, err))
			return false;
	}
	return error_set(err, ERROR_ROTATION_HELD, "others keep rotating this key");
}

void rotating_unclaim(struct rotating_claim *claim)
{
	if (claim->agent)
		rotation_holds_release(claim->agent->rotations, &claim->hold);
}
