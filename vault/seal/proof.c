/* SPDX-License-Identifier: MIT */
#include "vault/seal/proof.h"

#include "vault/seal/pae.h"

#include <sodium.h>

enum { PROOF_INPUT_MAX = 1048576 + 256 };

bool proof_make(const struct keys *keys, const unsigned char vault_id[static SEAL_ID_BYTES],
		const unsigned char nonce[static PROOF_NONCE_BYTES], const struct buf *frame,
		unsigned char out[static PROOF_BYTES], struct error *err)
{
	const struct pae_item items[] = {
	    PAE_TEXT("credvault/proof/v1"),
	    PAE_ID(vault_id),
	    {nonce, PROOF_NONCE_BYTES},
	    {frame->data, frame->len},
	};
	struct buf input = BUF_INIT(PROOF_INPUT_MAX);
	bool ok;

	if (!keys_have(keys, KEY_PROOF))
		return error_set(err, ERROR_LOCKED, "the key for proofs is not there");
	ok = pae_append(&input, items, sizeof(items) / sizeof(items[0]), err);
	if (ok)
		(void)crypto_generichash(out, PROOF_BYTES, (const unsigned char *)input.data,
					 input.len, keys->at[KEY_PROOF].data,
					 keys->at[KEY_PROOF].len);
	buf_clear(&input);
	return ok;
}
