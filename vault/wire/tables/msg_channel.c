/* SPDX-License-Identifier: MIT */
#include "vault/wire/tables/msg_channel.h"

#define H struct channel_hello
static const struct field hello_fields[] = {
    FIELD("client_nonce", HEX, NEEDED, H, nonce),
    FIELD("client_key", HEX, NEEDED, H, key),
    FIELD("request", HEX, NEEDED, H, request),
};
const struct fields msg_channel_hello = FIELDS(hello_fields);

#define R struct channel_reply
static const struct field reply_fields[] = {
    FIELD("vault_id", HEX, NEEDED, R, vault.vault_id),
    FIELD("commitment", HEX, NEEDED, R, vault.commitment),
    FIELD("header_digest", HEX, NEEDED, R, vault.header_digest),
    FIELD("agent_nonce", HEX, NEEDED, R, nonce),
    FIELD("agent_key", HEX, NEEDED, R, key),
    FIELD("mac", HEX, NEEDED, R, mac),
};
const struct fields msg_channel_reply = FIELDS(reply_fields);

static const struct field go_fields[] = {
    FIELD("mac", HEX, NEEDED, struct msg_channel_go, mac),
};
const struct fields msg_channel_go = FIELDS(go_fields);
