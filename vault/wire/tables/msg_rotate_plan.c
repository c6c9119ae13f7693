/* SPDX-License-Identifier: MIT */
#include "vault/wire/tables/msg_rotate_plan.h"

#include "vault/base/text.h"
#include "vault/format/arn.h"
#include "vault/format/pem.h"

enum { WORD_MAX = 32, SERVICE_MAX = 128, USER_MAX = 64, ARN_BYTES = 2048, NAMES_MAX = 100000 };

#define K struct msg_iam_key
static const struct field iam_key_fields[] = {
    FIELD("access_key_id", TEXT, NEEDED, K, access_key_id, .max = ARN_ACCESS_KEY_ID_MAX),
    FIELD("status", TEXT, ALWAYS, K, status, .max = WORD_MAX),
    FIELD("created_at", TIME, NULLABLE, K, created_at),
    FIELD("ours", FLAG, ALWAYS, K, ours),
    FIELD("last_used_at", TIME, NULLABLE, K, last_used_at),
    FIELD("last_used_service", TEXT, NULLABLE, K, last_used_service, .max = SERVICE_MAX),
    FIELD("last_used_region", TEXT, NULLABLE, K, last_used_region, .max = SERVICE_MAX),
};
static const struct fields iam_key_table = FIELDS(iam_key_fields);

static const char *const may_words[MSG_MAYS] = {
    [MSG_MAY_UNKNOWN] = "unknown", [MSG_MAY] = "yes", [MSG_MAY_NOT] = "no"};
#define MAY(m_) FIELD(#m_, WORD, ALWAYS, struct msg_permissions, m_, FIELD_WORDS(may_words))
static const struct field may_fields[] = {MAY(create), MAY(list), MAY(update), MAY(delete),
					  MAY(last_used)};
static const struct fields may_table = FIELDS(may_fields);

#define P struct msg_rotate_plan
static const struct field plan_fields[] = {
    FIELD("keys", ARRAY, ALWAYS, P, keys, .of = &iam_key_table,
	  FIELD_ELEMENTS(P, keys, keys_count)),
    FIELD("name", TEXT, NEEDED, P, name, .max = TEXT_NAME_MAX),
    FIELD("names", LIST, ALWAYS, P, names, FIELD_TEXTS(NAMES_MAX, TEXT_NAME_MAX)),
    FIELD("user_name", TEXT, ALWAYS, P, user_name, .max = USER_MAX),
    FIELD("account_id", TEXT, ALWAYS, P, account_id, .max = ARN_ACCOUNT_BYTES),
    FIELD("arn", TEXT, ALWAYS, P, arn, .max = ARN_BYTES),
    FIELD("access_key_id", TEXT, NEEDED, P, access_key_id, .max = ARN_ACCESS_KEY_ID_MAX),
    FIELD("may", OBJECT, ALWAYS, P, may, .of = &may_table),
    FIELD("mfa", FLAG, ALWAYS, P, mfa),
    FIELD("unexplained_use", OBJECT, NULLABLE, P, unexplained_use, .of = &msg_use,
	  FIELD_GIVEN(P, is_unexplained)),
    FIELD("handed_out", FLAG, ALWAYS, P, handed_out),
    FIELD("retire", WORD, NULLABLE, P, retire, FIELD_WORDS(msg_retire_words)),
    FIELD("grace_s", NUMBER, ALWAYS, P, grace_s, FIELD_RANGE(0, INT64_MAX)),
    FIELD("idle_s", NUMBER, ALWAYS, P, idle_s, FIELD_RANGE(0, INT64_MAX)),
    FIELD("hooks", RAW, ALWAYS, P, hooks),
    FIELD("deletes", LIST, ALWAYS, P, deletes, FIELD_TEXTS(MSG_DELETES_MAX, ARN_ACCESS_KEY_ID_MAX)),
    FIELD("resumed", FLAG, ALWAYS, P, resumed),
    FIELD("ca_bundle", TEXT, NULLABLE, P, ca_bundle, .max = PEM_PATH_MAX),
    FIELD("step", TEXT, NULLABLE, P, step, .max = WORD_MAX),
    FIELD("what", TEXT, OPTIONAL, P, what, .max = WORD_MAX),
    FIELD("kind", TEXT, OPTIONAL, P, kind, .max = WORD_MAX),
};
const struct fields msg_rotate_plan = FIELDS(plan_fields);

static const struct field go_fields[] = {FIELD("go", FLAG, ALWAYS, struct msg_go, go)};
const struct fields msg_go = FIELDS(go_fields);
