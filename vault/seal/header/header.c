/* SPDX-License-Identifier: MIT */
#include "vault/seal/header/header.h"

#include "vault/base/text.h"
#include "vault/seal/box.h"
#include "vault/seal/hash.h"
#include "vault/seal/pae.h"

#include <stdio.h>
#include <string.h>

static const char domain[] = "credvault/header/v1";

enum { FIXED_ITEMS = 7, SLOT_ITEMS = 12, SLOT_BYTES_MAX = 512, DATE_CHARS = 10 };

void header_init(struct header *header, const struct secret *vault_key, uint64_t created)
{
	memset(header, 0, sizeof(*header));
	header->format = HEADER_FORMAT;
	header->min_reader = HEADER_FORMAT;
	header->epoch = 1;
	header->created = created;
	secret_random_bytes(header->vault_id, sizeof(header->vault_id));
	keys_commit(vault_key, header->vault_id, header->epoch, header->commitment);
}

struct slot_vault header_vault(const struct header *header)
{
	struct slot_vault vault = {.epoch = header->epoch};

	memcpy(vault.id, header->vault_id, sizeof(vault.id));
	return vault;
}

static size_t passphrase_slots(const struct header *header)
{
	size_t n = 0;

	for (size_t i = 0; i < header->slots_count; i++)
		n += header->slots[i].type == SLOT_PASSPHRASE;
	return n;
}

uint64_t header_work(const struct header *header)
{
	uint64_t work = 0;

	for (size_t i = 0; i < header->slots_count; i++) {
		if (header->slots[i].type == SLOT_PASSPHRASE)
			work += header->slots[i].cost.memory * header->slots[i].cost.passes;
	}
	return work;
}

bool header_add(struct header *header, const struct slot *slot, struct error *err)
{
	if (header->slots_count >= SLOTS_MAX)
		return error_set(err, ERROR_FAILED, "a vault has at most %d slots", SLOTS_MAX);
	if (slot->type == SLOT_PASSPHRASE && passphrase_slots(header) >= SLOTS_PASSPHRASE_MAX)
		return error_set(err, ERROR_FAILED, "a vault has at most %d passphrases",
				 SLOTS_PASSPHRASE_MAX);
	header->slots[header->slots_count++] = *slot;
	if (header_work(header) <= KDF_TOTAL_MAX)
		return true;
	header->slots_count--;
	return error_set(err, ERROR_FAILED,
			 "the passphrases of a vault may not cost more together: a wrong one "
			 "is tried on each");
}

bool header_check_slots(const struct header *header, struct error *err)
{
	size_t n = header->slots_count;

	if (n < 1 || n > SLOTS_MAX || passphrase_slots(header) > SLOTS_PASSPHRASE_MAX)
		return box_tampered("header", err);
	for (size_t i = 0; i < n; i++) {
		if (!slot_check(&header->slots[i], err))
			return false;
		for (size_t j = 0; j < i; j++) {
			if (memcmp(header->slots[i].id, header->slots[j].id, SEAL_ID_BYTES) == 0)
				return box_tampered("header", err);
		}
	}
	if (header_work(header) <= KDF_TOTAL_MAX)
		return true;
	error_set(err, ERROR_TAMPERED,
		  "the passphrase slots together ask for a cost outside the bounds, so nothing was "
		  "derived");
	return error_detail(err, "48 GiB of memory times passes are accepted in all");
}

void header_describe_slots(const struct header *header, char *out, size_t size)
{
	char when[TEXT_TIME_BYTES];
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < header->slots_count && at < size; i++) {
		const struct slot *slot = &header->slots[i];
		int n;

		text_format_time((int64_t)(slot->created & INT64_MAX), when);
		if (slot->type == SLOT_PASSPHRASE && slot->created > 0)
			n = snprintf(out + at, size - at, "%s%s (%.*s)", i > 0 ? ", " : "",
				     slot_name(slot), DATE_CHARS, when);
		else
			n = snprintf(out + at, size - at, "%s%s", i > 0 ? ", " : "",
				     slot_name(slot));
		at += n > 0 ? (size_t)n : 0;
	}
}

