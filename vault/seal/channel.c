/* SPDX-License-Identifier: MIT */
#include "vault/seal/channel.h"

#include "vault/seal/hash.h"

#include <sodium.h>
#include <string.h>

static const char auth_context[crypto_kdf_CONTEXTBYTES + 1] = "cv_chan1";
static const char stream_context[crypto_kdf_CONTEXTBYTES + 1] = "cv_chan2";

enum { AUTH_CHILD = 1, CHILD_TO_AGENT = 1, CHILD_TO_CLIENT = 2 };

typedef crypto_secretstream_xchacha20poly1305_state stream_state;

_Static_assert((int)CHANNEL_STREAM_BYTES ==
		       (int)crypto_secretstream_xchacha20poly1305_HEADERBYTES &&
		   (int)CHANNEL_TAG_BYTES == (int)crypto_secretstream_xchacha20poly1305_ABYTES &&
		   (int)CHANNEL_BYTES == (int)crypto_secretstream_xchacha20poly1305_KEYBYTES &&
		   (int)CHANNEL_BYTES == (int)crypto_scalarmult_BYTES &&
		   (int)CHANNEL_BYTES == (int)crypto_scalarmult_SCALARBYTES &&
		   (int)CHANNEL_BYTES == (int)crypto_kdf_KEYBYTES,
	       "the sizes are libsodium's");

static void channel_digest_request(const struct buf *request,
				   unsigned char out[static CHANNEL_BYTES])
{
	const struct pae_item items[] = {PAE_TEXT("credvault/channel/v2/request"),
					 {request->data, request->len}};

	hash_pae(NULL, "", items, 2, out);
}

static void channel_digest_handshake(const struct channel_hello *hello,
				     const struct channel_reply *reply,
				     unsigned char out[static CHANNEL_BYTES])
{
	const struct pae_item items[] = {PAE_TEXT("credvault/channel/v2/transcript"),
					 PAE_ARRAY(reply->vault.vault_id),
					 PAE_ARRAY(reply->vault.commitment),
					 PAE_ARRAY(reply->vault.header_digest),
					 PAE_ARRAY(reply->nonce),
					 PAE_ARRAY(reply->key),
					 PAE_ARRAY(hello->nonce),
					 PAE_ARRAY(hello->key),
					 PAE_ARRAY(hello->request)};

	hash_pae(NULL, "", items, sizeof(items) / sizeof(items[0]), out);
}

/* KEY_PROOF itself keys nothing here but this. */
static bool channel_auth_key(const struct secret *proof_key, struct secret *out, struct error *err)
{
	if (proof_key->len != crypto_kdf_KEYBYTES)
		return error_set(err, ERROR_LOCKED, "the key for proofs is not there");
	if (!secret_alloc(out, CHANNEL_BYTES, err))
		return false;
	(void)crypto_kdf_derive_from_key(out->data, out->len, AUTH_CHILD, auth_context,
					 proof_key->data);
	return true;
}

static void channel_mac(const struct secret *auth, const char *who,
			const unsigned char transcript[static CHANNEL_BYTES],
			unsigned char out[static CHANNEL_BYTES])
{
	const struct pae_item items[] = {
	    PAE_TEXT("credvault/channel/v2/mac"), pae_text(who), {transcript, CHANNEL_BYTES}};

	hash_pae(auth->data, "", items, 3, out);
}

static bool channel_make_pair(struct channel *channel, unsigned char public[static CHANNEL_BYTES],
			      struct error *err)
{
	if (!secret_random(&channel->secret, crypto_scalarmult_SCALARBYTES, err))
		return false;
	(void)crypto_scalarmult_base(public, channel->secret.data);
	return true;
}

/*
 * The keys of both streams, from the two ends' keys of this handshake and the vault's: one without
 * the other opens nothing. The private key is gone then.
 */
static bool channel_derive(struct channel *channel, const struct secret *auth, struct error *err)
{
	struct secret shared = SECRET_EMPTY, root = SECRET_EMPTY;
	struct secret *to_agent = channel->agent ? &channel->in : &channel->out;
	struct secret *to_client = channel->agent ? &channel->out : &channel->in;
	bool ok = secret_alloc(&shared, CHANNEL_BYTES, err) &&
		  secret_alloc(&root, CHANNEL_BYTES, err) &&
		  secret_alloc(to_agent, CHANNEL_BYTES, err) &&
		  secret_alloc(to_client, CHANNEL_BYTES, err);

	/* The product is zero for a key of low order, which would make it known to all. */
	if (ok && crypto_scalarmult(shared.data, channel->secret.data, channel->peer) != 0)
		ok = error_set(err, ERROR_PROTOCOL, "a public key that is none");
	if (ok) {
		const struct pae_item items[] = {PAE_TEXT("credvault/channel/v2/secret"),
						 {shared.data, shared.len},
						 PAE_ARRAY(channel->transcript)};

		hash_pae(auth->data, "", items, 3, root.data);
		(void)crypto_kdf_derive_from_key(to_agent->data, CHANNEL_BYTES, CHILD_TO_AGENT,
						 stream_context, root.data);
		(void)crypto_kdf_derive_from_key(to_client->data, CHANNEL_BYTES, CHILD_TO_CLIENT,
						 stream_context, root.data);
		channel->open = true;
	}
	secret_clear(&channel->secret);
	secret_clear(&shared);
	secret_clear(&root);
	return ok;
}

