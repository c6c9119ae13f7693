/* SPDX-License-Identifier: MIT */
#include "vault/seal/header/slot.h"

#include "vault/seal/box.h"
#include "vault/seal/hash.h"

#include <string.h>

enum { KEK_AND_COMMITMENT = SEAL_KEY_BYTES + SEAL_DIGEST_BYTES, ITEMS_MAX = 12 };

static bool slot_is_x25519(const struct slot *slot)
{
	return slot->type == SLOT_RECOVERY || slot->type == SLOT_X25519 ||
	       slot->type == SLOT_KEY_FILE;
}

const char *slot_name(const struct slot *slot)
{
	switch (slot->type) {
	case SLOT_PASSPHRASE: return "passphrase";
	case SLOT_RECOVERY: return "recovery";
	case SLOT_X25519: return "public key";
	case SLOT_KEY_FILE: return "key file";
	default: return "?";
	}
}

bool slot_check(const struct slot *slot, struct error *err)
{
	if (slot->type == SLOT_PASSPHRASE) {
		if (slot->kdf != SLOT_KDF_ARGON2ID ||
		    !sodium_is_zero(slot->recipient, sizeof(slot->recipient)) ||
		    !sodium_is_zero(slot->ephemeral, sizeof(slot->ephemeral)))
			return box_tampered("slot", err);
		return kdf_check(&slot->cost, err);
	}
	if (!slot_is_x25519(slot) || slot->kdf != SLOT_KDF_NONE || slot->cost.memory != 0 ||
	    slot->cost.passes != 0 || !sodium_is_zero(slot->salt, sizeof(slot->salt)))
		return box_tampered("slot", err);
	return true;
}

/* All fields of a slot but commitment, nonce and wrapped key: the data these three are bound to. */
struct context {
	struct pae_u64 epoch, type, kdf, passes, memory, created;
	struct pae_item items[ITEMS_MAX];
	size_t count;
};

static void context_fill(struct context *ctx, const struct slot_vault *vault,
			 const struct slot *slot)
{
	ctx->epoch = pae_u64(vault->epoch);
	ctx->type = pae_u64(slot->type);
	ctx->kdf = pae_u64(slot->kdf);
	ctx->passes = pae_u64(slot->cost.passes);
	ctx->memory = pae_u64(slot->cost.memory);
	ctx->created = pae_u64(slot->created);
	ctx->count = 0;
	ctx->items[ctx->count++] = PAE_TEXT("credvault/slot/v1");
	ctx->items[ctx->count++] = PAE_ARRAY(vault->id);
	ctx->items[ctx->count++] = PAE_U64(ctx->epoch);
	ctx->items[ctx->count++] = PAE_ARRAY(slot->id);
	ctx->items[ctx->count++] = PAE_U64(ctx->type);
	ctx->items[ctx->count++] = PAE_U64(ctx->kdf);
	ctx->items[ctx->count++] = PAE_U64(ctx->passes);
	ctx->items[ctx->count++] = PAE_U64(ctx->memory);
	ctx->items[ctx->count++] = PAE_ARRAY(slot->salt);
	ctx->items[ctx->count++] = PAE_U64(ctx->created);
	if (slot_is_x25519(slot)) {
		ctx->items[ctx->count++] = PAE_ARRAY(slot->recipient);
		ctx->items[ctx->count++] = PAE_ARRAY(slot->ephemeral);
	}
}

/* Derives KEK || commitment from the secret that opens the slot. */
static bool expand(const struct context *ctx, const struct secret *ikm, struct secret *out,
		   struct error *err)
{
	struct hash hash;

	if (!secret_alloc(out, KEK_AND_COMMITMENT, err))
		return false;
	hash_begin(&hash, ikm->data, "cv.slot.kek.v1", KEK_AND_COMMITMENT);
	hash_add_pae(&hash, ctx->items, ctx->count);
	hash_end(&hash, out->data);
	return true;
}