static bool append_slot(const struct slot *slot, struct buf *out, struct error *err)
{
	struct pae_u64 type = pae_u64(slot->type), kdf = pae_u64(slot->kdf),
		       passes = pae_u64(slot->cost.passes), memory = pae_u64(slot->cost.memory),
		       created = pae_u64(slot->created);
	struct pae_item items[SLOT_ITEMS] = {PAE_ARRAY(slot->id),
					     PAE_U64(type),
					     PAE_U64(kdf),
					     PAE_U64(passes),
					     PAE_U64(memory),
					     PAE_ARRAY(slot->salt),
					     PAE_U64(created),
					     PAE_ARRAY(slot->recipient),
					     PAE_ARRAY(slot->ephemeral),
					     PAE_ARRAY(slot->commitment),
					     PAE_ARRAY(slot->nonce),
					     PAE_ARRAY(slot->wrapped)};

	return pae_append(out, items, SLOT_ITEMS, err);
}

/* The bytes that the MAC covers: all fields but the MAC. */
static bool append_body(const struct header *header, struct buf *out, struct error *err)
{
	struct pae_u64 format = pae_u64(header->format), min_reader = pae_u64(header->min_reader),
		       epoch = pae_u64(header->epoch), created = pae_u64(header->created);
	struct buf slots[SLOTS_MAX];
	struct pae_item items[FIXED_ITEMS + SLOTS_MAX] = {
	    {domain, sizeof(domain) - 1}, PAE_U64(format), PAE_U64(min_reader),
	    PAE_ARRAY(header->vault_id),  PAE_U64(epoch),  PAE_U64(created),
	    PAE_ARRAY(header->commitment)};
	bool ok = false;

	for (size_t i = 0; i < SLOTS_MAX; i++)
		slots[i] = BUF_INIT(SLOT_BYTES_MAX);
	for (size_t i = 0; i < header->slots_count; i++) {
		if (!append_slot(&header->slots[i], &slots[i], err))
			goto out;
		items[FIXED_ITEMS + i] = (struct pae_item){slots[i].data, slots[i].len};
	}
	ok = pae_append(out, items, FIXED_ITEMS + header->slots_count, err);
out:
	for (size_t i = 0; i < SLOTS_MAX; i++)
		buf_clear(&slots[i]);
	return ok;
}

static bool compute_mac(const struct header *header, const struct secret *vault_key,
			unsigned char out[static SEAL_DIGEST_BYTES], struct error *err)
{
	struct secret key = SECRET_EMPTY;
	struct buf body = BUF_INIT(HEADER_BYTES_MAX);
	struct hash hash;
	bool ok = false;

	if (!append_body(header, &body, err) || !keys_derive_header(vault_key, &key, err))
		goto out;
	hash_begin(&hash, key.data, "cv.header.v1", SEAL_DIGEST_BYTES);
	hash_add(&hash, body.data, body.len);
	hash_end(&hash, out);
	ok = true;
out:
	secret_clear(&key);
	buf_clear(&body);
	return ok;
}

bool header_encode(struct header *header, const struct secret *vault_key, struct buf *out,
		   struct error *err)
{
	return header_check_slots(header, err) &&
	       compute_mac(header, vault_key, header->mac, err) && append_body(header, out, err) &&
	       buf_append(out, header->mac, sizeof(header->mac), err);
}

static bool take(const struct pae_item *item, void *out, size_t len)
{
	if (item->len != len)
		return false;
	memcpy(out, item->data, len);
	return true;
}

static bool take_u64(const struct pae_item *item, uint64_t *out)
{
	if (item->len != PAE_U64_BYTES)
		return false;
	*out = pae_read_u64(item->data);
	return true;
}

static bool decode_slot(const struct pae_item *item, struct slot *slot, struct error *err)
{
	struct pae_item f[SLOT_ITEMS];
	size_t n = 0;

	if (!pae_split(item, "header", f, SLOT_ITEMS, &n, err))
		return false;
	if (n != SLOT_ITEMS || !take(&f[0], slot->id, sizeof(slot->id)) ||
	    !take_u64(&f[1], &slot->type) || !take_u64(&f[2], &slot->kdf) ||
	    !take_u64(&f[3], &slot->cost.passes) || !take_u64(&f[4], &slot->cost.memory) ||
	    !take(&f[5], slot->salt, sizeof(slot->salt)) || !take_u64(&f[6], &slot->created) ||
	    !take(&f[7], slot->recipient, sizeof(slot->recipient)) ||
	    !take(&f[8], slot->ephemeral, sizeof(slot->ephemeral)) ||
	    !take(&f[9], slot->commitment, sizeof(slot->commitment)) ||
	    !take(&f[10], slot->nonce, sizeof(slot->nonce)) ||
	    !take(&f[11], slot->wrapped, sizeof(slot->wrapped)))
		return box_tampered("header", err);
	return true;
}

