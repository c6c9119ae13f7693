/* SPDX-License-Identifier: MIT */
#ifndef CV_SEAL_CHANNEL_H
#define CV_SEAL_CHANNEL_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/seal/sizes.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * The channel between a command and the agent of one vault (docs/protocol.md, "The channel"): both
 * ends prove that they hold KEY_PROOF of this very vault, and what follows is encrypted for the two
 * alone. Pure functions over bytes; vault/wire/line.h carries the bytes.
 *
 * The handshake is three messages, each made by one end and taken by the other:
 *
 *	client: channel_offer() -> hello        agent: channel_answer(hello) -> reply
 *	client: channel_confirm(reply) -> mac   agent: channel_admit(mac)
 *
 * Then each end may send records. The channel is bound to the one request whose digest is in the
 * hello. No function keeps a pointer to the proof key.
 */

enum {
	CHANNEL_BYTES = 32,	   /**< a nonce, a public key, a digest or a MAC of the handshake */
	CHANNEL_STREAM_BYTES = 24, /**< what each end sends once, in front of its records */
	CHANNEL_PAD_BYTES = 512,   /**< records have a length in steps of this */
	CHANNEL_TAG_BYTES = 17,	   /**< what sealing adds to the padded bytes */
	CHANNEL_RECORD_MAX = 1024 * 1024, /**< the longest record before it is padded and sealed */
	CHANNEL_SEALED_MAX = CHANNEL_RECORD_MAX + CHANNEL_PAD_BYTES + CHANNEL_TAG_BYTES
};

/** Which vault the agent says that it holds. All of it is public. */
struct channel_vault {
	unsigned char vault_id[SEAL_ID_BYTES];
	unsigned char commitment[SEAL_DIGEST_BYTES];
	unsigned char header_digest[SEAL_DIGEST_BYTES];
};

/** The client's first message. */
struct channel_hello {
	unsigned char nonce[CHANNEL_BYTES];
	unsigned char key[CHANNEL_BYTES];     /**< a public key of this handshake alone */
	unsigned char request[CHANNEL_BYTES]; /**< the digest of the request to come */
};

/** The agent's answer. */
struct channel_reply {
	struct channel_vault vault;
	unsigned char nonce[CHANNEL_BYTES];
	unsigned char key[CHANNEL_BYTES];
	unsigned char mac[CHANNEL_BYTES];
};

/** One end. CHANNEL_EMPTY before; channel_clear() after, also on failure. */
struct channel {
	bool agent;	      /**< this end is the agent's */
	bool open;	      /**< both ends are proved */
	struct secret secret; /**< the private key of this handshake, until `open` */
	struct channel_hello hello;
	unsigned char peer[CHANNEL_BYTES];	 /**< the public key of the other end */
	unsigned char transcript[CHANNEL_BYTES]; /**< the digest of the whole handshake */
	struct secret out, in;			 /**< keys, then states, of the two streams */
	bool sending, receiving;		 /**< the stream has begun */
	bool sent_last, received_last;		 /**< nothing may follow in this direction */
};

#define CHANNEL_EMPTY ((struct channel){.agent = false})

/** The client begins: fresh keys for this one request, of which the bytes are given. */
MUST bool channel_offer(struct channel *channel, const struct buf *request,
			struct channel_hello *out, struct error *err);

/** The agent answers an offer. PROTOCOL for a public key that cannot be one. */
MUST bool channel_answer(struct channel *channel, const struct channel_hello *hello,
			 const struct channel_vault *vault, const struct secret *proof_key,
			 struct channel_reply *out, struct error *err);

/**
 * The client checks the agent's proof and makes its own; its end is open then. IMPOSTOR where the
 * other end does not hold this vault: nothing more may be sent to it.
 */
MUST bool channel_confirm(struct channel *channel, const struct channel_reply *reply,
			  const struct secret *proof_key, unsigned char mac[static CHANNEL_BYTES],
			  struct error *err);

/** The agent checks the client's proof; its end is open then. WRONG_PASSPHRASE. Once per answer. */
MUST bool channel_admit(struct channel *channel, const struct secret *proof_key,
			const unsigned char mac[static CHANNEL_BYTES], struct error *err);

/** Whether these are the bytes of the request that the handshake was made for. */
MUST bool channel_is_for(const struct channel *channel, const struct buf *request);

/** Begins the stream of this end's records: `header` goes in front of the first. */
MUST bool channel_begin(struct channel *channel, unsigned char header[static CHANNEL_STREAM_BYTES],
			struct error *err);

/** Takes what the other end's channel_begin() gave. PROTOCOL for any other length. */
MUST bool channel_begun(struct channel *channel, const struct buf *header, struct error *err);

/**
 * Seals one record of three pieces (1 to CHANNEL_RECORD_MAX bytes together) into *out, which is
 * reset first. `last`: no other record follows from this end. PROTOCOL for a record of another
 * length, or behind the last.
 */
struct channel_record {
	const char *before;
	const void *body;
	size_t len;
	const char *behind;
	bool last;
};
MUST bool channel_seal(struct channel *channel, const struct channel_record *record,
		       struct buf *out, struct error *err);

/**
 * Opens one record into *out, which is reset first and is to be wiped by the caller; its length is
 * at most out->limit. channel->received_last tells whether it is the other end's last one. PROTOCOL
 * for anything but the next record of the other end; the connection is to be closed then.
 */
MUST bool channel_unseal(struct channel *channel, const struct buf *sealed, struct buf *out,
			 struct error *err);

/** Wipes. Accepts empty. */
void channel_clear(struct channel *channel);

#endif
