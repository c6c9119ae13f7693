/* SPDX-License-Identifier: MIT */
#include "vault/agent/rotate/hooks.h"
#include "vault/agent/rotate/rotating.h"
#include "vault/creds/source_key.h"

#include <string.h>

/* The settings of all names that hold one IAM key, combined. */
struct wish {
	uint64_t retire;
	int64_t idle_s;
	json_t *hooks;
};

static bool wish_add(struct wish *wish, const struct access_key *key, struct error *err)
{
	if (!wish->retire && key->retire) {
		wish->retire = key->retire;
		wish->idle_s = key->idle_s;
	}
	return hooks_join(wish->hooks, key->hooks, err);
}

static bool wish_add_others(struct wish *wish, struct agent *agent, const struct access_key *named,
			    struct error *err)
{
	struct journal_names names = {.at = NULL};
	bool ok = journal_holders(agent->store, named->access_key_id, &names, err);

	for (size_t i = 0; ok && i < names.count; i++) {
		struct access_key key;

		if (strcmp(names.at[i], named->name) == 0)
			continue;
		access_key_init(&key);
		ok = source_key_read(agent->store, names.at[i], &key, NULL, err) &&
		     wish_add(wish, &key, err);
		access_key_clear(&key);
	}
	journal_names_clear(&names);
	return ok;
}

bool rotating_fill(struct agent *agent, const struct rotate_order *said,
		   const struct access_key *named, struct rotate_order *order, struct buf *hooks,
		   struct error *err)
{
	const struct settings settings = agent_settings(agent);
	struct wish wish = {.retire = said->retire, .idle_s = said->idle_s, .hooks = json_array()};
	bool ok = wish.hooks || error_set(err, ERROR_MEMORY, "out of memory");

	buf_reset(hooks);
	ok = ok && hooks_join(wish.hooks, said->hooks ? said->hooks : "", err) &&
	     wish_add(&wish, named, err) && wish_add_others(&wish, agent, named, err) &&
	     hooks_write(wish.hooks, hooks, err);
	json_decref(wish.hooks);
	if (!ok)
		return false;
	if (!wish.retire) {
		wish.retire = settings.retire;
		wish.idle_s = settings.retire_idle_s;
	}
	order->retire = (enum rotation_retire)wish.retire;
	order->idle_s = wish.idle_s;
	order->grace_s = said->grace_s >= 0 ? said->grace_s : settings.grace_s;
	order->hooks = hooks->len ? buf_text(hooks) : NULL;
	return true;
}