/* Reads only the first two numbers of a credvault header: a newer format may differ after them. */
static bool is_newer(const unsigned char *data, size_t len)
{
	const size_t first = PAE_LENGTH_BYTES + PAE_LENGTH_BYTES + sizeof(domain) - 1;
	const size_t number = PAE_LENGTH_BYTES + PAE_U64_BYTES;
	const unsigned char *min_reader = data + first + number;

	if (len < first + 2 * number ||
	    pae_read_u32(data + PAE_LENGTH_BYTES) != sizeof(domain) - 1 ||
	    memcmp(data + 2 * (size_t)PAE_LENGTH_BYTES, domain, sizeof(domain) - 1) != 0 ||
	    pae_read_u32(data + first) != PAE_U64_BYTES ||
	    pae_read_u32(min_reader) != PAE_U64_BYTES)
		return false;
	return pae_read_u64(min_reader + PAE_LENGTH_BYTES) > HEADER_FORMAT;
}

bool header_decode(const void *data, size_t len, struct header *out, struct error *err)
{
	struct pae_item f[FIXED_ITEMS + SLOTS_MAX];
	struct header header = {0};
	size_t n = 0, body;

	memset(out, 0, sizeof(*out));
	if (len <= SEAL_DIGEST_BYTES || len > HEADER_BYTES_MAX)
		return box_tampered("header", err);
	if (is_newer(data, len)) {
		/*
		 * The format number is read before any MAC is checked, so a forged number looks
		 * like a later format.
		 */
		error_set(err, ERROR_TAMPERED,
			  "the vault was made by a newer credvault, or its header was changed");
		return error_hint(err, "install the version that made it, or a later one");
	}
	body = len - SEAL_DIGEST_BYTES;
	if (!pae_split(&(struct pae_item){data, body}, "header", f, FIXED_ITEMS + SLOTS_MAX, &n,
		       err))
		return false;
	if (n < FIXED_ITEMS || f[0].len != sizeof(domain) - 1 ||
	    memcmp(f[0].data, domain, sizeof(domain) - 1) != 0 ||
	    !take_u64(&f[1], &header.format) || !take_u64(&f[2], &header.min_reader) ||
	    header.format < HEADER_FORMAT || header.min_reader != HEADER_FORMAT ||
	    !take(&f[3], header.vault_id, sizeof(header.vault_id)) ||
	    !take_u64(&f[4], &header.epoch) || !take_u64(&f[5], &header.created) ||
	    !take(&f[6], header.commitment, sizeof(header.commitment)))
		return box_tampered("header", err);
	header.slots_count = n - FIXED_ITEMS;
	for (size_t i = 0; i < header.slots_count; i++) {
		if (!decode_slot(&f[FIXED_ITEMS + i], &header.slots[i], err))
			return false;
	}
	if (!header_check_slots(&header, err))
		return false;
	memcpy(header.mac, (const unsigned char *)data + body, SEAL_DIGEST_BYTES);
	*out = header;
	return true;
}

bool header_verify(const struct header *header, const struct secret *vault_key, struct error *err)
{
	unsigned char digest[SEAL_DIGEST_BYTES] = {0};

	if (vault_key->len != SEAL_KEY_BYTES)
		return error_set(err, ERROR_FAILED, "a vault key has %d bytes", SEAL_KEY_BYTES);
	keys_commit(vault_key, header->vault_id, header->epoch, digest);
	if (!secret_equal(digest, header->commitment, sizeof(digest)))
		return box_tampered("header", err);
	if (!compute_mac(header, vault_key, digest, err))
		return false;
	if (!secret_equal(digest, header->mac, sizeof(digest)))
		return box_tampered("header", err);
	return true;
}

void header_digest(const void *data, size_t len, unsigned char out[static SEAL_DIGEST_BYTES])
{
	struct pae_item items[] = {PAE_TEXT("credvault/header-digest/v1"), {data, len}};

	hash_pae(NULL, "cv.hdr.digest.v1", items, 2, out);
}
