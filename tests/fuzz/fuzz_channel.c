/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/base/secret.h"
#include "vault/seal/channel.h"

#include <string.h>

/* What crosses the socket is changed on its way by these bytes; true where anything differs. */
static bool relay(void *message, size_t len, const uint8_t **data, size_t *size)
{
	bool changed = false;

	for (size_t i = 0; i<len && * size> 0; i++, (*data)++, (*size)--) {
		((unsigned char *)message)[i] ^= **data;
		changed |= **data != 0;
	}
	return changed;
}

/* Records behind the handshake: one that was changed on its way, and one that is made up. */
static void records(struct channel *client, struct channel *agent, const uint8_t *data, size_t size)
{
	const struct channel_record record = {"{", "\"op\":1", 6, "}", false};
	struct buf header = BUF_INIT(CHANNEL_STREAM_BYTES), opened = BUF_INIT(4096);
	struct buf sealed = BUF_INIT(CHANNEL_SEALED_MAX), made_up = BUF_INIT(4096);
	struct error err = ERROR_INIT;
	bool changed;

	buf_reset(&header);
	FUZZ_HOLDS(buf_reserve(&header, CHANNEL_STREAM_BYTES, &err));
	FUZZ_HOLDS(channel_begin(client, (unsigned char *)header.data, &err));
	header.len = CHANNEL_STREAM_BYTES;
	FUZZ_HOLDS(channel_begun(agent, &header, &err));
	FUZZ_HOLDS(channel_seal(client, &record, &sealed, &err));
	FUZZ_HOLDS(buf_append(&made_up, data, size, &err));
	changed = relay(sealed.data, sealed.len, &data, &size);
	if (channel_unseal(agent, &sealed, &opened, &err)) {
		FUZZ_HOLDS(!changed && opened.len == 8);
		FUZZ_HOLDS(memcmp(opened.data, "{\"op\":1}", 8) == 0);
	} else {
		FUZZ_HOLDS(changed && opened.len == 0);
	}
	FUZZ_HOLDS(!channel_unseal(agent, &made_up, &opened, &err));
	buf_clear(&header);
	buf_clear(&opened);
	buf_clear(&sealed);
	buf_clear(&made_up);
}

/* The handshake and records between two genuine ends with a hostile relay between them. */
void fuzz_channel(const uint8_t *data, size_t size)
{
	const struct secret *key = &fuzz_keys.at[KEY_PROOF];
	struct channel client = CHANNEL_EMPTY, agent = CHANNEL_EMPTY;
	struct channel_vault vault = {.vault_id = {1}};
	struct buf request = BUF_INIT(64);
	struct channel_hello hello;
	struct channel_reply reply;
	unsigned char mac[CHANNEL_BYTES];
	struct error err = ERROR_INIT;
	bool changed;

	FUZZ_HOLDS(buf_text_append(&request, "{\"op\":1}", &err));
	FUZZ_HOLDS(channel_offer(&client, &request, &hello, &err));
	changed = relay(&hello, sizeof(hello), &data, &size);
	if (channel_answer(&agent, &hello, &vault, key, &reply, &err)) {
		changed |= relay(&reply, sizeof(reply), &data, &size);
		FUZZ_HOLDS(channel_confirm(&client, &reply, key, mac, &err) == !changed);
	}
	if (client.open) {
		changed = relay(mac, sizeof(mac), &data, &size);
		FUZZ_HOLDS(channel_admit(&agent, key, mac, &err) == !changed);
		FUZZ_HOLDS(agent.open == !changed);
	}
	if (agent.open) {
		FUZZ_HOLDS(channel_is_for(&agent, &request));
		records(&client, &agent, data, size);
	}
	channel_clear(&client);
	channel_clear(&agent);
	buf_clear(&request);
}
