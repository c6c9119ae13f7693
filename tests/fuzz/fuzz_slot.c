/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include "vault/base/secret.h"
#include "vault/seal/header/slot.h"

#include <string.h>

/*
 * A slot with each byte as somebody else wrote it, tried with a key file's key. It is refused, or
 * it does not fit, or it is the slot that this program made.
 */
void fuzz_slot(const uint8_t *data, size_t size)
{
	static const unsigned char bytes[SEAL_KEY_BYTES] = {9};
	struct slot_vault vault = {.epoch = 1};
	const struct slot_wrapping wrapping = {
	    .vault = &vault, .vault_key = &fuzz_vault_key, .created = 1};
	struct secret private = SECRET_EMPTY, opened = SECRET_EMPTY;
	struct error err = ERROR_INIT;
	struct slot made, slot;
	bool fits = false;

	FUZZ_HOLDS(secret_set(&private, bytes, sizeof(bytes), &err));
	FUZZ_HOLDS(slot_seal_private(&wrapping, SLOT_KEY_FILE, &private, &made, &err));
	slot = made;
	for (size_t i = 0; i < size; i++)
		((unsigned char *)&slot)[i % sizeof(slot)] ^= data[i];
	if (slot_check(&slot, &err) && slot.type != SLOT_PASSPHRASE &&
	    slot_open_private(&vault, &slot, &private, &fits, &opened, &err) && fits)
		FUZZ_HOLDS(memcmp(&slot, &made, sizeof(slot)) == 0);
	else
		FUZZ_HOLDS(opened.len == 0);
	FUZZ_HOLDS(slot_name(&slot)[0]);
	secret_clear(&private);
	secret_clear(&opened);
}
