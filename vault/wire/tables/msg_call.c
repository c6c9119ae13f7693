/* SPDX-License-Identifier: MIT */
#include "vault/wire/tables/msg_call.h"

enum { WORD_MAX = 64, HOST_MAX = 300, ID_MAX = 128, WHY_MAX = 600, CALL_TRIES_MAX = 1000 };

#define C struct msg_call
static const struct field call_fields[] = {
    FIELD("what", TEXT, NEEDED, C, what, .max = WORD_MAX),
    FIELD("service", TEXT, NEEDED, C, service, .max = WORD_MAX),
    FIELD("action", TEXT, NEEDED, C, action, .max = WORD_MAX),
    FIELD("host", TEXT, NEEDED, C, host, .max = HOST_MAX),
    FIELD("number", NUMBER, ALWAYS, C, number, FIELD_RANGE(1, CALL_TRIES_MAX)),
    FIELD("took_ms", NUMBER, ALWAYS, C, took_ms, FIELD_RANGE(0, INT64_MAX)),
    FIELD("status", NUMBER, ALWAYS, C, status, FIELD_RANGE(0, 999)),
    FIELD("aws_code", TEXT, NULLABLE, C, aws_code, .max = WORD_MAX),
    FIELD("request_id", TEXT, NULLABLE, C, request_id, .max = ID_MAX),
    FIELD("why", TEXT, NULLABLE, C, why, .max = WHY_MAX),
};
const struct fields msg_call = FIELDS(call_fields);
