/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/seal/box.h"
#include "vault/seal/record/manifest.h"

#include <string.h>

/* Plaintext that somebody with the key has sealed as the manifest. */
void fuzz_manifest(const uint8_t *data, size_t size)
{
	const struct pae_u64 epoch = pae_u64(fuzz_seal.epoch);
	const struct pae_item ad[] = {PAE_TEXT("credvault/manifest/v1"), PAE_ID(fuzz_seal.vault_id),
				      PAE_U64(epoch)};
	const struct box box = {.key = fuzz_keys.at[KEY_MANIFEST].data, .ad = ad, .ad_count = 3};
	struct buf sealed = BUF_INIT(16384), again = BUF_INIT(MANIFEST_SEALED_MAX);
	unsigned char nonce[SEAL_NONCE_BYTES];
	struct manifest first, second;
	struct error err = ERROR_INIT;

	if (box_seal_padded(&box, data, size, nonce, &sealed, &err) &&
	    manifest_open(&fuzz_seal, nonce, sealed.data, sealed.len, &first, &err)) {
		FUZZ_HOLDS(manifest_seal(&fuzz_seal, &first, nonce, &again, &err));
		FUZZ_HOLDS(manifest_open(&fuzz_seal, nonce, again.data, again.len, &second, &err));
		FUZZ_HOLDS(memcmp(&first, &second, sizeof(first)) == 0);
	}
	buf_clear(&sealed);
	buf_clear(&again);
}
