/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/seal/hash.h"
#include "vault/seal/pae.h"
#include "vault/seal/record/mark.h"

#include <string.h>

/* The MAC stands behind eleven items of a fixed length, as docs/format.md has them. */
enum { MAC_AT = 4 * (1 + 11) + 17 + SEAL_ID_BYTES + 5 * 8 + 4 * SEAL_DIGEST_BYTES };

/* A slot as it is, with a right digest, and with a right MAC too: only the last one is ours. */
void fuzz_mark(const uint8_t *data, size_t size)
{
	const struct pae_item items[] = {PAE_TEXT("credvault/mark-digest/v1"),
					 {NULL, MARK_DIGEST_AT}};
	unsigned char slot[MARK_BYTES] = {0}, again[MARK_BYTES];
	struct pae_item sum[2] = {items[0], {slot, MARK_DIGEST_AT}};
	struct mark_slot slots[MARK_SLOTS] = {{.state = MARK_NONE}};
	struct error err = ERROR_INIT;
	struct hash hash;

	memcpy(slot, data, size < sizeof(slot) ? size : sizeof(slot));
	FUZZ_HOLDS(mark_decode(&fuzz_keys, fuzz_seal.vault_id, slot, &slots[0], &err));
	hash_pae(NULL, "cv.mark.sum.v1", sum, 2, slot + MARK_DIGEST_AT);
	FUZZ_HOLDS(mark_decode(&fuzz_keys, fuzz_seal.vault_id, slot, &slots[0], &err));
	hash_begin(&hash, fuzz_keys.at[KEY_MARK].data, "cv.mark.v1", SEAL_DIGEST_BYTES);
	hash_add(&hash, slot, MAC_AT);
	hash_end(&hash, slot + MAC_AT);
	hash_pae(NULL, "cv.mark.sum.v1", sum, 2, slot + MARK_DIGEST_AT);
	FUZZ_HOLDS(mark_decode(&fuzz_keys, fuzz_seal.vault_id, slot, &slots[1], &err));
	if (slots[1].state == MARK_OURS) {
		FUZZ_HOLDS(
		    mark_encode(&fuzz_keys, fuzz_seal.vault_id, &slots[1].mark, again, &err));
		FUZZ_HOLDS(memcmp(slot, again, sizeof(slot)) == 0);
	}
	FUZZ_HOLDS(mark_newest(slots) < MARK_SLOTS);
}
