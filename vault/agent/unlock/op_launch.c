/* SPDX-License-Identifier: MIT */
#include "vault/agent/unlock/launch.h"
#include "vault/agent/core/ops.h"
#include "vault/agent/view/key_view.h"
#include "vault/audit/append.h"
#include "vault/seal/header/header.h"
#include "vault/store/store.h"
#include "vault/store/change/witnessed.h"

#include <stdio.h>

/*
 * The operations of the socketpair before the unlock: those that look at the file, and the four
 * that make the agent serve it.
 */

/* --- looking, before anything is unlocked ----------------------------------------------------- */

bool op_open(struct request *request, struct error *err)
{
	struct agent *agent = request->agent;
	struct msg_header answer = {.pid = 0};

	if (!fields_read(&msg_nothing, request->args, NULL, err) || !launch_open(agent, err))
		return false;
	answer.header = *store_header(agent->store);
	return request_answer(request, MESSAGE(msg_header, &answer), err);
}

/* Lets go of the file while a person types: other commands must not find it held. */
bool op_release(struct request *request, struct error *err)
{
	struct agent *agent = request->agent;

	if (!fields_read(&msg_nothing, request->args, NULL, err) || !store_close(agent->store, err))
		return false;
	agent->store = NULL;
	return request_answer(request, MESSAGE(msg_nothing, NULL), err);
}

/* Examines a vault that cannot be unlocked. The keys serve to check seals; no record is opened. */
bool op_inspect(struct request *request, struct error *err)
{
	struct agent *agent = request->agent;
	struct launch launch = {.how = ""};
	struct inspection inspection;
	bool done = launch_read(request, &msg_keys, &launch, err) && launch_open(agent, err) &&
		    store_inspect(agent->store, &launch.keys, &inspection, err) &&
		    view_inspection(request, &inspection, err);

	launch_clear(&launch);
	return done;
}

/* Reads the witness's finding, whatever it says; the vault itself must be whole. */
static bool finding_read(struct agent *agent, const struct keys *keys,
			 struct witness_finding *finding, struct error *err)
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

static struct msg_side side_of(const struct mark *mark, bool verified,
			       char fingerprint[static MARK_FINGERPRINT_BYTES])
{
	mark_fingerprint(mark, fingerprint);
	return (struct msg_side){.generation = (int64_t)mark->generation,
				 .updated_at = mark->updated_at,
				 .verified = verified,
				 .fingerprint = verified ? fingerprint : NULL};
}

bool op_compare(struct request *request, struct error *err)
{
	struct agent *agent = request->agent;
	struct launch launch = {.how = ""};
	struct witness_finding finding;
	struct msg_compared answer = {.verdict = NULL};
	char fingerprints[2][MARK_FINGERPRINT_BYTES];
	bool done = launch_read(request, &msg_keys, &launch, err) && launch_open(agent, err) &&
		    finding_read(agent, &launch.keys, &finding, err);

	launch_clear(&launch);
	if (!done)
		return false;
	answer.verdict = witness_name(finding.verdict);
	answer.trusted = witness_trusts(finding.verdict);
	answer.this_file = side_of(&finding.vault, true, fingerprints[0]);
	answer.was_used = finding.mark.sequence > 0;
	if (answer.was_used)
		answer.last_used = side_of(&finding.mark, finding.mark_verified, fingerprints[1]);
	return request_answer(request, MESSAGE(msg_compared, &answer), err);
}

/* --- coming to serve -------------------------------------------------------------------------- */

bool op_create(struct request *request, struct error *err)
{
	struct agent *agent = request->agent;
	struct launch launch = {.how = ""};
	bool done = launch_read(request, &msg_create, &launch, err);

	if (done && agent->store)
		done = error_set(err, ERROR_EXISTS, "the vault exists");
	done = done &&
	       store_create(
		   &(struct store_new){.path = agent->vault,
				       .state_directory = agent->witness[0] ? agent->witness : NULL,
				       .header = &launch.said.header,
				       .keys = &launch.keys,
				       .now = clock_real_s(agent->clock)},
		   &agent->store, err) &&
	       launch_serve(request, &launch, AUDIT_OP_CREATE, err);
	launch_clear(&launch);
	return done;
}

/*
 * Records the acceptance of an older copy. This entry's commit is the acceptance; nothing outside
 * of the vault has changed before.
 */
static bool acceptance_record(struct request *request, struct error *err)
{
	struct store *store = request->agent->store;
	struct audit_entry entry = request_entry(request, AUDIT_OP_RESTORE);
	struct witness_finding finding;
	char mark[64] = "no mark that is verified";

	/* A finding that is trusted needs no acceptance. */
	if (!store_finding(store, &finding) || witness_trusts(finding.verdict))
		return true;
	if (finding.mark_verified)
		(void)snprintf(mark, sizeof(mark), "generation %llu",
			       (unsigned long long)finding.mark.generation);
	(void)snprintf(entry.what, sizeof(entry.what), "%s: generation %llu accepted over %s",
		       witness_name(finding.verdict), (unsigned long long)finding.vault.generation,
		       mark);
	return audit_record(store, &entry, err) && store_mark(store, err);
}

bool op_unlock(struct request *request, struct error *err)
{
	struct agent *agent = request->agent;
	struct launch launch = {.how = ""};
	bool done = launch_read(request, &msg_unlock, &launch, err) && launch_open(agent, err) &&
		    (launch.said.accept_rollback
			 ? store_unlock_accepting(agent->store, &launch.keys, err) &&
			       acceptance_record(request, err)
			 : store_unlock(agent->store, &launch.keys, err)) &&
		    launch_serve(request, &launch, AUDIT_OP_UNLOCK, err);

	launch_clear(&launch);
	return done;
}

/* --- another header --------------------------------------------------------------------------- */

static bool change(struct request *request, const struct fields *fields, struct error *err)
{
	struct launch launch = {.how = ""};
	bool done = launch_read(request, fields, &launch, err) &&
		    launch_change(request, &launch, err);

	launch_clear(&launch);
	return done;
}

bool op_set_header(struct request *request, struct error *err)
{
	return change(request, &msg_set_header, err);
}

bool op_rekey(struct request *request, struct error *err)
{
	return change(request, &msg_rekey, err);
}
