/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/agent/keys/identify.h"
#include "vault/agent/keys/key_store.h"
#include "vault/agent/view/key_view.h"
#include "vault/audit/append.h"
#include "vault/format/digest.h"
#include "vault/wire/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The client sends its keys twice, a portion at a time: first AWS is asked about each key, then,
 * after a person has confirmed the import, the keys are stored. In between the agent keeps only
 * this of a key, without its secret: a digest that identifies the key, and what AWS said.
 */
struct known_key {
	unsigned char digest[DIGEST_BYTES];
	char *arn, *mfa_serial;
	int64_t created_at;
	char account_id[sizeof(((struct access_key *)NULL)->account_id)];
	bool replaces;
};

struct importing {
	struct request *request;
	struct msg_import args;
	struct identify_route route;
	unsigned char salt[DIGEST_BYTES]; /* makes a digest useless elsewhere */
	struct known_key *known;	  /* in the order of the client's keys */
	size_t count, room;
	size_t next; /* index into known: earlier keys are stored or were left out */
	struct msg_imported done;
};

/* The digest that identifies a key, its secret included. */
static bool import_digest_key(const struct importing *importing, const struct msg_import_key *key,
			      unsigned char out[static DIGEST_BYTES], struct error *err)
{
	struct buf text = BUF_INIT(FRAME_REQUEST_LIMIT);
	bool ok = buf_append(&text, importing->salt, sizeof(importing->salt), err) &&
		  fields_write(&msg_import_key, key, &text, err);

	if (ok)
		digest_sha256(text.data, text.len, out);
	buf_clear(&text);
	return ok;
}

static bool import_take_key(const struct importing *importing, const struct msg_import_key *said,
			    struct access_key *key, struct error *err)
{
	(void)snprintf(importing->request->profile, sizeof(importing->request->profile), "%s",
		       said->name);
	(void)snprintf(key->name, sizeof(key->name), "%s", said->name);
	(void)snprintf(key->mfa_serial, sizeof(key->mfa_serial), "%s",
		       said->mfa_serial ? said->mfa_serial : "");
	(void)snprintf(key->region, sizeof(key->region), "%s", said->region ? said->region : "");
	return identify_take(said->access_key_id, said->secret_access_key, &importing->route, key,
			     err);
}

/* --- asking AWS ------------------------------------------------------------------------------- */

static bool import_keep(struct importing *importing, const struct msg_import_key *said,
			const struct access_key *key, bool replaces, struct error *err)
{
	struct known_key *known;

	if (importing->count == importing->room) {
		size_t room = importing->room ? 2 * importing->room : MSG_IMPORT_PORTION;

		known = realloc(importing->known, room * sizeof(*known));
		if (!known)
			return error_set(err, ERROR_MEMORY, "out of memory");
		importing->known = known;
		importing->room = room;
	}
	known = &importing->known[importing->count];
	*known = (struct known_key){
	    .arn = strdup(key->arn),
	    .mfa_serial = strdup(key->mfa_serial),
	    .created_at = key->created_at,
	    .replaces = replaces,
	};
	importing->count++;
	if (!known->arn || !known->mfa_serial)
		return error_set(err, ERROR_MEMORY, "out of memory");
	memcpy(known->account_id, key->account_id, sizeof(known->account_id));
	return import_digest_key(importing, said, known->digest, err);
}

/* {"row":{"identified":…}} */
static bool import_tell(struct request *request, const struct access_key *key,
			const struct examined *examined, bool replaces, const char *code,
			struct error *err)
{
	const char *serials[IAM_MFA_DEVICES_MAX];
	struct msg_import_row row = {.identified = identify_tell(key, examined, serials)};

	row.identified.mfa_serial = key->mfa_serial;
	row.identified.replaces = replaces;
	row.identified.code = code;
	return request_send_row(request, MESSAGE(msg_import_row, &row), err);
}

/* A security key shows no code to send to STS. */
static void import_choose_device(const struct examined *examined, struct access_key *key)
{
	for (size_t i = 0; !key->mfa_serial[0] && i < examined->devices.count; i++) {
		const char *serial = examined->devices.items[i].serial;

		if (arn_is_code_device(serial))
			(void)snprintf(key->mfa_serial, sizeof(key->mfa_serial), "%s", serial);
	}
}

/*
 * Leaves out a key whose name is taken or that AWS refuses. Where AWS cannot be reached, the import
 * fails, as nothing is known about any key.
 */
static bool import_identify(struct importing *importing, const struct msg_import_key *said,
			    struct access_key *key, struct error *err)
{
	struct request *request = importing->request;
	struct examined *examined = calloc(1, sizeof(*examined));
	const char *code = NULL;
	bool there = false, ok;

	if (!examined)
		return error_set(err, ERROR_MEMORY, "out of memory");
	ok = import_take_key(importing, said, key, err) &&
	     key_store_has(request->agent, key->name, &there, err);
	if (ok && there && !importing->args.replace) {
		code = error_name(ERROR_EXISTS);
	} else if (ok && !identify_key(request, &importing->route, key, examined, err)) {
		ok = err->code == ERROR_DEAD_KEY || err->code == ERROR_AWS_REFUSED;
		code = error_name(err->code);
	} else if (ok) {
		if (!said->mfa_given)
			import_choose_device(examined, key);
		ok = identify_record(request, key, err) &&
		     import_keep(importing, said, key, there, err);
	}
	if (ok && code)
		*err = ERROR_INIT;
	ok = ok && import_tell(request, key, examined, there && !code, code, err);
	free(examined);
	return ok;
}

/* --- storing ---------------------------------------------------------------------------------- */