static bool wrap(const struct slot_vault *vault, const struct secret *ikm,
		 const struct secret *vault_key, struct slot *slot, struct error *err)
{
	struct secret expanded = SECRET_EMPTY;
	struct context ctx;
	struct box box;
	bool ok = false;

	if (vault_key->len != SEAL_KEY_BYTES) {
		error_set(err, ERROR_FAILED, "a vault key has %d bytes", SEAL_KEY_BYTES);
		goto out;
	}
	context_fill(&ctx, vault, slot);
	if (!expand(&ctx, ikm, &expanded, err))
		goto out;
	memcpy(slot->commitment, expanded.data + SEAL_KEY_BYTES, SEAL_DIGEST_BYTES);
	box = (struct box){.key = expanded.data, .ad = ctx.items, .ad_count = ctx.count};
	ok = box_seal(&box, vault_key->data, SEAL_KEY_BYTES, slot->nonce, slot->wrapped, err);
out:
	secret_clear(&expanded);
	return ok;
}

static bool unwrap(const struct slot_vault *vault, const struct slot *slot,
		   const struct secret *ikm, bool *fits, struct secret *vault_key,
		   struct error *err)
{
	struct secret expanded = SECRET_EMPTY;
	struct context ctx;
	struct box box;
	bool ok = false;

	context_fill(&ctx, vault, slot);
	if (!expand(&ctx, ikm, &expanded, err))
		goto out;
	*fits = secret_equal(slot->commitment, expanded.data + SEAL_KEY_BYTES, SEAL_DIGEST_BYTES);
	ok = true;
	if (!*fits)
		goto out;
	box = (struct box){
	    .key = expanded.data, .ad = ctx.items, .ad_count = ctx.count, .what = "header"};
	ok = secret_alloc(vault_key, SEAL_KEY_BYTES, err) &&
	     box_open(&box, slot->nonce, slot->wrapped, SLOT_WRAPPED_BYTES, vault_key->data, err);
	if (!ok)
		secret_clear(vault_key);
out:
	secret_clear(&expanded);
	return ok;
}

/*
 * The shared secret of two X25519 keys, bound to both public keys. False when X25519 gives all
 * zeros.
 */
static bool agree(const unsigned char *private_key, const unsigned char *other_public,
		  const struct slot *slot, struct secret *ikm, bool *agreed, struct error *err)
{
	struct secret shared = SECRET_EMPTY;
	bool ok = false;

	if (!secret_alloc(&shared, crypto_scalarmult_BYTES, err) ||
	    !secret_alloc(ikm, SEAL_KEY_BYTES, err))
		goto out;
	ok = true;
	*agreed = crypto_scalarmult(shared.data, private_key, other_public) == 0;
	if (*agreed) {
		struct pae_item items[] = {PAE_TEXT("credvault/x25519/v1"),
					   {shared.data, shared.len},
					   PAE_ARRAY(slot->ephemeral),
					   PAE_ARRAY(slot->recipient)};

		hash_pae(NULL, "cv.slot.x25519", items, 4, ikm->data);
	}
out:
	secret_clear(&shared);
	return ok;
}

bool slot_seal_passphrase(const struct slot_wrapping *wrapping, const struct secret *passphrase,
			  const struct kdf_cost *cost, struct slot *out, struct error *err)
{
	struct secret ikm = SECRET_EMPTY;
	struct slot slot = {.type = SLOT_PASSPHRASE,
			    .kdf = SLOT_KDF_ARGON2ID,
			    .cost = *cost,
			    .created = wrapping->created};
	bool ok = false;

	memset(out, 0, sizeof(*out));
	secret_random_bytes(slot.id, sizeof(slot.id));
	secret_random_bytes(slot.salt, sizeof(slot.salt));
	if (!kdf_derive(passphrase, slot.salt, cost, &ikm, err) ||
	    !wrap(wrapping->vault, &ikm, wrapping->vault_key, &slot, err))
		goto out;
	*out = slot;
	ok = true;
out:
	secret_clear(&ikm);
	return ok;
}

