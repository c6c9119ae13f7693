/* SPDX-License-Identifier: MIT */
#include "vault/agent/keys/at_aws.h"

#include "vault/agent/view/key_view.h"
#include "vault/audit/entry.h"
#include "vault/base/text.h"
#include "vault/creds/plan.h"
#include "vault/rotate/journal.h"
#include "vault/rotate/signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A removal at work; too large for a thread's stack. */
struct at_aws {
	struct request *request;
	struct rotating rotating;
	struct rotate rotate; /* of the key that signs */
	enum signer_key who;
	const struct access_key *key;
	char signer[TEXT_NAME_MAX + 1];
	bool inactive, begun; /* for the error: what has been done */
};

/* --- who signs -------------------------------------------------------------------------------- */

static bool at_aws_take_sibling(void *arg, const struct access_key *other,
				const struct record_id *row, struct error *err)
{
	struct at_aws *work = arg;
	const struct access_key *key = work->key;

	(void)row, (void)err;
	if (!work->signer[0] && key->user_name[0] && strcmp(other->arn, key->arn) == 0 &&
	    strcmp(other->access_key_id, key->access_key_id) != 0)
		(void)snprintf(work->signer, sizeof(work->signer), "%s", other->name);
	return true;
}

static bool at_aws_open(struct at_aws *work, const struct msg_remove *args, struct error *err)
{
	struct request *request = work->request;
	struct rotate *rotate = &work->rotate;
	struct rotate_order order = {
	    .region = args->region, .endpoint = args->endpoint, .grace_s = -1};

	rotating_open(&work->rotating, request);
	if (args->signer)
		(void)snprintf(work->signer, sizeof(work->signer), "%s", args->signer);
	else if (!view_each_key(request->agent, at_aws_take_sibling, work, err))
		return false;
	if (!work->signer[0])
		(void)snprintf(work->signer, sizeof(work->signer), "%s", work->key->name);
	order.name = work->signer;
	if (!plan_proxy_from_json(request->args, &order.proxy, err) ||
	    !rotate_open(rotate, &work->rotating.seams, &order, err))
		return false;
	work->rotating.can_ask = request_can_ask(request, args->can_ask, args->askpass);
	work->rotating.region = rotate->sts.region;
	work->rotating.endpoint = rotate->row.step ? rotate->row.endpoint : args->endpoint;
	work->rotating.proxy = order.proxy;
	work->who = rotate->row.step &&
			    strcmp(rotate->key.access_key_id, rotate->row.new_access_key_id) == 0
			? SIGNER_NEW
			: SIGNER_OLD;
	/* IAM is told whose key it is: the signer may be somebody else's. */
	(void)snprintf(rotate->user_name, sizeof(rotate->user_name), "%s", work->key->user_name);
	return true;
}

static bool at_aws_signs_itself(const struct at_aws *work)
{
	return strcmp(work->rotate.key.access_key_id, work->key->access_key_id) == 0;
}

/* --- the calls -------------------------------------------------------------------------------- */

static bool at_aws_note(struct at_aws *work, const char *id, const char *what, const char *result,
			struct error *err)
{
	struct audit_entry entry = request_entry(work->request, AUDIT_OP_REMOVE);

	audit_about(&entry, work->key->name, id, what);
	if (result)
		audit_text(entry.result, sizeof(entry.result), result);
	return journal_note(work->request->agent->store, &entry, err);
}

static void at_aws_tell(struct at_aws *work, const char *id, enum msg_removing_state state)
{
	const struct msg_removing event = {
	    .what = "removing", .access_key_id = id, .state = state, .signer = work->signer};

	work->begun = true;
	request_send_event(work->request, MESSAGE(msg_removing, &event));
}

