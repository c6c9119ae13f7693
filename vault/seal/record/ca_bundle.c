/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/ca_bundle.h"

#include "vault/seal/box.h"
#include "vault/seal/tlv.h"

#include <string.h>

static const struct tlv_field fields[] = {
    TLV_FIELD(TLV_TAG_NAME, TLV_TEXT, TLV_REQUIRED, struct ca_bundle, name),
    TLV_FIELD(2, TLV_TEXT, TLV_REQUIRED, struct ca_bundle, path),
    TLV_FIELD_MAX(3, TLV_BUF, TLV_REQUIRED, struct ca_bundle, pem, PEM_AUTHORITIES_MAX),
};
static const struct tlv_form form = TLV_FORM("the authorities", fields);

static bool ca_bundle_is_sound(const struct ca_bundle *bundle)
{
	struct error unused;
	size_t count;

	return strcmp(bundle->name, CA_BUNDLE_NAME) == 0 && bundle->path[0] == '/' &&
	       pem_check("", &bundle->pem, &count, &unused);
}

bool ca_bundle_encode(const struct ca_bundle *bundle, struct buf *out, struct error *err)
{
	if (!ca_bundle_is_sound(bundle))
		return error_set(err, ERROR_FAILED, "these authorities cannot be stored");
	return tlv_encode(&form, bundle, out, err);
}

bool ca_bundle_decode(const void *data, size_t len, struct ca_bundle *bundle, struct error *err)
{
	bool ok;

	*bundle = (struct ca_bundle){.name = ""};
	ok = tlv_decode(&form, data, len, bundle, err);
	if (ok && !ca_bundle_is_sound(bundle))
		ok = box_tampered("the authorities' fields", err);
	if (!ok)
		ca_bundle_clear(bundle);
	return ok;
}

void ca_bundle_clear(struct ca_bundle *bundle)
{
	buf_clear(&bundle->pem);
	*bundle = CA_BUNDLE_EMPTY;
}
