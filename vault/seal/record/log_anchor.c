/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/log_anchor.h"

#include "vault/seal/box.h"
#include "vault/seal/tlv.h"

#include <string.h>

static const struct tlv_field fields[] = {
    TLV_FIELD(TLV_TAG_NAME, TLV_TEXT, TLV_REQUIRED, struct log_anchor, name),
    TLV_FIELD(2, TLV_U64, TLV_REQUIRED, struct log_anchor, parts),
    TLV_FIELD(3, TLV_U64, TLV_REQUIRED, struct log_anchor, first),
    TLV_FIELD(4, TLV_BYTES, TLV_REQUIRED, struct log_anchor, head),
    TLV_FIELD(5, TLV_U64, TLV_REQUIRED, struct log_anchor, count),
    TLV_FIELD(6, TLV_TIME, TLV_REQUIRED, struct log_anchor, pruned_at),
    TLV_FIELD(7, TLV_U64, TLV_REQUIRED, struct log_anchor, entry),
    TLV_FIELD(8, TLV_TIME, TLV_REQUIRED, struct log_anchor, until),
    TLV_FIELD(9, TLV_TEXT, TLV_OPTIONAL, struct log_anchor, uses),
    TLV_FIELD(10, TLV_TEXT, TLV_OPTIONAL, struct log_anchor, given),
};
static const struct tlv_form form = TLV_FORM("the anchor of the log", fields);

static bool log_anchor_is_sound(const struct log_anchor *anchor)
{
	return strcmp(anchor->name, LOG_ANCHOR_NAME) == 0 && anchor->parts > 0 &&
	       anchor->first > anchor->parts && anchor->count + 1 >= anchor->first &&
	       anchor->entry >= anchor->first;
}

bool log_anchor_encode(const struct log_anchor *anchor, struct buf *out, struct error *err)
{
	if (!log_anchor_is_sound(anchor))
		return error_set(err, ERROR_FAILED, "this anchor of the log cannot be stored");
	return tlv_encode(&form, anchor, out, err);
}

bool log_anchor_decode(const void *data, size_t len, struct log_anchor *anchor, struct error *err)
{
	bool ok;

	*anchor = (struct log_anchor){.parts = 0};
	ok = tlv_decode(&form, data, len, anchor, err);
	if (!ok && err->code == ERROR_NEWER)
		return false;
	if (ok && !log_anchor_is_sound(anchor))
		ok = box_tampered("the fields of the log's anchor", err);
	if (!ok)
		*anchor = (struct log_anchor){.parts = 0};
	return ok;
}