bool channel_offer(struct channel *channel, const struct buf *request, struct channel_hello *out,
		   struct error *err)
{
	channel_clear(channel);
	secret_random_bytes(channel->hello.nonce, sizeof(channel->hello.nonce));
	channel_digest_request(request, channel->hello.request);
	if (!channel_make_pair(channel, channel->hello.key, err))
		return false;
	*out = channel->hello;
	return true;
}

bool channel_answer(struct channel *channel, const struct channel_hello *hello,
		    const struct channel_vault *vault, const struct secret *proof_key,
		    struct channel_reply *out, struct error *err)
{
	struct secret auth = SECRET_EMPTY;
	bool ok;

	channel_clear(channel);
	channel->agent = true;
	channel->hello = *hello;
	memcpy(channel->peer, hello->key, sizeof(channel->peer));
	out->vault = *vault;
	secret_random_bytes(out->nonce, sizeof(out->nonce));
	ok = channel_make_pair(channel, out->key, err) && channel_auth_key(proof_key, &auth, err);
	if (ok) {
		channel_digest_handshake(hello, out, channel->transcript);
		channel_mac(&auth, "agent", channel->transcript, out->mac);
	}
	secret_clear(&auth);
	return ok;
}

bool channel_confirm(struct channel *channel, const struct channel_reply *reply,
		     const struct secret *proof_key, unsigned char mac[static CHANNEL_BYTES],
		     struct error *err)
{
	struct secret auth = SECRET_EMPTY;
	unsigned char right[CHANNEL_BYTES];
	bool ok;

	if (channel->agent || channel->open || !channel->secret.data)
		return error_set(err, ERROR_PROTOCOL, "a handshake out of turn");
	memcpy(channel->peer, reply->key, sizeof(channel->peer));
	channel_digest_handshake(&channel->hello, reply, channel->transcript);
	ok = channel_auth_key(proof_key, &auth, err);
	if (ok)
		channel_mac(&auth, "agent", channel->transcript, right);
	if (ok && (memcmp(reply->key, channel->hello.key, sizeof(reply->key)) == 0 ||
		   !secret_equal(reply->mac, right, sizeof(right))))
		ok = error_set(err, ERROR_IMPOSTOR,
			       "whoever listens at the socket does not hold this vault");
	if (ok)
		channel_mac(&auth, "client", channel->transcript, mac);
	ok = ok && channel_derive(channel, &auth, err);
	if (!ok)
		secret_clear(&channel->secret);
	secret_wipe(right, sizeof(right));
	secret_clear(&auth);
	return ok;
}

bool channel_admit(struct channel *channel, const struct secret *proof_key,
		   const unsigned char mac[static CHANNEL_BYTES], struct error *err)
{
	struct secret auth = SECRET_EMPTY;
	unsigned char right[CHANNEL_BYTES];
	bool ok;

	if (!channel->agent || channel->open || !channel->secret.data)
		return error_set(err, ERROR_PROTOCOL, "a handshake out of turn");
	ok = channel_auth_key(proof_key, &auth, err);
	if (ok)
		channel_mac(&auth, "client", channel->transcript, right);
	if (ok && !secret_equal(mac, right, sizeof(right)))
		ok = error_set(err, ERROR_WRONG_PASSPHRASE,
			       "the passphrase was not proved for this");
	ok = ok && channel_derive(channel, &auth, err);
	if (!ok)
		secret_clear(&channel->secret);
	secret_wipe(right, sizeof(right));
	secret_clear(&auth);
	return ok;
}

bool channel_is_for(const struct channel *channel, const struct buf *request)
{
	unsigned char digest[CHANNEL_BYTES];

	channel_digest_request(request, digest);
	return secret_equal(digest, channel->hello.request, sizeof(digest));
}

/* --- records ---------------------------------------------------------------------------------- */

/* Puts the stream's state in the place of its key. */
static bool channel_hold_state(struct secret *key, stream_state *state, struct error *err)
{
	bool ok = secret_set(key, state, sizeof(*state), err);

	secret_wipe(state, sizeof(*state));
	return ok;
}

