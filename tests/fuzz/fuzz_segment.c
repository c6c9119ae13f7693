/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/audit/entry.h"
#include "vault/base/secret.h"
#include "vault/seal/record/chain.h"
#include "vault/store/log/segment_file.h"

#include <string.h>

/* One entry as its reader gets it who has the segment's keys. */
static void entry(const struct chain_place *place, const unsigned char *plain, size_t len)
{
	struct buf sealed = BUF_INIT(CHAIN_SEALED_MAX), opened = BUF_INIT(CHAIN_PLAIN_MAX + 1);
	unsigned char nonce[SEAL_NONCE_BYTES];
	struct audit_entry told;
	struct error err = ERROR_INIT;

	if (chain_seal(place, plain, len, nonce, &sealed, &err)) {
		FUZZ_HOLDS(chain_open(place, nonce, sealed.data, sealed.len, &opened, &err));
		FUZZ_HOLDS(opened.len == len && memcmp(opened.data, plain, len) == 0);
		(void)!audit_entry_decode(opened.data, opened.len, &told, &err);
	}
	buf_clear(&sealed);
	buf_clear(&opened);
}

/* A closed part of the log: as it is, and behind a right beginning; its entries, sealed anew. */
void fuzz_segment(const uint8_t *data, size_t size)
{
	const struct chain_segment segment = {.number = 1, .first = 1, .epoch = 1, .id = {7}};
	struct buf file = BUF_INIT(65536), opened = BUF_INIT(CHAIN_PLAIN_MAX + 1);
	const unsigned char *nonce, *sealed;
	struct segment_file_walk walk;
	struct error err = ERROR_INIT;
	struct chain_keys keys = {0};
	struct chain_place place = {
	    .keys = &keys, .vault_id = fuzz_seal.vault_id, .segment = 1, .number = 1};
	size_t len, sum = 0;

	FUZZ_HOLDS(chain_keys_new(&keys, &err));
	FUZZ_HOLDS(buf_append(&file, data, size, &err));
	FUZZ_HOLDS(!segment_file_begin(&walk, &file, fuzz_seal.vault_id, &segment, &err));
	buf_reset(&file);
	FUZZ_HOLDS(chain_file_begin(fuzz_seal.vault_id, &segment, &file, &err));
	FUZZ_HOLDS(buf_append(&file, data, size, &err));
	FUZZ_HOLDS(segment_file_begin(&walk, &file, fuzz_seal.vault_id, &segment, &err));
	for (; segment_file_next(&walk, &nonce, &sealed, &len); place.number++) {
		sum += len + SEAL_NONCE_BYTES;
		FUZZ_HOLDS(sum <= size && len <= CHAIN_SEALED_MAX);
		FUZZ_HOLDS(!chain_open(&place, nonce, sealed, len, &opened, &err));
		entry(&place, sealed, len);
	}
	chain_keys_clear(&keys);
	buf_clear(&file);
	buf_clear(&opened);
}
