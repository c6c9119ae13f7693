/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/usage.h"

#include "vault/base/text.h"
#include "vault/seal/tlv.h"

#include <string.h>

static const struct tlv_field fields[] = {
    TLV_FIELD(TLV_TAG_NAME, TLV_TEXT, TLV_REQUIRED, struct usage, name),
    TLV_FIELD(2, TLV_TIME, TLV_REQUIRED, struct usage, last_emitted_at),
};
static const struct tlv_form form = TLV_FORM("a last use", fields);

void usage_name(const unsigned char key_id[static SEAL_ID_BYTES], char out[static USAGE_NAME_BYTES])
{
	text_hex(key_id, SEAL_ID_BYTES, out);
}

bool usage_encode(const struct usage *usage, struct buf *out, struct error *err)
{
	return tlv_encode(&form, usage, out, err);
}

bool usage_decode(const void *data, size_t len, struct usage *usage, struct error *err)
{
	*usage = (struct usage){0};
	if (tlv_decode(&form, data, len, usage, err))
		return true;
	*usage = (struct usage){0};
	return false;
}
