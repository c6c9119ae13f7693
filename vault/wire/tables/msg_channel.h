/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_TABLES_MSG_CHANNEL_H
#define CV_WIRE_TABLES_MSG_CHANNEL_H

#include "vault/format/fields.h"
#include "vault/seal/channel.h"

/** The three messages of the channel's handshake (vault/seal/channel.h). */

/** The arguments of `channel`. */
extern const struct fields msg_channel_hello; /* struct channel_hello */

/** The answer of `channel`. */
extern const struct fields msg_channel_reply; /* struct channel_reply */

/** The arguments of `channel_go`. */
struct msg_channel_go {
	unsigned char mac[CHANNEL_BYTES];
};
extern const struct fields msg_channel_go;

#endif