/* IAM may not have the key any more: what was wanted. */
static bool at_aws_change(struct at_aws *work, enum signer_change change, const char *id,
			  bool *gone, struct error *err)
{
	struct aws_failure failure = AWS_FAILURE_INIT;
	bool ok = signer_change(&work->rotate, work->who, change, id, &failure, err);

	*gone = !ok && strcmp(failure.aws_code, "NoSuchEntity") == 0;
	if (*gone)
		*err = ERROR_INIT;
	return ok || *gone;
}

static bool at_aws_delete_one(struct at_aws *work, const char *id, struct error *err)
{
	bool gone;

	if (!at_aws_note(work, id, "deletion at AWS", "ASKED", err) ||
	    !at_aws_change(work, SIGNER_DELETE, id, &gone, err) ||
	    !at_aws_note(work, id, gone ? "not at AWS any more" : "deleted at AWS", NULL, err))
		return false;
	at_aws_tell(work, id, gone ? MSG_REMOVING_GONE : MSG_REMOVING_DELETED);
	return true;
}

static bool at_aws_switch_off(struct at_aws *work, const char *id, struct error *err)
{
	bool gone;

	if (!at_aws_change(work, SIGNER_SWITCH_OFF, id, &gone, err))
		return false;
	if (gone)
		return true;
	work->inactive = true;
	if (!at_aws_note(work, id, "made inactive at AWS", NULL, err))
		return false;
	at_aws_tell(work, id, MSG_REMOVING_INACTIVE);
	return true;
}

/* --- refusals --------------------------------------------------------------------------------- */

static bool at_aws_held_once(struct at_aws *work, struct error *err)
{
	struct journal_names names = {.at = NULL};
	const struct access_key *key = work->key;
	const char *other;

	if (!journal_holders(work->request->agent->store, key->access_key_id, &names, err))
		return false;
	for (size_t i = 0; i < names.count; i++) {
		other = names.at[i];
		if (strcmp(other, key->name) == 0 || err->code != ERROR_NONE)
			continue;
		error_set(err, ERROR_FAILED, "the vault has this key under the name %s too", other);
		error_detail(err, "Nothing was changed at AWS or in the vault.");
		error_hint(err, "credvault remove %s", TEXT_WORD(other));
	}
	journal_names_clear(&names);
	return err->code == ERROR_NONE;
}

/* What has been done by now, and what a person can say next. */
static void at_aws_explain(const struct at_aws *work, struct error *err)
{
	const char *name = work->key->name, *id = work->key->access_key_id;

	if (err->code == ERROR_DEAD_KEY && at_aws_signs_itself(work))
		error_detail(err, "Where an earlier run has deleted it, all that is left is:");
	else if (work->inactive)
		error_detail(err, "%s is inactive at AWS and not deleted; the vault still has it.",
			     id);
	else
		error_detail(err, "%s was not deleted at AWS%s, and the vault still has it.", id,
			     work->begun ? " (its old key was)" : "");
	error_hint(err, "credvault remove %s   (from the vault alone)", TEXT_WORD(name));
	(void)error_profile(err, name);
}

bool at_aws_delete(struct request *request, const struct msg_remove *args,
		   const struct access_key *key, const struct rotating_claim *claim,
		   struct error *err)
{
	struct at_aws *work = calloc(1, sizeof(*work));
	bool opened, done;

	if (!work)
		return error_set(err, ERROR_MEMORY, "out of memory");
	work->request = request;
	work->key = key;
	done = at_aws_held_once(work, err);
	opened = done;
	done = done && at_aws_open(work, args, err);
	if (done) {
		request->undenied = true;
		done = (!claim->ends[0] || at_aws_delete_one(work, claim->ends, err)) &&
		       (at_aws_signs_itself(work) ||
			at_aws_switch_off(work, key->access_key_id, err)) &&
		       at_aws_delete_one(work, key->access_key_id, err);
		if (!done)
			at_aws_explain(work, err);
	}
	if (opened) {
		rotating_close(&work->rotating);
		rotate_clear(&work->rotate);
	}
	free(work);
	return done;
}
