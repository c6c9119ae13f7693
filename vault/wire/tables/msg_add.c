/* SPDX-License-Identifier: MIT */
#include "vault/wire/tables/msg_add.h"

#include "vault/base/text.h"
#include "vault/format/arn.h"
#include "vault/wire/tables/msg_retire.h"

enum { KIND_MAX = 16, CODE_MAX = 32, USER_MAX = 64 };

#define NAME(type_)                                                                           \
	FIELD("name", TEXT, NEEDED, type_, name, .max = TEXT_NAME_MAX, .valid = text_is_name, \
	      .refusal = "that is no name")
#define KEY_ID(type_)                                                                            \
	FIELD("access_key_id", TEXT, NEEDED, type_, access_key_id, .max = ARN_ACCESS_KEY_ID_MAX, \
	      .valid = arn_is_access_key_id, .refusal = "that is no access key id")
#define SECRET(type_) \
	FIELD("secret_access_key", TEXT, NEEDED, type_, secret_access_key, .max = ARN_SECRET_MAX)
#define SERIAL(type_, ...)                                                                \
	FIELD("mfa_serial", TEXT, OPTIONAL, type_, mfa_serial, .max = ARN_MFA_SERIAL_MAX, \
	      .valid = arn_is_code_device, .refusal = "that is no MFA device", __VA_ARGS__)
#define REGION(type_)                                                         \
	FIELD("region", TEXT, OPTIONAL, type_, region, .max = MSG_REGION_MAX, \
	      .valid = arn_is_region, .refusal = "that is no region")
#define URL(m_, type_)	FIELD(#m_, TEXT, OPTIONAL, type_, m_, .max = MSG_ADD_URL_MAX)
#define FLAG(m_, type_) FIELD(#m_, FLAG, OPTIONAL, type_, m_)

#define A struct msg_add
static const struct field add_fields[] = {
    NAME(A),
    KEY_ID(A),
    SECRET(A),
    SERIAL(A, .given = 0),
    FLAG(mfa_required, A),
    REGION(A),
    URL(endpoint, A),
    URL(proxy, A),
    FIELD("no_proxy", TEXT, OPTIONAL, A, no_proxy, .max = MSG_ADD_URL_MAX),
    FIELD("max_age_s", NUMBER, OPTIONAL, A, max_age_s, FIELD_RANGE(0, MSG_DELAY_MAX_S), .none = -1),
    FIELD("note", TEXT, OPTIONAL, A, note, .max = MSG_NOTE_MAX),
    FLAG(replace, A),
    FLAG(no_check, A),
    FLAG(confirm, A),
};
const struct fields msg_add = FIELDS(add_fields);

#define I struct msg_identified
#define FACTS                                                                                     \
	FIELD("name", TEXT, NEEDED, I, name, .max = TEXT_NAME_MAX),                               \
	    FIELD("access_key_id", TEXT, NEEDED, I, access_key_id, .max = ARN_ACCESS_KEY_ID_MAX), \
	    FIELD("account_id", TEXT, NULLABLE, I, account_id, .max = ARN_ACCOUNT_BYTES),         \
	    FIELD("user_name", TEXT, NULLABLE, I, user_name, .max = USER_MAX),                    \
	    FIELD("arn", TEXT, NULLABLE, I, arn, .max = ARN_MAX),                                 \
	    FIELD("created_at", TIME, NULLABLE, I, created_at)

static const struct field question_fields[] = {
    FIELD("kind", TEXT, NEEDED, I, kind, .max = KIND_MAX),
    FACTS,
    FIELD("mfa_devices", LIST, NULLABLE, I, mfa_devices, FIELD_TEXTS(MSG_ADD_DEVICES_MAX, ARN_MAX),
	  FIELD_GIVEN(I, devices_known)),
};
const struct fields msg_add_question = FIELDS(question_fields);

