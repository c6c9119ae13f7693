/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/mark.h"

#include "vault/base/secret.h"
#include "vault/base/text.h"
#include "vault/seal/hash.h"
#include "vault/seal/pae.h"

#include <assert.h>
#include <string.h>

static const char domain[] = "credvault/mark/v1";

enum {
	ITEMS = 11,
	BODY_BYTES = PAE_LENGTH_BYTES * (1 + ITEMS) + sizeof(domain) - 1 + SEAL_ID_BYTES +
		     5 * PAE_U64_BYTES + 4 * SEAL_DIGEST_BYTES,
	MAC_AT = BODY_BYTES,
	ZEROS_AT = MAC_AT + SEAL_DIGEST_BYTES
};
_Static_assert((int)ZEROS_AT <= (int)MARK_DIGEST_AT, "a mark fits its slot");

struct mark mark_of(const struct manifest *manifest, uint64_t epoch,
		    const unsigned char commitment[static SEAL_DIGEST_BYTES])
{
	struct mark mark = {.generation = manifest->generation,
			    .epoch = epoch,
			    .log_count = manifest->log_count,
			    .updated_at = manifest->updated_at};

	memcpy(mark.commitment, commitment, sizeof(mark.commitment));
	memcpy(mark.root, manifest->root, sizeof(mark.root));
	memcpy(mark.log_head, manifest->log_head, sizeof(mark.log_head));
	memcpy(mark.header_digest, manifest->header_digest, sizeof(mark.header_digest));
	return mark;
}

bool mark_same(const struct mark *a, const struct mark *b)
{
	return a->generation == b->generation && a->epoch == b->epoch &&
	       a->log_count == b->log_count && a->updated_at == b->updated_at &&
	       memcmp(a->commitment, b->commitment, sizeof(a->commitment)) == 0 &&
	       memcmp(a->root, b->root, sizeof(a->root)) == 0 &&
	       memcmp(a->log_head, b->log_head, sizeof(a->log_head)) == 0 &&
	       memcmp(a->header_digest, b->header_digest, sizeof(a->header_digest)) == 0;
}

void mark_fingerprint(const struct mark *mark, char out[static MARK_FINGERPRINT_BYTES])
{
	const struct pae_u64 generation = pae_u64(mark->generation);
	const struct pae_item items[] = {PAE_TEXT("credvault/fingerprint/v1"), PAE_U64(generation),
					 PAE_ARRAY(mark->root), PAE_ARRAY(mark->log_head)};
	unsigned char digest[SEAL_DIGEST_BYTES];

	hash_pae(NULL, "cv.fingerprint.1", items, 4, digest);
	for (int i = 0; i < MARK_FINGERPRINT_GROUPS; i++) {
		text_hex(digest + 2 * i, 2, out + 5 * i);
		out[5 * i + 4] = i + 1 < MARK_FINGERPRINT_GROUPS ? ' ' : '\0';
	}
}

static bool have_key(const struct keys *keys, struct error *err)
{
	if (keys_have(keys, KEY_MARK))
		return true;
	return error_set(err, ERROR_LOCKED, "the vault is locked");
}

static void mac_of(const struct keys *keys, const unsigned char *body,
		   unsigned char out[static SEAL_DIGEST_BYTES])
{
	struct hash hash;

	hash_begin(&hash, keys->at[KEY_MARK].data, "cv.mark.v1", SEAL_DIGEST_BYTES);
	hash_add(&hash, body, BODY_BYTES);
	hash_end(&hash, out);
}

/*
 * The digest needs no key, so that a torn slot is told apart from a slot of another vault or key.
 */
static void digest_of(const unsigned char *slot, unsigned char out[static SEAL_DIGEST_BYTES])
{
	struct pae_item items[] = {PAE_TEXT("credvault/mark-digest/v1"), {slot, MARK_DIGEST_AT}};

	hash_pae(NULL, "cv.mark.sum.v1", items, 2, out);
}

bool mark_encode(const struct keys *keys, const unsigned char vault_id[static SEAL_ID_BYTES],
		 const struct mark *mark, unsigned char out[static MARK_BYTES], struct error *err)
{
	struct pae_u64 sequence = pae_u64(mark->sequence), generation = pae_u64(mark->generation),
		       epoch = pae_u64(mark->epoch), log_count = pae_u64(mark->log_count),
		       updated_at = pae_u64((uint64_t)mark->updated_at);
	struct pae_item items[ITEMS] = {{domain, sizeof(domain) - 1},
					PAE_ID(vault_id),
					PAE_U64(sequence),
					PAE_U64(generation),
					PAE_U64(epoch),
					PAE_ARRAY(mark->commitment),
					PAE_ARRAY(mark->root),
					PAE_U64(log_count),
					PAE_ARRAY(mark->log_head),
					PAE_ARRAY(mark->header_digest),
					PAE_U64(updated_at)};
	struct buf body = BUF_INIT(MARK_BYTES);
	bool ok = false;

	if (!have_key(keys, err))
		return false;
	if (mark->sequence < 1 || mark->sequence > MARK_SEQUENCE_MAX || mark->generation < 1 ||
	    mark->epoch < 1 || mark->updated_at < 0)
		return error_set(err, ERROR_FAILED, "not a mark that can be written");
	if (!pae_append(&body, items, ITEMS, err))
		goto out;
	assert(body.len == BODY_BYTES);
	memset(out, 0, MARK_BYTES);
	memcpy(out, body.data, BODY_BYTES);
	mac_of(keys, out, out + MAC_AT);
	digest_of(out, out + MARK_DIGEST_AT);
	ok = true;
out:
	buf_clear(&body);
	return ok;
}

