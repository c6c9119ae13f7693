/* SPDX-License-Identifier: MIT */
#include "vault/wire/tables/msg_key.h"

#include "vault/base/text.h"
#include "vault/format/arn.h"

enum { ARN_BYTES = 1024, USER_MAX = 64, DAYS_MAX = 1000000, STEP_MAX = 16, ENDPOINT_MAX = 255 };

static const struct field name_fields[] = {
    FIELD("name", TEXT, NEEDED, struct msg_name, name, .max = TEXT_NAME_MAX, .valid = text_is_name),
};
const struct fields msg_name = FIELDS(name_fields);

#define K	 struct msg_key
#define DAYS(m_) FIELD(#m_, NUMBER, NULLABLE, K, m_, FIELD_RANGE(0, DAYS_MAX), .none = -1)

/* `list` has the first of these fields, `show` has all. */
static const struct field key_fields[] = {
    FIELD("name", TEXT, NEEDED, K, name, .max = TEXT_NAME_MAX),
    FIELD("access_key_id", TEXT, NEEDED, K, access_key_id, .max = ARN_ACCESS_KEY_ID_MAX),
    FIELD("account_id", TEXT, NULLABLE, K, account_id, .max = ARN_ACCOUNT_BYTES),
    FIELD("user_name", TEXT, NULLABLE, K, user_name, .max = USER_MAX),
    FIELD("arn", TEXT, NULLABLE, K, arn, .max = ARN_BYTES),
    FIELD("root", FLAG, ALWAYS, K, root),
    FIELD("region", TEXT, NULLABLE, K, region, .max = MSG_REGION_MAX),
    FIELD("mfa_serial", TEXT, NULLABLE, K, mfa_serial, .max = ARN_MFA_SERIAL_MAX),
    FIELD("mfa_required", FLAG, ALWAYS, K, mfa_required),
    FIELD("created_at", TIME, NULLABLE, K, created_at),
    FIELD("rotated_at", TIME, NULLABLE, K, rotated_at),
    DAYS(age_days),
    DAYS(max_age_days),
    FIELD("due_at", TIME, NULLABLE, K, due_at),
    FIELD("due", FLAG, ALWAYS, K, due),
    FIELD("overdue", FLAG, ALWAYS, K, overdue),
    FIELD("retire", WORD, NULLABLE, K, retire, FIELD_WORDS(msg_retire_words)),
    FIELD("idle_s", NUMBER, NULLABLE, K, idle_s, FIELD_RANGE(0, MSG_DELAY_MAX_S)),
    FIELD("hooks", RAW, ALWAYS, K, hooks),
    FIELD("last_emitted_at", TIME, NULLABLE, K, last_emitted_at),
    FIELD("session_expires_at", TIME, NULLABLE, K, session_expires_at),
    FIELD("rotating", TEXT, NULLABLE, K, rotating, .max = STEP_MAX),
    FIELD("note", TEXT, NULLABLE, K, note, .max = MSG_NOTE_MAX),
    FIELD("endpoint", TEXT, NULLABLE, K, endpoint, .max = ENDPOINT_MAX),
};
enum { SHOWN_ALONE = 2 };
const struct fields msg_key = {key_fields, sizeof(key_fields) / sizeof(*key_fields) - SHOWN_ALONE};
const struct fields msg_key_whole = FIELDS(key_fields);

static const struct field revealed_fields[] = {
    FIELD("name", TEXT, NEEDED, struct msg_revealed, name, .max = TEXT_NAME_MAX),
    FIELD("access_key_id", TEXT, NEEDED, struct msg_revealed, access_key_id,
	  .max = ARN_ACCESS_KEY_ID_MAX),
    FIELD("secret_access_key", SECRET, NEEDED, struct msg_revealed, secret_access_key,
	  .max = ARN_SECRET_MAX),
};
const struct fields msg_revealed = FIELDS(revealed_fields);

static const struct field rename_fields[] = {
    FIELD("name", TEXT, NEEDED, struct msg_rename, name, .max = TEXT_NAME_MAX,
	  .valid = text_is_name),
    FIELD("new_name", TEXT, NEEDED, struct msg_rename, new_name, .max = TEXT_NAME_MAX,
	  .valid = text_is_name),
};
const struct fields msg_rename = FIELDS(rename_fields);

static const struct field renamed_fields[] = {
    FIELD("name", TEXT, NEEDED, struct msg_renamed, name, .max = TEXT_NAME_MAX),
    FIELD("old_name", TEXT, NEEDED, struct msg_renamed, old_name, .max = TEXT_NAME_MAX),
    FIELD("access_key_id", TEXT, NEEDED, struct msg_renamed, access_key_id,
	  .max = ARN_ACCESS_KEY_ID_MAX),
    FIELD("sessions", NUMBER, ALWAYS, struct msg_renamed, sessions, FIELD_RANGE(0, INT64_MAX)),
};
const struct fields msg_renamed = FIELDS(renamed_fields);

static const struct field count_fields[] = {
    FIELD("count", NUMBER, ALWAYS, struct msg_count, count, FIELD_RANGE(0, INT64_MAX)),
};
const struct fields msg_count = FIELDS(count_fields);
