/* SPDX-License-Identifier: MIT */
#include "vault/wire/tables/msg_restore.h"

#include "vault/wire/tables/msg_backup.h"
#include "vault/wire/tables/msg_launch.h"

enum {
	NAME_MAX_BYTES = 128,
	KEY_ID_MAX = 128,
	DIGEST_MAX = 64,
	STAMP_MAX = 16,
	HOW_MAX = 31,
	VERDICT_MAX = 32
};

static const struct field staged_fields[] = {
    FIELD("copy", TEXT, NEEDED, struct msg_staged, copy, .max = MSG_COPY_ID_HEX),
};
const struct fields msg_staged = FIELDS(staged_fields);

#define R	    struct msg_restore
#define COPY	    FIELD("copy", TEXT, NEEDED, R, copy, .max = MSG_COPY_ID_HEX)
#define KEYS	    FIELD("keys", RAW, OPTIONAL, R, keys)
#define BACKUP_KEYS FIELD("backup_keys", RAW, NEEDED, R, backup_keys)
#define DROP \
	FIELD("drop", LIST, ALWAYS, R, drop, FIELD_TEXTS(MSG_RESTORE_DROPS_MAX, NAME_MAX_BYTES))

static const struct field plan_args_fields[] = {COPY, KEYS, BACKUP_KEYS, DROP};
const struct fields msg_restore_plan_args = FIELDS(plan_args_fields);

static const struct field restore_fields[] = {
    COPY,
    KEYS,
    BACKUP_KEYS,
    DROP,
    FIELD("digest", TEXT, NEEDED, R, digest, .max = DIGEST_MAX),
    FIELD("replaced", TEXT, NEEDED, R, replaced, .max = STAMP_MAX),
    FIELD("header", HEX_BUF, OPTIONAL, R, header, .max = MSG_HEADER_MAX),
    FIELD("new_keys", RAW, OPTIONAL, R, new_keys),
    FIELD("how", TEXT, NEEDED, R, how, .max = HOW_MAX),
    FIELD("resident", FLAG, ALWAYS, R, resident),
};
const struct fields msg_restore = FIELDS(restore_fields);

const char *const msg_restore_fates[MSG_RESTORE_FATES] = {
    [MSG_RESTORE_NONE] = NULL,	       [MSG_RESTORE_SAME] = "same",
    [MSG_RESTORE_STAYS] = "stays",     [MSG_RESTORE_COMES] = "comes back",
    [MSG_RESTORE_KEPT] = "kept",       [MSG_RESTORE_TAKEN] = "taken",
    [MSG_RESTORE_DROPPED] = "dropped", [MSG_RESTORE_SPARE] = "left out"};

#define K struct msg_restore_key
static const struct field key_fields[] = {
    FIELD("name", TEXT, NEEDED, K, name, .max = NAME_MAX_BYTES),
    FIELD("fate", WORD, NEEDED, K, fate, FIELD_WORDS(msg_restore_fates)),
    FIELD("vault_key_id", TEXT, NULLABLE, K, vault_key_id, .max = KEY_ID_MAX),
    FIELD("backup_key_id", TEXT, NULLABLE, K, backup_key_id, .max = KEY_ID_MAX),
    FIELD("vault_at", TIME, NULLABLE, K, vault_at),
    FIELD("backup_at", TIME, NULLABLE, K, backup_at),
};
const struct fields msg_restore_key = FIELDS(key_fields);

#define S	  struct msg_restore_side
#define COUNT(m_) FIELD(#m_, NUMBER, ALWAYS, S, m_, FIELD_RANGE(0, INT64_MAX))
static const struct field side_fields[] = {
    COUNT(generation),
    COUNT(epoch),
    COUNT(log_entries),
    FIELD("updated_at", TIME, NULLABLE, S, updated_at),
};
static const struct fields restore_side_table = FIELDS(side_fields);

#define P struct msg_restore_plan
static const struct field plan_fields[] = {
    FIELD("vault", OBJECT, NULLABLE, P, vault, .of = &restore_side_table,
	  FIELD_GIVEN(P, has_vault)),
    FIELD("backup", OBJECT, NEEDED, P, backup, .of = &restore_side_table),
    FIELD("verdict", TEXT, NEEDED, P, verdict, .max = VERDICT_MAX),
    FIELD("trusted", FLAG, ALWAYS, P, trusted),
    FIELD("last_generation", NUMBER, NULLABLE, P, last_generation, FIELD_RANGE(0, INT64_MAX),
	  FIELD_GIVEN(P, was_used)),
    FIELD("settings_differ", FLAG, ALWAYS, P, settings_differ),
    FIELD("new_key", FLAG, ALWAYS, P, new_key),
    FIELD("lost_from", NUMBER, NULLABLE, P, lost_from, FIELD_RANGE(0, INT64_MAX)),
    FIELD("lost_to", NUMBER, NULLABLE, P, lost_to, FIELD_RANGE(0, INT64_MAX)),
    FIELD("digest", TEXT, NEEDED, P, digest, .max = DIGEST_MAX),
};
const struct fields msg_restore_plan = FIELDS(plan_fields);
