/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/rotation_record.h"

#include "vault/seal/box.h"
#include "vault/seal/tlv.h"

#include <string.h>

#define REQUIRED(tag_, kind_, member_) \
	TLV_FIELD(tag_, kind_, TLV_REQUIRED, struct rotation_record, member_)
#define OPTIONAL(tag_, kind_, member_) \
	TLV_FIELD(tag_, kind_, TLV_OPTIONAL, struct rotation_record, member_)

/* The format fixes the tags: they are never reused, never renumbered (docs/format.md). */
static const struct tlv_field fields[] = {
    REQUIRED(TLV_TAG_NAME, TLV_TEXT, name),
    REQUIRED(2, TLV_U64, step),
    REQUIRED(3, TLV_TEXT, key_name),
    OPTIONAL(4, TLV_TEXT, user_name),
    REQUIRED(5, TLV_TEXT, arn),
    OPTIONAL(6, TLV_TEXT, region),
    OPTIONAL(7, TLV_TEXT, endpoint),
    REQUIRED(8, TLV_TEXT, seen),
    OPTIONAL(9, TLV_TEXT, new_access_key_id),
    TLV_FIELD_MAX(10, TLV_SECRET, TLV_OPTIONAL, struct rotation_record, secret,
		  ACCESS_KEY_SECRET_MAX),
    OPTIONAL(11, TLV_TIME, new_created_at),
    OPTIONAL(12, TLV_TIME, old_created_at),
    OPTIONAL(13, TLV_TIME, old_rotated_at),
    REQUIRED(14, TLV_U64, retire),
    OPTIONAL(15, TLV_TIME, idle_s),
    REQUIRED(16, TLV_TIME, grace_s),
    REQUIRED(17, TLV_TIME, begun_at),
    OPTIONAL(18, TLV_TIME, promoted_at),
    OPTIONAL(19, TLV_TIME, off_at),
    REQUIRED(20, TLV_BYTES, recovery),
    OPTIONAL(21, TLV_TEXT, hooks),
    OPTIONAL(22, TLV_U64, hooks_done),
};
static const struct tlv_form form = TLV_FORM("a rotation", fields);

void rotation_record_init(struct rotation_record *rotation)
{
	*rotation = (struct rotation_record){.secret = SECRET_EMPTY};
}

void rotation_record_clear(struct rotation_record *rotation)
{
	secret_clear(&rotation->secret);
	secret_wipe(rotation, sizeof(*rotation));
	rotation_record_init(rotation);
}

/*
 * While the new key exists, the record names it and holds the secret of the key that is not
 * current.
 */
static bool is_sound(const struct rotation_record *rotation)
{
	bool made = rotation->step != ROTATION_INTENDED && rotation->step != ROTATION_ABORTING;
	bool named = rotation->new_access_key_id[0] != '\0';

	return rotation->step >= ROTATION_INTENDED && rotation->step <= ROTATION_ABORTING &&
	       rotation->retire >= ROTATION_DEACTIVATE && rotation->retire <= ROTATION_WHEN_IDLE &&
	       (rotation->retire == ROTATION_WHEN_IDLE) == (rotation->idle_s > 0) &&
	       (!made || named) && named == (rotation->secret.len > 0);
}

bool rotation_record_encode(const struct rotation_record *rotation, struct buf *out,
			    struct error *err)
{
	if (!is_sound(rotation))
		return error_set(err, ERROR_FAILED, "a rotation that makes no sense");
	return tlv_encode(&form, rotation, out, err);
}

bool rotation_record_decode(const void *data, size_t len, struct rotation_record *rotation,
			    struct error *err)
{
	bool ok;

	rotation_record_clear(rotation);
	ok = tlv_decode(&form, data, len, rotation, err);
	if (ok && !is_sound(rotation))
		ok = box_tampered("a rotation's fields", err);
	if (!ok)
		rotation_record_clear(rotation);
	return ok;
}

const char *rotation_record_step_name(uint64_t step)
{
#define STEP_WORD(symbol, number, word, doing) [number] = (word),
	static const char *const names[] = {ROTATION_STEPS(STEP_WORD)};
#undef STEP_WORD

	return step >= ROTATION_INTENDED && step <= ROTATION_ABORTING ? names[step] : "?";
}

bool rotation_record_has_seen(const struct rotation_record *rotation, const char *access_key_id)
{
	size_t n = strlen(access_key_id);

	for (const char *at = rotation->seen; *at;) {
		size_t len = strcspn(at, " ");

		if (len == n && memcmp(at, access_key_id, n) == 0)
			return true;
		at += len + (at[len] == ' ');
	}
	return false;
}

int64_t rotation_record_delete_after(const struct rotation_record *rotation)
{
	return rotation->step == ROTATION_OFF ? rotation->off_at + rotation->grace_s : 0;
}
