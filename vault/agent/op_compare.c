/* SPDX-License-Identifier: MIT */
#include "vault/agent/launch.h"
#include "vault/agent/ops.h"
#include "vault/format/json.h"
#include "vault/store/witnessed.h"

static bool put_side(json_t *object, const char *name, const struct mark *mark, bool verified,
		     struct error *err)
{
	char fingerprint[MARK_FINGERPRINT_BYTES];
	json_t *side = json_object();

	mark_fingerprint(mark, fingerprint);
	if (json_put(side, "generation", json_integer((json_int_t)mark->generation), err) &&
	    json_put_time(side, "updated_at", mark->updated_at, err) &&
	    json_put(side, "verified", json_boolean(verified), err) &&
	    json_put_text(side, "fingerprint", verified ? fingerprint : NULL, err))
		return json_put(object, name, side, err);
	json_decref(side);
	return false;
}

/* What the witness has to say, whatever it is; the vault itself must be whole. */
static bool look(struct agent *agent, const struct keys *keys, struct witness_finding *finding,
		 struct error *err)
{
	struct error why = ERROR_INIT;

	if (store_unlock(agent->store, keys, &why) || why.code == ERROR_TAMPERED) {
		if (store_finding(agent->store, finding))
			return true;
		if (why.code == ERROR_NONE)
			return error_set(err, ERROR_FAILED, "the vault has no witness");
	}
	*err = why;
	return false;
}

bool op_compare(struct request *request, json_t **ok, struct error *err)
{
	static const char *const names[] = {"keys", NULL};
	struct agent *agent = request->agent;
	struct witness_finding finding;
	struct keys keys = {0};
	bool done = json_only(request->args, names, err) &&
		    keys_from_json(json_object_get(request->args, "keys"), &keys, err) &&
		    launch_open(agent, err) && look(agent, &keys, &finding, err);

	keys_clear(&keys);
	if (!done)
		return false;
	*ok = json_object();
	if (json_put_text(*ok, "verdict", witness_name(finding.verdict), err) &&
	    json_put(*ok, "trusted", json_boolean(witness_trusts(finding.verdict)), err) &&
	    put_side(*ok, "this_file", &finding.vault, true, err) &&
	    (finding.mark.sequence > 0
		 ? put_side(*ok, "last_used", &finding.mark, finding.mark_verified, err)
		 : json_put(*ok, "last_used", json_null(), err)))
		return true;
	json_decref(*ok);
	*ok = NULL;
	return false;
}
