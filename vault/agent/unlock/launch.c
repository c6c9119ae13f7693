/* SPDX-License-Identifier: MIT */
#include "vault/agent/unlock/launch.h"

#include "vault/agent/serve/server.h"
#include "vault/agent/core/agent_record.h"
#include "vault/agent/core/lock_state.h"
#include "vault/audit/append.h"
#include "vault/base/text.h"
#include "vault/rotate/journal.h"
#include "vault/seal/header/header.h"
#include "vault/store/backup/copy.h"
#include "vault/store/change/rekey.h"
#include "vault/store/rows/rows.h"
#include "vault/store/store.h"
#include "vault/store/change/witnessed.h"
#include "vault/wire/tables/msg_backup.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

_Static_assert((int)MSG_HEADER_MAX == (int)HEADER_BYTES_MAX &&
		   (int)MSG_LIMIT_MAX_S == (int)LIMITS_LONGEST_S,
	       "messages bound what is taken");

bool launch_read(struct request *request, const struct fields *fields, struct launch *launch,
		 struct error *err)
{
	struct msg_launch *said = &launch->said;
	struct header header;

	if (!fields_read(fields, request->args, said, err))
		return false;
	if (said->how)
		text_escape_into(said->how, launch->how, sizeof(launch->how));
	return (!said->header.len ||
		header_decode(said->header.data, said->header.len, &header, err)) &&
	       keys_from_json(said->keys.value, &launch->keys, err) &&
	       (!said->new_keys.value || keys_from_json(said->new_keys.value, &launch->fresh, err));
}

void launch_clear(struct launch *launch)
{
	buf_clear(&launch->said.header);
	keys_clear(&launch->keys);
	keys_clear(&launch->fresh);
}

bool launch_open(struct agent *agent, struct error *err)
{
	struct error ignored;

	if (agent->store)
		return true;
	if (!store_open(agent->vault, &agent->store, err))
		return false;
	if (!agent->witness[0] || store_set_witness(agent->store, agent->witness, err))
		return true;
	(void)store_close(agent->store, &ignored);
	agent->store = NULL;
	return false;
}

static bool launch_append_entry(struct txn *txn, void *arg, struct error *err)
{
	return audit_append(txn, arg, err);
}

bool launch_change(struct request *request, struct launch *launch, struct error *err)
{
	struct agent *agent = request->agent;
	const struct msg_launch *said = &launch->said;
	bool fresh = said->new_keys.value;
	struct audit_entry entry = request_entry(
	    request, said->act == MSG_ACT_PASSWD ? AUDIT_OP_PASSWD : AUDIT_OP_SLOT);
	const struct rekey_also also = {launch_append_entry, &entry};
	bool changed = false, done;

	audit_about(&entry, NULL, NULL, said->what);
	done = launch_open(agent, err) && store_unlock(agent->store, &launch->keys, err);
	/* Recovery files are sealed under the old keys, so they are taken into the vault before. */
	if (done && fresh)
		done = journal_take_all(agent->store, agent->clock, err) &&
		       store_rekey(agent->store, &said->header, &launch->fresh, &also, &changed,
				   err);
	else if (done)
		done = store_set_header(agent->store, &said->header, &also, &changed, err);
	/* Copies that a killed command has left open with what was taken away just now. */
	if (done)
		copies_sweep(agent->vault, MSG_COPY_INFIX, INT64_MAX);
	if (done && fresh)
		keys_move(&launch->keys, &launch->fresh);
	return done && launch_serve(request, launch, AUDIT_OP_UNLOCK, err);
}

static bool launch_read_settings(struct agent *agent, struct error *err)
{
	struct buf plain = ROW_BUF;
	bool ok;

	settings_init(&agent->settings);
	ok = row_get(agent->store, TABLE_SETTINGS, SETTINGS_NAME, NULL, &plain, err);
	if (ok)
		ok = settings_decode(plain.data, plain.len, &agent->settings, err);
	else
		ok = err->code == ERROR_NOT_FOUND;
	buf_clear(&plain);
	return ok;
}

