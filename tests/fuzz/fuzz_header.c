/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/seal/header/header.h"

#include <stdlib.h>
#include <string.h>

/* A header that was read is written as the same bytes; with a MAC of our own it opens as ours. */
void fuzz_header(const uint8_t *data, size_t size)
{
	struct buf again = BUF_INIT(HEADER_BYTES_MAX);
	struct error err = ERROR_INIT;
	struct header *header = malloc(sizeof(*header)), *second = malloc(sizeof(*header));
	char said[256];

	FUZZ_HOLDS(header && second);
	if (header_decode(data, size, header, &err)) {
		header_describe_slots(header, said, sizeof(said));
		FUZZ_HOLDS(strlen(said) < sizeof(said));
		FUZZ_HOLDS(header_work(header) <= KDF_TOTAL_MAX);
		(void)!header_verify(header, &fuzz_vault_key, &err);
		FUZZ_HOLDS(header_encode(header, &fuzz_vault_key, &again, &err));
		FUZZ_HOLDS(again.len == size &&
			   memcmp(again.data, data, size - SEAL_DIGEST_BYTES) == 0);
		FUZZ_HOLDS(header_decode(again.data, again.len, second, &err));
		keys_commit(&fuzz_vault_key, header->vault_id, header->epoch, second->commitment);
		buf_reset(&again);
		FUZZ_HOLDS(header_encode(second, &fuzz_vault_key, &again, &err));
		FUZZ_HOLDS(header_verify(second, &fuzz_vault_key, &err));
	}
	buf_clear(&again);
	free(header);
	free(second);
}
