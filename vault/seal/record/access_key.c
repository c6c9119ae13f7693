/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/access_key.h"

#include "vault/seal/box.h"
#include "vault/seal/record/rotation_terms.h"
#include "vault/seal/tlv.h"

#include <string.h>

#define REQUIRED(tag_, kind_, member_) \
	TLV_FIELD(tag_, kind_, TLV_REQUIRED, struct access_key, member_)
#define OPTIONAL(tag_, kind_, member_) \
	TLV_FIELD(tag_, kind_, TLV_OPTIONAL, struct access_key, member_)

/* The format fixes the tags: they are never reused, never renumbered (docs/format.md). */
static const struct tlv_field fields[] = {
    REQUIRED(TLV_TAG_NAME, TLV_TEXT, name),
    REQUIRED(2, TLV_TEXT, access_key_id),
    TLV_FIELD_MAX(3, TLV_SECRET, TLV_REQUIRED, struct access_key, secret, ACCESS_KEY_SECRET_MAX),
    OPTIONAL(4, TLV_TEXT, mfa_serial),
    REQUIRED(5, TLV_FLAG, mfa_required),
    OPTIONAL(6, TLV_TEXT, region),
    OPTIONAL(7, TLV_TEXT, account_id),
    OPTIONAL(8, TLV_TEXT, user_name),
    OPTIONAL(9, TLV_TEXT, arn),
    REQUIRED(10, TLV_U64, endpoint_class),
    OPTIONAL(11, TLV_TEXT, endpoint_host),
    OPTIONAL(12, TLV_TIME, created_at),
    OPTIONAL(13, TLV_TIME, added_at),
    OPTIONAL(14, TLV_TIME, rotated_at),
    OPTIONAL(15, TLV_TIME, max_age_s),
    OPTIONAL(16, TLV_TEXT, policy),
    OPTIONAL(17, TLV_TEXT, note),
    OPTIONAL(18, TLV_U64, retire),
    OPTIONAL(19, TLV_TIME, idle_s),
    OPTIONAL(20, TLV_TEXT, hooks),
    OPTIONAL(21, TLV_FLAG, ageless),
};
static const struct tlv_form form = TLV_FORM("an access key", fields);

void access_key_init(struct access_key *key)
{
	*key = (struct access_key){.secret = SECRET_EMPTY, .endpoint_class = ACCESS_KEY_AT_AWS};
}

void access_key_clear(struct access_key *key)
{
	secret_clear(&key->secret);
	secret_wipe(key, sizeof(*key));
	access_key_init(key);
}

static bool is_sound(const struct access_key *key)
{
	return text_is_name(key->name) && key->retire <= ROTATION_WHEN_IDLE &&
	       (key->retire == ROTATION_WHEN_IDLE) == (key->idle_s != 0) &&
	       !(key->ageless && key->max_age_s) && key->endpoint_class >= ACCESS_KEY_AT_AWS &&
	       key->endpoint_class <= ACCESS_KEY_AT_LOOPBACK &&
	       (key->endpoint_class == ACCESS_KEY_AT_HOST) == (key->endpoint_host[0] != '\0');
}

bool access_key_encode(const struct access_key *key, struct buf *out, struct error *err)
{
	if (!is_sound(key))
		return error_set(err, ERROR_FAILED,
				 "the key's name, endpoint or rotation cannot be stored");
	return tlv_encode(&form, key, out, err);
}

bool access_key_decode(const void *data, size_t len, struct access_key *key, struct error *err)
{
	bool ok;

	access_key_clear(key);
	ok = tlv_decode(&form, data, len, key, err);
	if (ok && !is_sound(key))
		ok = box_tampered("a key's fields", err);
	if (!ok)
		access_key_clear(key);
	return ok;
}
