/* SPDX-License-Identifier: MIT */
#include "vault/wire/tables/msg_backup.h"

enum { SHA256_HEX = 64, VAULT_ID_MAX = 64 };

#define B	  struct msg_backup
#define COUNT(m_) FIELD(#m_, NUMBER, ALWAYS, B, m_, FIELD_RANGE(0, INT64_MAX))

static const struct field backup_fields[] = {
    FIELD("copy", TEXT, NEEDED, B, copy, .max = MSG_COPY_ID_HEX),
    FIELD("bytes", NUMBER, ALWAYS, B, bytes, FIELD_RANGE(1, MSG_COPY_MAX)),
    FIELD("sha256", TEXT, NEEDED, B, sha256, .max = SHA256_HEX),
    FIELD("vault_id", TEXT, NEEDED, B, vault_id, .max = VAULT_ID_MAX),
    COUNT(generation),
    COUNT(epoch),
    COUNT(keys),
    COUNT(spares),
    COUNT(log_entries),
    COUNT(log_first),
    FIELD("made_at", TIME, NULLABLE, B, made_at),
};
const struct fields msg_backup = FIELDS(backup_fields);