bool channel_begin(struct channel *channel, unsigned char header[static CHANNEL_STREAM_BYTES],
		   struct error *err)
{
	stream_state state;

	if (!channel->open || channel->sending)
		return error_set(err, ERROR_PROTOCOL, "a channel that is not open");
	(void)crypto_secretstream_xchacha20poly1305_init_push(&state, header, channel->out.data);
	channel->sending = true;
	return channel_hold_state(&channel->out, &state, err);
}

bool channel_begun(struct channel *channel, const struct buf *header, struct error *err)
{
	stream_state state;

	if (!channel->open || channel->receiving || header->len != CHANNEL_STREAM_BYTES ||
	    crypto_secretstream_xchacha20poly1305_init_pull(
		&state, (const unsigned char *)header->data, channel->in.data) != 0)
		return error_set(err, ERROR_PROTOCOL, "a channel does not begin like this");
	channel->receiving = true;
	return channel_hold_state(&channel->in, &state, err);
}

bool channel_seal(struct channel *channel, const struct channel_record *record, struct buf *out,
		  struct error *err)
{
	const size_t len = strlen(record->before) + record->len + strlen(record->behind);
	struct buf plain = BUF_INIT(CHANNEL_SEALED_MAX);
	unsigned char tag = record->last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
					 : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
	size_t padded = 0;
	bool ok;

	buf_reset(out);
	if (!channel->sending || channel->sent_last || len == 0 || len > CHANNEL_RECORD_MAX)
		return error_set(err, ERROR_PROTOCOL, "a record of %zu bytes", len);
	ok = buf_reserve(&plain, len + CHANNEL_PAD_BYTES, err) &&
	     buf_text_append(&plain, record->before, err) &&
	     buf_append(&plain, record->body, record->len, err) &&
	     buf_text_append(&plain, record->behind, err) &&
	     buf_reserve(out, len + CHANNEL_PAD_BYTES + CHANNEL_TAG_BYTES, err);
	if (ok && sodium_pad(&padded, (unsigned char *)plain.data, len, CHANNEL_PAD_BYTES,
			     len + CHANNEL_PAD_BYTES) != 0)
		ok = error_set(err, ERROR_FAILED, "a record cannot be padded");
	if (ok) {
		(void)crypto_secretstream_xchacha20poly1305_push(
		    (stream_state *)(void *)channel->out.data, (unsigned char *)out->data, NULL,
		    (const unsigned char *)plain.data, padded, channel->transcript,
		    sizeof(channel->transcript), tag);
		out->len = padded + CHANNEL_TAG_BYTES;
		channel->sent_last = record->last;
		plain.len = padded;
	}
	buf_clear(&plain);
	return ok;
}

bool channel_unseal(struct channel *channel, const struct buf *sealed, struct buf *out,
		    struct error *err)
{
	size_t padded = sealed->len - CHANNEL_TAG_BYTES, len = 0;
	unsigned char tag = 0;
	bool ok;

	buf_reset(out);
	if (!channel->receiving || channel->received_last || sealed->len <= CHANNEL_TAG_BYTES ||
	    sealed->len > CHANNEL_SEALED_MAX || padded % CHANNEL_PAD_BYTES != 0)
		return error_set(err, ERROR_PROTOCOL, "a record out of turn");
	struct buf plain = BUF_INIT(CHANNEL_SEALED_MAX);
	if (!buf_reserve(&plain, padded, err))
		return false;
	ok = crypto_secretstream_xchacha20poly1305_pull(
		 (stream_state *)(void *)channel->in.data, (unsigned char *)plain.data, NULL, &tag,
		 (const unsigned char *)sealed->data, sealed->len, channel->transcript,
		 sizeof(channel->transcript)) == 0;
	plain.len = ok ? padded : 0;
	ok = ok &&
	     (tag == crypto_secretstream_xchacha20poly1305_TAG_MESSAGE ||
	      tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL) &&
	     sodium_unpad(&len, (const unsigned char *)plain.data, padded, CHANNEL_PAD_BYTES) ==
		 0 &&
	     padded - len <= CHANNEL_PAD_BYTES && len > 0 && len <= out->limit;
	if (!ok)
		error_set(err, ERROR_PROTOCOL, "a record that is not the next of this channel");
	else
		ok = buf_append(out, plain.data, len, err);
	channel->received_last = !ok || tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
	buf_clear(&plain);
	return ok;
}

void channel_clear(struct channel *channel)
{
	secret_clear(&channel->secret);
	secret_clear(&channel->out);
	secret_clear(&channel->in);
	*channel = CHANNEL_EMPTY;
}
