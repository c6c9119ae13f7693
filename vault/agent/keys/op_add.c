/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/agent/keys/identify.h"
#include "vault/agent/keys/key_store.h"
#include "vault/agent/view/key_view.h"
#include "vault/wire/tables/msg_add.h"

#include <stdio.h>
#include <stdlib.h>

static bool add_take_args(const json_t *object, struct msg_add *args, struct access_key *key,
			  struct identify_route *route, struct error *err)
{
	if (!fields_read(&msg_add, object, args, err) ||
	    !plan_proxy_from_json(object, &route->proxy, err))
		return false;
	route->endpoint = args->endpoint;
	route->patient = true;
	/* 0 means never; a max_age_s that was not given means the vault's default. */
	key->ageless = args->max_age_s == 0;
	key->max_age_s = args->max_age_s > 0 ? args->max_age_s : 0;
	key->mfa_required = args->mfa_required;
	(void)snprintf(key->name, sizeof(key->name), "%s", args->name);
	(void)snprintf(key->mfa_serial, sizeof(key->mfa_serial), "%s",
		       args->mfa_serial ? args->mfa_serial : "");
	(void)snprintf(key->region, sizeof(key->region), "%s", args->region ? args->region : "");
	text_escape_into(args->note ? args->note : "", key->note, sizeof(key->note));
	return identify_take(args->access_key_id, args->secret_access_key, route, key, err);
}

/* Tells the client what AWS said; the person's decisions about it are set in the key. */
static bool add_ask(struct request *request, const struct examined *examined,
		    struct access_key *key, struct error *err)
{
	const char *serials[IAM_MFA_DEVICES_MAX];
	struct msg_identified question = identify_tell(key, examined, serials);
	struct msg_add_answer answer = {.go = false};
	json_t *said = NULL;
	bool ok;

	question.kind = "add";
	ok = request_put_question(request, MESSAGE(msg_add_question, &question), IDENTIFY_ASK_MS,
				  &said, err) &&
	     fields_read(&msg_add_answer, said, &answer, err);
	if (ok && !answer.go) {
		error_set(err, ERROR_DECLINED, "not added");
		ok = error_detail(err, "Nothing was changed.");
	}
	if (ok) {
		(void)snprintf(key->mfa_serial, sizeof(key->mfa_serial), "%s",
			       answer.mfa_serial ? answer.mfa_serial : "");
		(void)snprintf(key->region, sizeof(key->region), "%s",
			       answer.region ? answer.region : "");
	}
	json_decref(said);
	return ok;
}

static bool add_examine(struct request *request, const struct msg_add *args,
			const struct identify_route *route, struct access_key *key,
			struct error *err)
{
	struct examined *examined;
	bool ok;

	if (args->no_check)
		return true;
	examined = calloc(1, sizeof(*examined));
	if (!examined)
		return error_set(err, ERROR_MEMORY, "out of memory");
	ok = identify_key(request, route, key, examined, err) &&
	     identify_record(request, key, err) &&
	     (!args->confirm || add_ask(request, examined, key, err));
	free(examined);
	return ok;
}

bool op_add(struct request *request, struct error *err)
{
	struct msg_add args = {.name = NULL};
	struct identify_route route = {.endpoint = NULL};
	struct access_key key;
	struct record_id row;
	bool there = false, done;

	access_key_init(&key);
	done = add_take_args(request->args, &args, &key, &route, err);
	(void)snprintf(request->profile, sizeof(request->profile), "%s", key.name);
	done = done && key_store_has(request->agent, key.name, &there, err) &&
	       (!there || args.replace || key_store_taken(key.name, err)) &&
	       add_examine(request, &args, &route, &key, err) &&
	       /* Asking takes its time. */
	       key_store_has(request->agent, key.name, &there, err) &&
	       (!there || args.replace || key_store_taken(key.name, err));
	key.added_at = clock_real_s(request->agent->clock);
	done = done && key_store_put(request, &key, AUDIT_OP_ADD, there, &row, err) &&
	       view_key_answer(request, &key, &row, &msg_key, err);
	access_key_clear(&key);
	return done;
}