static const struct field identified_fields[] = {
    FACTS,
    FIELD("mfa_serial", TEXT, NULLABLE, I, mfa_serial, .max = ARN_MFA_SERIAL_MAX),
    FIELD("replaces", FLAG, ALWAYS, I, replaces),
    FIELD("code", TEXT, NULLABLE, I, code, .max = CODE_MAX),
};
const struct fields msg_import_identified = FIELDS(identified_fields);

static const struct field answer_fields[] = {
    FIELD("go", FLAG, ALWAYS, struct msg_add_answer, go),
    SERIAL(struct msg_add_answer, .given = 0),
    REGION(struct msg_add_answer),
};
const struct fields msg_add_answer = FIELDS(answer_fields);

static const struct field import_fields[] = {
    URL(endpoint, struct msg_import),
    URL(proxy, struct msg_import),
    FIELD("no_proxy", TEXT, OPTIONAL, struct msg_import, no_proxy, .max = MSG_ADD_URL_MAX),
    FLAG(replace, struct msg_import),
    FLAG(dry_run, struct msg_import),
};
const struct fields msg_import = FIELDS(import_fields);

#define Q struct msg_import_question
static const struct field keys_question_fields[] = {
    FIELD("kind", TEXT, NEEDED, Q, kind, .max = KIND_MAX),
    FIELD("why", TEXT, NEEDED, Q, why, .max = KIND_MAX),
    FIELD("done", NUMBER, ALWAYS, Q, done, FIELD_RANGE(0, MSG_IMPORT_KEYS_MAX)),
};
const struct fields msg_import_keys_question = FIELDS(keys_question_fields);

static const struct field import_question_fields[] = {
    FIELD("kind", TEXT, NEEDED, Q, kind, .max = KIND_MAX),
    FIELD("count", NUMBER, ALWAYS, Q, count, FIELD_RANGE(0, MSG_IMPORT_KEYS_MAX)),
};
const struct fields msg_import_question = FIELDS(import_question_fields);

#define K struct msg_import_key
static const struct field import_key_fields[] = {
    NAME(K), KEY_ID(K), SECRET(K), SERIAL(K, FIELD_GIVEN(K, mfa_given)), REGION(K),
};
const struct fields msg_import_key = FIELDS(import_key_fields);

static const struct field import_keys_fields[] = {
    FIELD("keys", LIST, ALWAYS, struct msg_import_keys, keys,
	  FIELD_STRUCTS(msg_import_key, struct msg_import_key, MSG_IMPORT_PORTION)),
};
const struct fields msg_import_keys = FIELDS(import_keys_fields);

static const struct field imported_fields[] = {
    FIELD("identified", NUMBER, ALWAYS, struct msg_imported, identified,
	  FIELD_RANGE(0, MSG_IMPORT_KEYS_MAX)),
    FIELD("imported", NUMBER, ALWAYS, struct msg_imported, imported,
	  FIELD_RANGE(0, MSG_IMPORT_KEYS_MAX)),
};
const struct fields msg_imported = FIELDS(imported_fields);

static const struct field import_row_fields[] = {
    FIELD("identified", OBJECT, NEEDED, struct msg_import_row, identified,
	  .of = &msg_import_identified),
};
const struct fields msg_import_row = FIELDS(import_row_fields);

static const struct field progress_fields[] = {
    FIELD("what", TEXT, NEEDED, struct msg_import_progress, what, .max = KIND_MAX),
    FIELD("why", TEXT, NEEDED, struct msg_import_progress, why, .max = KIND_MAX),
    FIELD("done", NUMBER, ALWAYS, struct msg_import_progress, done,
	  FIELD_RANGE(0, MSG_IMPORT_KEYS_MAX)),
};
const struct fields msg_import_progress = FIELDS(progress_fields);

static const struct field unknown_key_fields[] = {
    FIELD("what", TEXT, NEEDED, struct msg_unknown_key, what, .max = KIND_MAX),
    FIELD("wait_s", NUMBER, ALWAYS, struct msg_unknown_key, wait_s, FIELD_RANGE(0, 600)),
};
const struct fields msg_unknown_key = FIELDS(unknown_key_fields);