static bool take_number(const struct pae_item *item, uint64_t lowest, uint64_t highest,
			uint64_t *out)
{
	if (item->len != PAE_U64_BYTES)
		return false;
	*out = pae_read_u64(item->data);
	return *out >= lowest && *out <= highest;
}

static bool take_digest(const struct pae_item *item, unsigned char out[static SEAL_DIGEST_BYTES])
{
	if (item->len != SEAL_DIGEST_BYTES)
		return false;
	memcpy(out, item->data, SEAL_DIGEST_BYTES);
	return true;
}

static bool read_body(const unsigned char *bytes, unsigned char id[static SEAL_ID_BYTES],
		      struct mark *mark)
{
	struct pae_item items[ITEMS];
	struct error ignored;
	uint64_t time;
	size_t count;

	if (!pae_split(&(struct pae_item){bytes, BODY_BYTES}, "mark", items, ITEMS, &count,
		       &ignored) ||
	    count != ITEMS || items[0].len != sizeof(domain) - 1 ||
	    memcmp(items[0].data, domain, sizeof(domain) - 1) != 0 || items[1].len != SEAL_ID_BYTES)
		return false;
	memcpy(id, items[1].data, SEAL_ID_BYTES);
	if (!take_number(&items[2], 1, MARK_SEQUENCE_MAX, &mark->sequence) ||
	    !take_number(&items[3], 1, UINT64_MAX, &mark->generation) ||
	    !take_number(&items[4], 1, UINT64_MAX, &mark->epoch) ||
	    !take_digest(&items[5], mark->commitment) || !take_digest(&items[6], mark->root) ||
	    !take_number(&items[7], 0, UINT64_MAX, &mark->log_count) ||
	    !take_digest(&items[8], mark->log_head) ||
	    !take_digest(&items[9], mark->header_digest) ||
	    !take_number(&items[10], 0, INT64_MAX, &time))
		return false;
	mark->updated_at = (int64_t)time;
	return true;
}

static bool all_zero(const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] != 0)
			return false;
	}
	return true;
}

bool mark_decode(const struct keys *keys, const unsigned char vault_id[static SEAL_ID_BYTES],
		 const unsigned char bytes[static MARK_BYTES], struct mark_slot *out,
		 struct error *err)
{
	unsigned char expected[SEAL_DIGEST_BYTES], id[SEAL_ID_BYTES];
	struct mark mark = {.sequence = 0};

	*out = (struct mark_slot){.state = MARK_NONE};
	if (!have_key(keys, err))
		return false;
	digest_of(bytes, expected);
	if (memcmp(expected, bytes + MARK_DIGEST_AT, sizeof(expected)) != 0 ||
	    !all_zero(bytes + ZEROS_AT, MARK_DIGEST_AT - ZEROS_AT) || !read_body(bytes, id, &mark))
		return true;
	out->mark = mark;
	memcpy(out->digest, expected, sizeof(out->digest));
	mac_of(keys, bytes, expected);
	out->state = secret_equal(expected, bytes + MAC_AT, sizeof(expected)) &&
			     memcmp(id, vault_id, sizeof(id)) == 0
			 ? MARK_OURS
			 : MARK_FOREIGN;
	return true;
}

int mark_newest(const struct mark_slot slots[static MARK_SLOTS])
{
	int newest = -1;

	for (int i = 0; i < MARK_SLOTS; i++) {
		if (slots[i].state != MARK_NONE &&
		    (newest < 0 || slots[i].mark.sequence > slots[newest].mark.sequence))
			newest = i;
	}
	return newest >= 0 && slots[newest].state == MARK_OURS ? newest : -1;
}

int mark_before(const struct mark_slot slots[static MARK_SLOTS], const struct mark *vault,
		const unsigned char sealed_digest[static SEAL_DIGEST_BYTES])
{
	int before = -1;

	for (int i = 0; i < MARK_SLOTS; i++) {
		if (slots[i].state == MARK_NONE)
			continue;
		if (slots[i].state == MARK_OURS || slots[i].mark.epoch >= vault->epoch ||
		    slots[i].mark.generation >= vault->generation)
			return -1;
		if (memcmp(slots[i].digest, sealed_digest, SEAL_DIGEST_BYTES) == 0)
			before = i;
	}
	return before;
}
