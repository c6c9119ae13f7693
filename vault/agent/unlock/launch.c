/* SPDX-License-Identifier: MIT */
#include "vault/agent/unlock/launch.h"

#include "vault/agent/serve/server.h"
#include "vault/agent/core/lock_state.h"
#include "vault/audit/append.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/rotate/journal.h"
#include "vault/seal/header/header.h"
#include "vault/store/change/rekey.h"
#include "vault/store/rows/rows.h"
#include "vault/store/store.h"
#include "vault/store/change/witnessed.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool launch_read(const json_t *args, struct launch *launch, struct error *err)
{
	const char *how;

	if (!json_need_text(args, "how", sizeof(launch->how) - 1, &how, err) ||
	    !json_number(args, "idle_s", 1, LIMITS_LONGEST_S, 0, &launch->idle_s, err) ||
	    !json_number(args, "limit_s", 1, LIMITS_LONGEST_S, 0, &launch->total_s, err) ||
	    !json_flag(args, "resident", &launch->resident, err))
		return false;
	text_escape_into(how, launch->how, sizeof(launch->how));
	return keys_from_json(json_object_get(args, "keys"), &launch->keys, err);
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

bool launch_read_header(const json_t *args, struct buf *out, struct error *err)
{
	const char *hex;
	struct header header;
	size_t len;

	if (!json_need_text(args, "header", 2 * (size_t)HEADER_BYTES_MAX, &hex, err))
		return false;
	len = strlen(hex) / 2;
	if (!buf_reserve(out, len, err))
		return false;
	if (!text_unhex(hex, (unsigned char *)out->data, len))
		return error_set(err, ERROR_PROTOCOL, "the header is not hex");
	out->len = len;
	return header_decode(out->data, out->len, &header, err);
}

static bool read_act(struct request *request, struct audit_entry *entry, struct error *err)
{
	const char *act, *what;

	if (!json_need_text(request->args, "act", 16, &act, err) ||
	    !json_need_text(request->args, "what", LAUNCH_WHAT_MAX, &what, err))
		return false;
	if (strcmp(act, "passwd") == 0)
		*entry = request_entry(request, AUDIT_OP_PASSWD);
	else if (strcmp(act, "slot") == 0)
		*entry = request_entry(request, AUDIT_OP_SLOT);
	else
		return error_set(err, ERROR_PROTOCOL, "\"act\" is neither passwd nor slot");
	audit_about(entry, NULL, NULL, what);
	return true;
}

static bool append_entry(struct txn *txn, void *arg, struct error *err)
{
	return audit_append(txn, arg, err);
}

bool launch_change(struct request *request, struct keys *fresh, json_t **ok, struct error *err)
{
	struct agent *agent = request->agent;
	struct launch launch = {.idle_s = 0};
	struct buf header = BUF_INIT(HEADER_BYTES_MAX);
	struct audit_entry entry;
	const struct rekey_also also = {append_entry, &entry};
	bool changed = false;
	bool done = launch_read(request->args, &launch, err) &&
		    launch_read_header(request->args, &header, err) &&
		    read_act(request, &entry, err) && launch_open(agent, err) &&
		    store_unlock(agent->store, &launch.keys, err);

	/* What a full disk kept out of the vault is sealed under the keys that go. */
	if (done && fresh)
		done = journal_take_all(agent->store, agent->clock, err);
	if (done && fresh)
		done = store_rekey(agent->store, &header, fresh, &also, &changed, err);
	else if (done)
		done = store_set_header(agent->store, &header, &also, &changed, err);
	if (done && fresh)
		keys_move(&launch.keys, fresh);
	done = done && launch_serve(request, &launch, AUDIT_OP_UNLOCK, ok, err);
	keys_clear(&launch.keys);
	buf_clear(&header);
	return done;
}

static bool read_settings(struct agent *agent, struct error *err)
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

static bool prepare(struct agent *agent, struct launch *launch, struct error *err)
{
	const struct buf *bytes = store_header(agent->store);
	struct header header;

	if (!header_decode(bytes->data, bytes->len, &header, err) || !read_settings(agent, err) ||
	    !cache_load(agent->cache, agent->store, clock_real_s(agent->clock), err))
		return false;
	memcpy(agent->vault_id, header.vault_id, sizeof(agent->vault_id));
	keys_move(&agent->keys, &launch->keys);
	keys_clear_records(&agent->keys);
	return true;
}

static void open_gate(struct agent *agent, const struct launch *launch)
{
	(void)pthread_mutex_lock(&agent->lock);
	limits_start(&agent->limits, agent->clock,
		     launch->idle_s ? launch->idle_s : agent->settings.idle_s,
		     launch->total_s ? launch->total_s : agent->settings.limit_s);
	limits_through_sleep(&agent->limits, agent->clock, agent->settings.through_sleep);
	agent->own_idle = launch->idle_s != 0;
	agent->own_total = launch->total_s != 0;
	agent->resident = launch->resident;
	agent->unlocked_at = clock_real_s(agent->clock);
	agent->purge_at_ms = clock_boot_ms(agent->clock);
	(void)snprintf(agent->how, sizeof(agent->how), "%s", launch->how);
	agent->unlocked = true;
	(void)pthread_mutex_unlock(&agent->lock);
}

static bool answer(struct agent *agent, json_t **ok, struct error *err)
{
	char id[2 * SEAL_ID_BYTES + 1];
	json_t *object = json_object();

	text_hex(agent->vault_id, sizeof(agent->vault_id), id);
	if (json_put_text(object, "vault", agent->vault, err) &&
	    json_put_text(object, "vault_id", id, err) &&
	    json_put_time(object, "idle_at", limits_idle_at(&agent->limits, agent->clock), err) &&
	    json_put_time(object, "lock_at", limits_total_at(&agent->limits, agent->clock), err) &&
	    json_put(object, "lock_on_sleep", json_boolean(!agent->settings.through_sleep), err) &&
	    json_put(object, "pid", json_integer(getpid()), err)) {
		*ok = object;
		return true;
	}
	json_decref(object);
	return false;
}

bool launch_serve(struct request *request, struct launch *launch, enum audit_op op, json_t **ok,
		  struct error *err)
{
	struct agent *agent = request->agent;
	struct audit_entry entry = request_entry(request, op);
	struct error unused = ERROR_INIT;
	int fd = -1;

	audit_about(&entry, NULL, NULL, launch->how);
	if (!prepare(agent, launch, err) ||
	    (agent->listens && !server_listen(agent->socket, &fd, err)))
		return false;
	if (!audit_record(agent->store, &entry, err) ||
	    (agent->listens && !server_start(agent, fd, err))) {
		if (fd >= 0) {
			(void)unlink(agent->socket);
			(void)close(fd);
		}
		return false;
	}
	open_gate(agent, launch);
	(void)!lock_state_write(agent->socket, NULL, 0, NULL, &unused);
	return answer(agent, ok, err);
}
