/* SPDX-License-Identifier: MIT */
#include "vault/wire/tables/msg_status.h"

#include "vault/base/text.h"

enum {
	WORD_MAX = 64,
	PATH_BYTES = 4095,
	FOLDER_MAX = 1024,
	SESSIONS_MAX = 16384,
	ROTATING_MAX = 16384
};

#define S struct msg_session
static const struct field session_fields[] = {
    FIELD("profile", TEXT, NEEDED, S, profile, .max = TEXT_NAME_MAX),
    FIELD("expires_at", TIME, NULLABLE, S, expires_at),
    FIELD("mfa", FLAG, ALWAYS, S, mfa),
};
static const struct fields session_table = FIELDS(session_fields);

#define R struct msg_refused
static const struct field refused_fields[] = {
    FIELD("profile", TEXT, ALWAYS, R, profile, .max = TEXT_NAME_MAX),
    FIELD("count", NUMBER, ALWAYS, R, count, FIELD_RANGE(0, INT64_MAX)),
    FIELD("last_at", TIME, NULLABLE, R, last_at),
    FIELD("code", TEXT, ALWAYS, R, code, .max = WORD_MAX),
};
static const struct fields refused_table = FIELDS(refused_fields);

#define A struct msg_agent
static const struct field agent_fields[] = {
    FIELD("pid", NUMBER, ALWAYS, A, pid, FIELD_RANGE(0, INT32_MAX)),
    FIELD("idle_at", TIME, NULLABLE, A, idle_at),
    FIELD("lock_at", TIME, NULLABLE, A, lock_at),
    FIELD("lock_on_sleep", FLAG, ALWAYS, A, lock_on_sleep),
    FIELD("unlocked_at", TIME, NULLABLE, A, unlocked_at),
    FIELD("how", TEXT, ALWAYS, A, how, .max = WORD_MAX),
};
static const struct fields agent_table = FIELDS(agent_fields);

#define COUNT(type_, m_) FIELD(#m_, NUMBER, ALWAYS, type_, m_, FIELD_RANGE(0, INT64_MAX))
static const struct field log_size_fields[] = {
    COUNT(struct msg_log_size, entries),
    COUNT(struct msg_log_size, first),
    COUNT(struct msg_log_size, bytes),
};
static const struct fields log_size_table = FIELDS(log_size_fields);
static const struct field emissions_fields[] = {
    COUNT(struct msg_emissions, left),
    COUNT(struct msg_emissions, refused),
};
static const struct fields emissions_table = FIELDS(emissions_fields);

#define T struct msg_status
#define NAMES(m_, max_)                                                     \
	FIELD(#m_, LIST, NULLABLE, T, m_, FIELD_TEXTS(max_, TEXT_NAME_MAX), \
	      FIELD_GIVEN(T, keys_known))
#define REFUSED(type_)                                 \
	FIELD("refused", LIST, ALWAYS, type_, refused, \
	      FIELD_STRUCTS(refused_table, struct msg_refused, MSG_REFUSED_MAX))

static const struct field status_fields[] = {
    FIELD("pid", NUMBER, ALWAYS, T, pid, FIELD_RANGE(0, INT32_MAX)),
    FIELD("version", TEXT, ALWAYS, T, version, .max = WORD_MAX),
    FIELD("sessions", LIST, ALWAYS, T, sessions,
	  FIELD_STRUCTS(session_table, struct msg_session, SESSIONS_MAX)),
    FIELD("vault", TEXT, NEEDED, T, vault, .max = PATH_BYTES),
    FIELD("vault_id", TEXT, NEEDED, T, vault_id, .max = WORD_MAX),
    FIELD("locked", FLAG, ALWAYS, T, locked),
    FIELD("keys_locked", FLAG, ALWAYS, T, keys_locked),
    FIELD("locked_since", TIME, NULLABLE, T, locked_since),
    FIELD("locked_why", TEXT, NULLABLE, T, locked_why, .max = WORD_MAX),
    FIELD("agent", OBJECT, NEEDED, T, agent, .of = &agent_table),
    FIELD("generation", NUMBER, ALWAYS, T, generation, FIELD_RANGE(0, INT64_MAX)),
    FIELD("log_entries", NUMBER, ALWAYS, T, log_entries, FIELD_RANGE(0, INT64_MAX)),
    FIELD("log", OBJECT, ALWAYS, T, log, .of = &log_size_table),
    FIELD("emissions", OBJECT, ALWAYS, T, emissions, .of = &emissions_table),
    FIELD("keys", NUMBER, NULLABLE, T, keys, FIELD_RANGE(0, INT64_MAX), FIELD_GIVEN(T, keys_known)),
    NAMES(due, MSG_STATUS_NAMES_MAX),
    NAMES(overdue, MSG_STATUS_NAMES_MAX),
    NAMES(rotating, ROTATING_MAX),
    REFUSED(T),
    FIELD("backup_to", TEXT, NULLABLE, T, backup_to, .max = FOLDER_MAX),
};
const struct fields msg_status = FIELDS(status_fields);
const struct fields msg_status_brief = {status_fields, 2};

static const struct field state_fields[] = {
    FIELD("locked_since", TIME, NULLABLE, struct msg_state, locked_since),
    FIELD("locked_why", TEXT, NULLABLE, struct msg_state, locked_why, .max = WORD_MAX),
    REFUSED(struct msg_state),
};
const struct fields msg_state = FIELDS(state_fields);

static const struct field agent_record_fields[] = {
    FIELD("pid", NUMBER, NEEDED, struct msg_agent_record, pid, FIELD_RANGE(1, INT32_MAX)),
    FIELD("start", NUMBER, NEEDED, struct msg_agent_record, start, FIELD_RANGE(0, INT64_MAX)),
    FIELD("boot_id", TEXT, NEEDED, struct msg_agent_record, boot_id, .max = WORD_MAX),
    FIELD("socket", TEXT, NEEDED, struct msg_agent_record, socket, .max = PATH_BYTES),
};
const struct fields msg_agent_record = FIELDS(agent_record_fields);
