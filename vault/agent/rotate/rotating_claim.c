/* SPDX-License-Identifier: MIT */
#include "vault/agent/rotate/rotating.h"

#include "vault/base/text.h"
#include "vault/creds/source_key.h"

#include <stdio.h>
#include <string.h>

enum { ROUNDS = 4 };

/* Reads the id by which a key and its rotation are held: the old id, even after the promotion. */
static bool claim_read_id(struct store *store, const char *name,
			  char id[static ACCESS_KEY_ID_MAX + 1], struct error *err)
{
	struct rotation_record rotation;
	struct access_key key;
	bool found = false, ok;

	rotation_record_init(&rotation);
	access_key_init(&key);
	ok = source_key_read(store, name, &key, NULL, err) &&
	     journal_find(store, key.access_key_id, &rotation, &found, err);
	(void)snprintf(id, ACCESS_KEY_ID_MAX + 1, "%s", found ? rotation.name : key.access_key_id);
	rotation_record_clear(&rotation);
	access_key_clear(&key);
	return ok;
}

bool rotating_hold(struct request *request, const char *name, const char *step,
		   struct rotation_holds_hold *hold, struct error *err)
{
	struct agent *agent = request->agent;
	bool ok;

	for (int tries = 0; tries < ROUNDS; tries++) {
		char id[ACCESS_KEY_ID_MAX + 1];

		if (!claim_read_id(agent->store, name, id, err))
			return false;
		/*
		 * Another client may have rotated the key before this hold; a held key keeps its
		 * id.
		 */
		if (strcmp(hold->access_key_id, id) == 0)
			return true;
		rotation_holds_release(agent->rotations, hold);
		*hold = (struct rotation_holds_hold){.fd = request->connection->line.fd,
						     .pid = request_peer(request)->pid,
						     .since = clock_real_s(agent->clock),
						     .step = step};
		memcpy(hold->access_key_id, id, sizeof(hold->access_key_id));
		agent_leave(agent);
		ok = rotation_holds_take(agent->rotations, hold, err);
		agent_reenter(agent);
		if (!ok)
			return false;
	}
	return error_set(err, ERROR_ROTATION_HELD, "others keep rotating this key");
}

/* Only a rotation whose old key is off may end together with the removed key. */
static bool claim_judge(struct agent *agent, const struct access_key *key,
			const struct rotation_record *rotation, struct rotating_claim *claim,
			struct error *err)
{
	struct journal_names names = {.at = NULL};
	bool ok;

	if (rotation->step != ROTATION_OFF) {
		error_set(err, ERROR_FAILED, "a rotation of this key is not finished (at \"%s\")",
			  rotation_record_step_name(rotation->step));
		error_detail(err, "Nothing was changed.");
		return error_hint(err, "credvault rotate %s", TEXT_WORD(key->name));
	}
	memcpy(claim->waits, rotation->name, sizeof(claim->waits));
	ok = journal_holders(agent->store, key->access_key_id, &names, err);
	if (ok && names.count == 1)
		memcpy(claim->ends, rotation->name, sizeof(claim->ends));
	journal_names_clear(&names);
	return ok;
}

bool rotating_claim(struct request *request, const char *name, const char *step,
		    struct access_key *key, struct record_id *row, struct rotating_claim *claim,
		    struct error *err)
{
	struct agent *agent = request->agent;
	struct rotation_record rotation;
	bool found = false, ok;

	*claim = (struct rotating_claim){.agent = agent};
	if (!rotating_hold(request, name, step, &claim->hold, err))
		return false;
	rotation_record_init(&rotation);
	ok = source_key_read(agent->store, name, key, row, err);
	secret_clear(&key->secret);
	ok = ok && journal_find(agent->store, key->access_key_id, &rotation, &found, err) &&
	     (!found || claim_judge(agent, key, &rotation, claim, err));
	rotation_record_clear(&rotation);
	return ok;
}

void rotating_unclaim(struct rotating_claim *claim)
{
	if (claim->agent)
		rotation_holds_release(claim->agent->rotations, &claim->hold);
}