static bool launch_read_authorities(struct agent *agent, struct error *err)
{
	struct ca_bundle bundle = CA_BUNDLE_EMPTY;
	struct buf plain = ROW_BUF;
	bool ok = row_get(agent->store, TABLE_CA_BUNDLE, CA_BUNDLE_NAME, NULL, &plain, err);

	if (ok)
		ok = ca_bundle_decode(plain.data, plain.len, &bundle, err);
	else
		ok = err->code == ERROR_NOT_FOUND;
	if (ok)
		sealed_authorities_set(&agent->authorities, &bundle);
	buf_clear(&plain);
	return ok;
}

static bool launch_prepare(struct agent *agent, struct launch *launch, struct error *err)
{
	const struct buf *bytes = store_header(agent->store);
	struct header header;

	if (!header_decode(bytes->data, bytes->len, &header, err) ||
	    !launch_read_settings(agent, err) || !launch_read_authorities(agent, err) ||
	    !cache_load(agent->cache, agent->store, clock_real_s(agent->clock), err))
		return false;
	memcpy(agent->vault_id, header.vault_id, sizeof(agent->vault_id));
	keys_move(&agent->keys, &launch->keys);
	keys_clear_records(&agent->keys);
	return true;
}

static void launch_open_gate(struct agent *agent, const struct launch *launch)
{
	(void)pthread_mutex_lock(&agent->lock);
	limits_start(&agent->limits, agent->clock,
		     launch->said.idle_s ? launch->said.idle_s : agent->settings.idle_s,
		     launch->said.limit_s ? launch->said.limit_s : agent->settings.limit_s);
	limits_through_sleep(&agent->limits, agent->clock, agent->settings.through_sleep);
	agent->own_idle = launch->said.idle_s != 0;
	agent->own_total = launch->said.limit_s != 0;
	agent->resident = launch->said.resident;
	agent->unlocked_at = clock_real_s(agent->clock);
	agent->purge_at_ms = clock_boot_ms(agent->clock);
	(void)snprintf(agent->how, sizeof(agent->how), "%s", launch->how);
	agent->unlocked = true;
	(void)pthread_mutex_unlock(&agent->lock);
}

static bool launch_answer(struct request *request, struct error *err)
{
	struct agent *agent = request->agent;
	char id[2 * SEAL_ID_BYTES + 1];
	const struct msg_unlocked unlocked = {
	    .vault = agent->vault,
	    .vault_id = id,
	    .idle_at = limits_idle_at(&agent->limits, agent->clock),
	    .lock_at = limits_total_at(&agent->limits, agent->clock),
	    .lock_on_sleep = !agent->settings.through_sleep,
	    .pid = getpid()};

	text_hex(agent->vault_id, sizeof(agent->vault_id), id);
	return request_answer(request, MESSAGE(msg_unlocked, &unlocked), err);
}

bool launch_serve(struct request *request, struct launch *launch, enum audit_op op,
		  struct error *err)
{
	struct agent *agent = request->agent;
	struct audit_entry entry = request_entry(request, op);
	struct error unused = ERROR_INIT;
	int fd = -1;

	audit_about(&entry, NULL, NULL, launch->how);
	if (!launch_prepare(agent, launch, err) ||
	    (agent->listens && !server_listen(agent->socket, &fd, err)))
		return false;
	if ((agent->listens && !agent_record_write(agent->vault, agent->socket, err)) ||
	    !audit_record(agent->store, &entry, err) ||
	    (agent->listens && !server_start(agent, fd, err))) {
		if (fd >= 0) {
			agent_record_remove(agent->vault);
			(void)unlink(agent->socket);
			(void)close(fd);
		}
		return false;
	}
	launch_open_gate(agent, launch);
	(void)!lock_state_write(agent->socket, NULL, 0, NULL, &unused);
	return launch_answer(request, err);
}
