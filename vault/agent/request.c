/* SPDX-License-Identifier: MIT */
#include "vault/agent/request.h"

#include "vault/agent/ops.h"
#include "vault/base/secret.h"
#include "vault/base/text.h"
#include "vault/format/json.h"
#include "vault/seal/header.h"
#include "vault/seal/proof.h"
#include "vault/wire/frame.h"
#include "vault/wire/message.h"

#include <string.h>

bool request_row(struct request *request, json_t *row, struct error *err)
{
	json_t *message = NULL;
	bool ok = message_wrap("row", row, &message, err) &&
		  message_send(request->connection->fd, message, &request->gone, err);

	json_decref(message);
	return ok;
}

/* {"answer":{…}} or {"answer":null,"error":…}; anything else ends the connection. */
static bool read_answer(struct request *request, json_t **answer, struct error *err)
{
	static const char *const keys[] = {"answer", "error", NULL};
	struct buf body = FRAME_BODY_INIT;
	json_t *message = NULL;
	bool end = false, ok;

	ok = frame_read(request->connection->fd, REQUEST_ASK_MS, FRAME_COMPLETE_MS, &body, &end,
			err) &&
	     !end && message_parse(&body, &message, err) && json_only(message, keys, err);
	if (!ok) {
		request->gone = true;
	} else {
		*answer = json_object_get(message, "answer");
		*answer = json_is_object(*answer) ? json_incref(*answer) : NULL;
	}
	json_decref(message);
	buf_clear(&body);
	return *answer != NULL;
}

bool request_ask(struct request *request, json_t *ask, json_t **answer, struct error *err)
{
	struct error unused = ERROR_INIT;
	json_t *message = NULL;
	bool ok;

	*answer = NULL;
	if (!message_wrap("ask", ask, &message, err))
		return false;
	agent_leave(request->agent);
	ok = !request->gone &&
	     message_send(request->connection->fd, message, &request->gone, &unused);
	if (!ok)
		request->gone = true;
	ok = ok && read_answer(request, answer, &unused);
	json_decref(message);
	if (!ok)
		error_set(err, ERROR_INTERRUPTED, "the question was not answered");
	agent_reenter(request->agent);
	return ok;
}

bool request_proof(struct request *request, struct error *err)
{
	unsigned char nonce[PROOF_NONCE_BYTES], given[PROOF_BYTES], right[PROOF_BYTES];
	char hex[2 * PROOF_NONCE_BYTES + 1], id[2 * SEAL_ID_BYTES + 1];
	const struct agent *agent = request->agent;
	const struct buf *header = store_header(agent->store);
	struct buf header_hex = BUF_INIT(2 * HEADER_BYTES_MAX + 1);
	json_t *ask = json_object(), *answer = NULL;
	const char *text = NULL;
	bool ok = false;

	secret_random_bytes(nonce, sizeof(nonce));
	text_hex(nonce, sizeof(nonce), hex);
	text_hex(agent->vault_id, sizeof(agent->vault_id), id);
	if (!buf_reserve(&header_hex, 2 * header->len + 1, err)) {
		json_decref(ask);
		return false;
	}
	text_hex((const unsigned char *)header->data, header->len, header_hex.data);
	if (!json_put_text(ask, "kind", "proof", err) || !json_put_text(ask, "nonce", hex, err) ||
	    !json_put_text(ask, "vault_id", id, err) ||
	    !json_put_text(ask, "header", header_hex.data, err))
		json_decref(ask);
	else
		ok = request_ask(request, ask, &answer, err);
	ok = ok && json_need_text(answer, "proof", sizeof(right) * 2, &text, err) &&
	     proof_make(&agent->keys, agent->vault_id, nonce, request->frame, right, err);
	if (ok && (!text_unhex(text, given, sizeof(given)) ||
		   !secret_equal(given, right, sizeof(right)))) {
		ok = error_set(err, ERROR_WRONG_PASSPHRASE,
			       "the passphrase was not proved for this change");
		error_detail(err, "Nothing was changed.");
	}
	buf_clear(&header_hex);
	json_decref(answer);
	return ok;
}