bool slot_seal_x25519(const struct slot_wrapping *wrapping, enum slot_type type,
		      const unsigned char recipient[static SLOT_PUBLIC_BYTES], struct slot *out,
		      struct error *err)
{
	struct secret ikm = SECRET_EMPTY, ephemeral = SECRET_EMPTY;
	struct slot slot = {.type = type, .kdf = SLOT_KDF_NONE, .created = wrapping->created};
	bool ok = false, agreed = false;

	memset(out, 0, sizeof(*out));
	if (!slot_is_x25519(&slot)) {
		error_set(err, ERROR_FAILED, "a slot of this type has no public key");
		goto out;
	}
	secret_random_bytes(slot.id, sizeof(slot.id));
	memcpy(slot.recipient, recipient, SLOT_PUBLIC_BYTES);
	if (!secret_random(&ephemeral, SEAL_KEY_BYTES, err))
		goto out;
	(void)crypto_scalarmult_base(slot.ephemeral, ephemeral.data);
	if (!agree(ephemeral.data, slot.recipient, &slot, &ikm, &agreed, err))
		goto out;
	if (!agreed) {
		box_tampered("a slot's public key", err);
		goto out;
	}
	if (!wrap(wrapping->vault, &ikm, wrapping->vault_key, &slot, err))
		goto out;
	*out = slot;
	ok = true;
out:
	secret_clear(&ikm);
	secret_clear(&ephemeral);
	return ok;
}

bool slot_seal_private(const struct slot_wrapping *wrapping, enum slot_type type,
		       const struct secret *private_key, struct slot *out, struct error *err)
{
	unsigned char recipient[SLOT_PUBLIC_BYTES] = {0};

	if (private_key->len != SEAL_KEY_BYTES)
		return error_set(err, ERROR_FAILED, "a private key has %d bytes", SEAL_KEY_BYTES);
	(void)crypto_scalarmult_base(recipient, private_key->data);
	return slot_seal_x25519(wrapping, type, recipient, out, err);
}

bool slot_open_passphrase(const struct slot_vault *vault, const struct slot *slot,
			  const struct secret *passphrase, bool *fits, struct secret *vault_key,
			  struct error *err)
{
	struct secret ikm = SECRET_EMPTY;
	bool ok;

	*fits = false;
	secret_clear(vault_key);
	if (!slot_check(slot, err))
		return false;
	if (slot->type != SLOT_PASSPHRASE)
		return true;
	ok = kdf_derive(passphrase, slot->salt, &slot->cost, &ikm, err) &&
	     unwrap(vault, slot, &ikm, fits, vault_key, err);
	secret_clear(&ikm);
	return ok;
}

bool slot_open_private(const struct slot_vault *vault, const struct slot *slot,
		       const struct secret *private_key, bool *fits, struct secret *vault_key,
		       struct error *err)
{
	struct secret ikm = SECRET_EMPTY;
	unsigned char recipient[SLOT_PUBLIC_BYTES] = {0};
	bool ok, agreed = false;

	*fits = false;
	secret_clear(vault_key);
	if (!slot_check(slot, err))
		return false;
	if (private_key->len != SEAL_KEY_BYTES)
		return error_set(err, ERROR_FAILED, "a private key has %d bytes", SEAL_KEY_BYTES);
	(void)crypto_scalarmult_base(recipient, private_key->data);
	if (!slot_is_x25519(slot) || memcmp(recipient, slot->recipient, SLOT_PUBLIC_BYTES) != 0)
		return true;
	ok = agree(private_key->data, slot->ephemeral, slot, &ikm, &agreed, err);
	if (ok && agreed)
		ok = unwrap(vault, slot, &ikm, fits, vault_key, err);
	secret_clear(&ikm);
	return ok;
}
