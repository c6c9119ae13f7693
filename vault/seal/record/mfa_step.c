/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/mfa_step.h"

#include "vault/seal/hash.h"
#include "vault/seal/tlv.h"

#include <string.h>

static const struct tlv_field fields[] = {
    TLV_FIELD(TLV_TAG_NAME, TLV_TEXT, TLV_REQUIRED, struct mfa_step, name),
    TLV_FIELD(2, TLV_U64, TLV_REQUIRED, struct mfa_step, last_step),
    TLV_FIELD(3, TLV_BYTES, TLV_OPTIONAL, struct mfa_step, code_digest),
};
static const struct tlv_form form = TLV_FORM("an MFA device", fields);

bool mfa_step_digest(const struct keys *keys, const char *serial, const char *code,
		     unsigned char out[static SEAL_DIGEST_BYTES], struct error *err)
{
	struct pae_item items[] = {
	    PAE_TEXT("credvault/mfa-code/v1"), {serial, strlen(serial)}, {code, strlen(code)}};
	struct keys_pair pair = {0};

	if (!keys_of_sessions(keys, &pair, err))
		return false;
	hash_pae(pair.index, "cv.mfa.code.v1", items, 3, out);
	secret_wipe(&pair, sizeof(pair));
	return true;
}

bool mfa_step_encode(const struct mfa_step *step, struct buf *out, struct error *err)
{
	return tlv_encode(&form, step, out, err);
}

bool mfa_step_decode(const void *data, size_t len, struct mfa_step *step, struct error *err)
{
	*step = (struct mfa_step){0};
	if (tlv_decode(&form, data, len, step, err))
		return true;
	*step = (struct mfa_step){0};
	return false;
}
