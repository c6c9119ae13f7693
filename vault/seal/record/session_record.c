/* SPDX-License-Identifier: MIT */
#include "vault/seal/record/session_record.h"

#include "vault/seal/box.h"
#include "vault/seal/tlv.h"

#include <stdio.h>
#include <string.h>

#define REQUIRED(tag_, kind_, member_) \
	TLV_FIELD(tag_, kind_, TLV_REQUIRED, struct session_record, member_)
#define OPTIONAL(tag_, kind_, member_) \
	TLV_FIELD(tag_, kind_, TLV_OPTIONAL, struct session_record, member_)

static const struct tlv_field fields[] = {
    REQUIRED(TLV_TAG_NAME, TLV_TEXT, name),
    REQUIRED(2, TLV_BYTES, step),
    OPTIONAL(3, TLV_TEXT, profile),
    REQUIRED(4, TLV_TEXT, origin_name),
    REQUIRED(5, TLV_TEXT, access_key_id),
    TLV_FIELD_MAX(6, TLV_SECRET, TLV_REQUIRED, struct session_record, secret,
		  ACCESS_KEY_SECRET_MAX),
    TLV_FIELD_MAX(7, TLV_BUF, TLV_REQUIRED, struct session_record, token, SESSION_TOKEN_MAX),
    REQUIRED(8, TLV_TIME, expires_at),
    REQUIRED(9, TLV_FLAG, mfa),
    TLV_FIELD_DROPPED(10, TLV_TIME, TLV_RETIRED, sizeof(int64_t), "mfa_until"),
    OPTIONAL(11, TLV_TEXT, role_arn),
    OPTIONAL(12, TLV_TEXT, account_id),
    REQUIRED(13, TLV_TIME, minted_at),
    OPTIONAL(14, TLV_TEXT, origin_kind),
};
static const struct tlv_form form = TLV_FORM("a session", fields);

/* Tag 1, the name, is made from the step and written separately. */
struct name_only {
	char name[SESSION_NAME_BYTES];
};
static const struct tlv_field name_field[] = {
    TLV_FIELD(TLV_TAG_NAME, TLV_TEXT, TLV_REQUIRED, struct name_only, name)};
static const struct tlv_form name_form = TLV_FORM("a session", name_field);
static const struct tlv_form rest_form = {"a session", fields + 1,
					  sizeof(fields) / sizeof(fields[0]) - 1};

void session_record_init(struct session_record *session)
{
	*session = (struct session_record){.secret = SECRET_EMPTY,
					   .token = BUF_INIT(SESSION_TOKEN_MAX)};
}

void session_record_clear(struct session_record *session)
{
	secret_clear(&session->secret);
	buf_clear(&session->token);
	secret_wipe(session, sizeof(*session));
	session_record_init(session);
}

void session_record_name(const unsigned char step[static SEAL_DIGEST_BYTES],
			 char out[static SESSION_NAME_BYTES])
{
	text_hex(step, SEAL_DIGEST_BYTES, out);
}

bool session_record_encode(const struct session_record *session, struct buf *out, struct error *err)
{
	struct name_only first;

	session_record_name(session->step, first.name);
	return tlv_encode(&name_form, &first, out, err) &&
	       tlv_encode(&rest_form, session, out, err);
}

bool session_record_decode(const void *data, size_t len, struct session_record *session,
			   struct error *err)
{
	char name[SESSION_NAME_BYTES];
	bool ok;

	session_record_clear(session);
	ok = tlv_decode(&form, data, len, session, err);
	if (ok) {
		session_record_name(session->step, name);
		if (strcmp(name, session->name) != 0)
			ok = box_tampered("a session's fields", err);
	}
	if (!ok)
		session_record_clear(session);
	return ok;
}

bool session_record_rename(struct session_record *session, const char *key_name,
			   const char *new_name)
{
	if (session->origin_kind[0] || strcmp(session->origin_name, key_name) != 0)
		return false;
	(void)snprintf(session->origin_name, sizeof(session->origin_name), "%s", new_name);
	/* A role's profile stands in a file, and keeps its name. */
	if (!session->role_arn[0] && strcmp(session->profile, key_name) == 0)
		(void)snprintf(session->profile, sizeof(session->profile), "%s", new_name);
	return true;
}
