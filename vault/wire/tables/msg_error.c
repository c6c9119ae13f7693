/* SPDX-License-Identifier: MIT */
#include "vault/wire/tables/msg_error.h"

enum { CODE_MAX = 64 };

#define E struct msg_error

/* A text may be longer than its place: the reader cuts it. */
#define LONG(presence_, m_) FIELD(#m_, TEXT, presence_, E, m_, .max = SIZE_MAX)

static const struct field error_fields[] = {
    FIELD("code", TEXT, ALWAYS, E, code, .max = CODE_MAX),
    FIELD("status", NUMBER, ALWAYS, E, status, FIELD_RANGE(0, UINT8_MAX)),
    LONG(ALWAYS, message),
    LONG(NULLABLE, profile),
    LONG(NULLABLE, hint),
    LONG(NULLABLE, detail),
};
const struct fields msg_error = FIELDS(error_fields);
