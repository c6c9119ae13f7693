/* SPDX-License-Identifier: MIT */
#include "vault/agent/core/ops.h"
#include "vault/seal/header/header.h"
#include "vault/store/store.h"
#include "vault/wire/frame.h"
#include "vault/wire/tables/msg_channel.h"

#include <string.h>

/* What the agent says of its vault; the client knows the header from `public`. */
static bool channel_name_vault(const struct agent *agent, struct channel_vault *out,
			       struct error *err)
{
	const struct buf *bytes = store_header(agent->store);
	struct header header;

	if (!header_decode(bytes->data, bytes->len, &header, err))
		return false;
	memcpy(out->vault_id, header.vault_id, sizeof(out->vault_id));
	memcpy(out->commitment, header.commitment, sizeof(out->commitment));
	header_digest(bytes->data, bytes->len, out->header_digest);
	return true;
}

/* Reads {"v":2,"op":"channel_go","args":{"mac"}}; anything else ends the connection. */
static bool channel_read_go(struct request *request, struct msg_channel_go *go, struct error *err)
{
	static const char *const keys[] = {"v", "op", "args", NULL};
	struct connection *connection = request->connection;
	struct buf body = FRAME_REQUEST_INIT;
	json_t *message = NULL;
	struct idler idler;
	bool end = false, ok;

	idle_connections_enter(&request->agent->idlers, &idler, connection->line.fd,
			       clock_boot_ms(request->agent->clock));
	ok = frame_read(connection->line.fd, REQUEST_PROOF_LIFE_MS, FRAME_COMPLETE_MS, &body, &end,
			err);
	idle_connections_leave(&request->agent->idlers, &idler);
	ok = ok && !end && message_parse(&message_request_bounds, &body, &message, err) &&
	     json_only(message, keys, err) &&
	     strcmp(json_text_of(message, "op"), "channel_go") == 0 &&
	     json_integer_value(json_object_get(message, "v")) == MESSAGE_VERSION &&
	     fields_read(&msg_channel_go, json_object_get(message, "args"), go, err);
	json_decref(message);
	buf_clear(&body);
	return ok;
}

/*
 * The delay holds up this connection alone: its thread serves no other and is outside of the gate
 * (trap 36). Where no place is left to wait in, the connection ends.
 */
static void channel_slow_down(struct request *request)
{
	unsigned int *refused = &request->connection->refused_proofs;
	struct error unused = ERROR_INIT;

	if (*refused < REQUEST_PROOF_DELAY_MAX_MS / REQUEST_PROOF_DELAY_MS)
		(*refused)++;
	request->gone = !request_take_place(request, PLACE_WAITING, &unused);
	if (!request->gone)
		clock_sleep_ms(request->agent->clock, (int64_t)*refused * REQUEST_PROOF_DELAY_MS);
}

/* Sends the agent's proof and checks the client's. Outside of the gate. */
static bool channel_shake(struct request *request, const struct channel_reply *reply,
			  const struct secret *proof_key, struct error *err)
{
	struct connection *connection = request->connection;
	const struct clock *clock = request->agent->clock;
	struct msg_channel_go go = {.mac = {0}};
	int64_t since_ms = clock_boot_ms(clock);

	if (!request_answer(request, MESSAGE(msg_channel_reply, reply), err))
		return false;
	request->gone = !request_send_ok(request) || !channel_read_go(request, &go, err) ||
			clock_boot_ms(clock) - since_ms > REQUEST_PROOF_LIFE_MS;
	buf_reset(&request->text);
	if (request->gone)
		return error_set(err, ERROR_PROTOCOL, "the offer of a channel was not taken up");
	if (channel_admit(&connection->channel, proof_key, go.mac, err))
		return true;
	if (err->code == ERROR_WRONG_PASSPHRASE) {
		channel_slow_down(request);
		(void)error_detail(err, "Nothing was changed.");
	}
	return false;
}

/*
 * Both ends prove that they hold this vault's KEY_PROOF. The one request that the channel is for
 * comes next, sealed (connection.c).
 */
bool op_channel(struct request *request, struct error *err)
{
	struct agent *agent = request->agent;
	struct connection *connection = request->connection;
	struct channel_hello hello = {.nonce = {0}};
	struct channel_reply reply = {.nonce = {0}};
	struct secret proof_key = SECRET_EMPTY;
	struct channel_vault vault;
	bool ok;

	if (connection->line.channel || connection->launch)
		return error_set(err, ERROR_PROTOCOL, "there is a channel already");
	ok = fields_read(&msg_channel_hello, request->args, &hello, err) &&
	     channel_name_vault(agent, &vault, err) &&
	     secret_set(&proof_key, agent->keys.at[KEY_PROOF].data, agent->keys.at[KEY_PROOF].len,
			err) &&
	     channel_answer(&connection->channel, &hello, &vault, &proof_key, &reply, err);
	if (ok) {
		agent_leave(agent);
		ok = channel_shake(request, &reply, &proof_key, err);
		agent_reenter(agent);
	}
	secret_clear(&proof_key);
	if (!ok) {
		channel_clear(&connection->channel);
		return false;
	}
	connection->refused_proofs = 0;
	connection->line.channel = &connection->channel;
	request->answered = true;
	return true;
}