/* {"row":{"imported":…}} */
static bool import_tell_stored(struct importing *importing, const struct access_key *key,
			       const struct record_id *row, struct error *err)
{
	struct request *request = importing->request;
	struct buf frames = FRAMES_INIT;
	bool ok = buf_text_append(&request->text, "{\"imported\":", err) &&
		  view_key_answer(request, key, row, &msg_key, err) &&
		  buf_text_append(&request->text, "}", err) &&
		  request_row_text(request, buf_text(&request->text), &frames, err) &&
		  request_rows_send(request, &frames, err);

	buf_reset(&request->text);
	buf_clear(&frames);
	return ok;
}

static bool import_store(struct importing *importing, const struct msg_import_key *said,
			 struct access_key *key, struct error *err)
{
	struct request *request = importing->request;
	unsigned char digest[DIGEST_BYTES];
	const struct known_key *known;
	struct record_id row;
	bool there = false;

	if (!import_digest_key(importing, said, digest, err))
		return false;
	while (importing->next < importing->count &&
	       memcmp(importing->known[importing->next].digest, digest, sizeof(digest)) != 0)
		importing->next++;
	if (importing->next == importing->count)
		return error_set(err, ERROR_USAGE, "AWS was not asked about this key");
	known = &importing->known[importing->next++];
	if (!import_take_key(importing, said, key, err) ||
	    !key_store_has(request->agent, key->name, &there, err))
		return false;
	if (there && !known->replaces)
		return key_store_taken(key->name, err);
	(void)snprintf(key->account_id, sizeof(key->account_id), "%s", known->account_id);
	(void)snprintf(key->arn, sizeof(key->arn), "%s", known->arn);
	(void)snprintf(key->mfa_serial, sizeof(key->mfa_serial), "%s", known->mfa_serial);
	identify_name_user(key);
	key->created_at = known->created_at;
	key->added_at = clock_real_s(request->agent->clock);
	if (!key_store_put(request, key, AUDIT_OP_IMPORT, there, &row, err) ||
	    !import_tell_stored(importing, key, &row, err))
		return false;
	importing->done.imported++;
	return true;
}

/* --- both ------------------------------------------------------------------------------------- */

static void import_tell_progress(struct request *request, const char *why, int64_t done)
{
	const struct msg_import_progress event = {.what = "import", .why = why, .done = done};

	request_send_event(request, MESSAGE(msg_import_progress, &event));
}

/* Reads one portion after another, until the client has no more keys. */
static bool import_each(struct importing *importing, const char *why, int64_t most,
			bool (*act)(struct importing *, const struct msg_import_key *,
				    struct access_key *, struct error *),
			struct error *err)
{
	struct msg_import_question question = {.kind = "keys", .why = why};
	bool ok = true, more = true;

	while (ok && more) {
		struct msg_import_keys portion = {.keys = {.at = NULL}};
		const struct msg_import_key *keys;
		json_t *answer = NULL;

		ok = request_put_question(importing->request,
					  MESSAGE(msg_import_keys_question, &question),
					  REQUEST_ASK_MS, &answer, err) &&
		     fields_read(&msg_import_keys, answer, &portion, err);
		keys = portion.keys.at;
		more = ok && portion.keys.count > 0;
		question.done += (int64_t)portion.keys.count;
		if (question.done > most)
			ok = error_set(err, ERROR_USAGE, "more than %lld keys at a time",
				       (long long)most);
		for (size_t i = 0; ok && i < portion.keys.count; i++) {
			struct access_key key;

			access_key_init(&key);
			ok = act(importing, &keys[i], &key, err);
			access_key_clear(&key);
		}
		fields_clear(&msg_import_keys, &portion);
		json_decref(answer);
		if (more && ok) {
			/* An import counts as activity, however long it takes. */
			agent_touch(importing->request->agent);
			import_tell_progress(importing->request, why, question.done);
		}
	}
	return ok;
}

static bool import_confirm(struct importing *importing, struct error *err)
{
	const struct msg_import_question question = {.kind = "import",
						     .count = (int64_t)importing->count};
	struct msg_add_answer go = {.go = false};
	json_t *answer = NULL;
	bool ok = request_put_question(importing->request, MESSAGE(msg_import_question, &question),
				       IDENTIFY_ASK_MS, &answer, err) &&
		  fields_read(&msg_add_answer, answer, &go, err);

	json_decref(answer);
	return ok && (go.go || error_set(err, ERROR_DECLINED, "nothing was imported"));
}

static bool import_run(struct importing *importing, struct error *err)
{
	struct request *request = importing->request;

	if (!import_each(importing, "identify", MSG_IMPORT_KEYS_MAX, import_identify, err))
		return false;
	request->profile[0] = '\0';
	importing->done.identified = (int64_t)importing->count;
	if (importing->args.dry_run || importing->count == 0)
		return true;
	if (!import_confirm(importing, err) ||
	    !import_each(importing, "store", (int64_t)importing->count, import_store, err))
		return false;
	request->profile[0] = '\0';
	return true;
}

bool op_import(struct request *request, struct error *err)
{
	struct importing importing = {.request = request};
	bool done = fields_read(&msg_import, request->args, &importing.args, err) &&
		    plan_proxy_from_json(request->args, &importing.route.proxy, err);

	importing.route.endpoint = importing.args.endpoint;
	secret_random_bytes(importing.salt, sizeof(importing.salt));
	done = done && import_run(&importing, err) &&
	       request_answer(request, MESSAGE(msg_imported, &importing.done), err);
	for (size_t i = 0; i < importing.count; i++) {
		free(importing.known[i].arn);
		free(importing.known[i].mfa_serial);
	}
	free(importing.known);
	return done;
}
