/* SPDX-License-Identifier: MIT */
#include "vault/agent/vault/ca_bundle_change.h"

#include "vault/audit/append.h"
#include "vault/base/text.h"
#include "vault/seal/record/ca_bundle.h"
#include "vault/store/change/commit.h"
#include "vault/store/rows/rows.h"

#include <pthread.h>
#include <stdio.h>

struct bundle_change {
	const struct ca_bundle *after; /* pem empty: the row goes */
	struct audit_entry entry;
};

/* May be run twice. */
static bool bundle_row(struct txn *txn, void *arg, struct error *err)
{
	struct bundle_change *change = arg;
	struct buf plain = ROW_BUF;
	bool ok;

	if (change->after->pem.len > 0) {
		ok = ca_bundle_encode(change->after, &plain, err) &&
		     row_put(txn, TABLE_CA_BUNDLE, CA_BUNDLE_NAME, &plain, NULL, err);
	} else {
		ok = row_delete(txn, TABLE_CA_BUNDLE, CA_BUNDLE_NAME, err);
		if (!ok && err->code == ERROR_NOT_FOUND) {
			*err = ERROR_INIT;
			ok = true;
		}
	}
	buf_clear(&plain);
	return ok && audit_append(txn, &change->entry, err);
}

static bool bundle_take(const struct msg_ca_bundle *said, struct ca_bundle *bundle, size_t *count,
			struct error *err)
{
	*count = 0;
	if (!said->pem)
		return true;
	bundle->pem = BUF_INIT(PEM_AUTHORITIES_MAX);
	if (!said->path || said->path[0] != '/')
		return error_set(err, ERROR_USAGE, "the file of authorities has no absolute path");
	(void)snprintf(bundle->path, sizeof(bundle->path), "%s", said->path);
	return buf_text_append(&bundle->pem, said->pem, err) &&
	       pem_check(bundle->path, &bundle->pem, count, err);
}

bool ca_bundle_change(struct request *request, const struct msg_ca_bundle *said, struct error *err)
{
	struct agent *agent = request->agent;
	struct ca_bundle bundle = CA_BUNDLE_EMPTY;
	struct bundle_change change = {.after = &bundle,
				       .entry = request_entry(request, AUDIT_OP_CONFIG)};
	struct sealed_authorities_view before;
	size_t count;
	bool ok = bundle_take(said, &bundle, &count, err);

	sealed_authorities_look(&agent->authorities, &before);
	if (ok && !said->pem && !before.path[0])
		return true;
	if (bundle.pem.len > 0)
		text_append(change.entry.what, sizeof(change.entry.what), "ca-bundle %zu of %.200s",
			    count, bundle.path);
	else
		text_append(change.entry.what, sizeof(change.entry.what), "ca-bundle none");
	ok = ok && request_need_proof(request, NULL, err);
	(void)pthread_mutex_lock(&agent->config_turn);
	ok = ok && store_commit(agent->store, bundle_row, &change, err);
	if (ok) {
		sealed_authorities_set(&agent->authorities, &bundle);
		flights_forget_failures(agent->flights);
	}
	(void)pthread_mutex_unlock(&agent->config_turn);
	ca_bundle_clear(&bundle);
	return ok;
}
