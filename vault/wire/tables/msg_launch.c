/* SPDX-License-Identifier: MIT */
#include "vault/wire/tables/msg_launch.h"

enum { HOW_MAX = 31, PATH_BYTES = 4095, ID_BYTES = 64, VERDICT_MAX = 32, FINGERPRINT_MAX = 64 };

static const char *const act_words[MSG_ACTS] = {
    [MSG_ACT_NONE] = NULL, [MSG_ACT_PASSWD] = "passwd", [MSG_ACT_SLOT] = "slot"};

#define L struct msg_launch

/* The members that these tables share, in the order of writing. */
#define HEADER	    FIELD("header", HEX_BUF, NEEDED, L, header, .max = MSG_HEADER_MAX)
#define KEYS	    FIELD("keys", RAW, NEEDED, L, keys)
#define NEW_KEYS    FIELD("new_keys", RAW, NEEDED, L, new_keys)
#define ACT	    FIELD("act", WORD, NEEDED, L, act, FIELD_WORDS(act_words))
#define WHAT	    FIELD("what", TEXT, NEEDED, L, what, .max = MSG_WHAT_MAX)
#define HOW	    FIELD("how", TEXT, NEEDED, L, how, .max = HOW_MAX)
#define SECONDS(m_) FIELD(#m_, NUMBER, OPTIONAL, L, m_, FIELD_RANGE(1, MSG_LIMIT_MAX_S))
#define RESIDENT    FIELD("resident", FLAG, ALWAYS, L, resident)
#define ACCEPT	    FIELD("accept_rollback", FLAG, OPTIONAL, L, accept_rollback)

static const struct field create_fields[] = {HEADER,	       KEYS,	HOW, SECONDS(idle_s),
					     SECONDS(limit_s), RESIDENT};
static const struct field unlock_fields[] = {KEYS,     HOW,   SECONDS(idle_s), SECONDS(limit_s),
					     RESIDENT, ACCEPT};
static const struct field set_header_fields[] = {
    HEADER, KEYS, ACT, WHAT, HOW, SECONDS(idle_s), SECONDS(limit_s), RESIDENT};
static const struct field rekey_fields[] = {
    HEADER, KEYS, NEW_KEYS, ACT, WHAT, HOW, SECONDS(idle_s), SECONDS(limit_s), RESIDENT};
static const struct field keys_fields[] = {KEYS};
const struct fields msg_create = FIELDS(create_fields);
const struct fields msg_unlock = FIELDS(unlock_fields);
const struct fields msg_set_header = FIELDS(set_header_fields);
const struct fields msg_rekey = FIELDS(rekey_fields);
const struct fields msg_keys = FIELDS(keys_fields);

static const struct field unlocked_fields[] = {
    FIELD("vault", TEXT, NEEDED, struct msg_unlocked, vault, .max = PATH_BYTES),
    FIELD("vault_id", TEXT, NEEDED, struct msg_unlocked, vault_id, .max = ID_BYTES),
    FIELD("idle_at", TIME, NULLABLE, struct msg_unlocked, idle_at),
    FIELD("lock_at", TIME, NULLABLE, struct msg_unlocked, lock_at),
    FIELD("lock_on_sleep", FLAG, ALWAYS, struct msg_unlocked, lock_on_sleep),
    FIELD("pid", NUMBER, ALWAYS, struct msg_unlocked, pid, FIELD_RANGE(0, INT32_MAX)),
};
const struct fields msg_unlocked = FIELDS(unlocked_fields);

static const struct field header_fields[] = {
    FIELD("header", HEX_BUF, NEEDED, struct msg_header, header, .max = MSG_HEADER_MAX),
    FIELD("pid", NUMBER, OPTIONAL, struct msg_header, pid, FIELD_RANGE(1, INT32_MAX)),
    FIELD("records_locked", FLAG, OPTIONAL, struct msg_header, records_locked),
};
const struct fields msg_header = FIELDS(header_fields);

static const struct field side_fields[] = {
    FIELD("generation", NUMBER, ALWAYS, struct msg_side, generation, FIELD_RANGE(0, INT64_MAX)),
    FIELD("updated_at", TIME, NULLABLE, struct msg_side, updated_at),
    FIELD("verified", FLAG, ALWAYS, struct msg_side, verified),
    FIELD("fingerprint", TEXT, NULLABLE, struct msg_side, fingerprint, .max = FINGERPRINT_MAX),
};
static const struct fields side_table = FIELDS(side_fields);

static const struct field compared_fields[] = {
    FIELD("verdict", TEXT, NEEDED, struct msg_compared, verdict, .max = VERDICT_MAX),
    FIELD("trusted", FLAG, ALWAYS, struct msg_compared, trusted),
    FIELD("this_file", OBJECT, NEEDED, struct msg_compared, this_file, .of = &side_table),
    FIELD("last_used", OBJECT, NULLABLE, struct msg_compared, last_used, .of = &side_table,
	  FIELD_GIVEN(struct msg_compared, was_used)),
};
const struct fields msg_compared = FIELDS(compared_fields);
