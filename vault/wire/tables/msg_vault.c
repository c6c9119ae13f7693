/* SPDX-License-Identifier: MIT */
#include "vault/wire/tables/msg_vault.h"

enum { PROBLEMS_MAX = 256, PROBLEM_MAX = 512 };

const struct fields msg_nothing = {NULL, 0};

const char *const msg_lock_words[MSG_LOCK_WHYS] = {
    [MSG_LOCK_ASKED] = "asked", [MSG_LOCK_REPLACED] = "replaced"};
static const struct field lock_fields[] = {
    FIELD("why", WORD, OPTIONAL, struct msg_lock, why, FIELD_WORDS(msg_lock_words)),
};
const struct fields msg_lock = FIELDS(lock_fields);

static const struct field locked_fields[] = {
    FIELD("locked", FLAG, ALWAYS, struct msg_locked, locked),
};
const struct fields msg_locked = FIELDS(locked_fields);

#define I struct msg_inspection
#define TOLD(m_) \
	FIELD(#m_, NUMBER, NULLABLE, I, m_, FIELD_RANGE(0, INT64_MAX), FIELD_GIVEN(I, told))

static const struct field inspection_fields[] = {
    FIELD("ok", FLAG, ALWAYS, I, ok),
    TOLD(generation),
    FIELD("records", NUMBER, ALWAYS, I, records, FIELD_RANGE(0, INT64_MAX)),
    TOLD(log_entries),
    FIELD("problems", LIST, ALWAYS, I, problems, FIELD_TEXTS(PROBLEMS_MAX, PROBLEM_MAX)),
};
const struct fields msg_inspection = FIELDS(inspection_fields);
