/* SPDX-License-Identifier: MIT */
#include "vault/wire/tables/msg_config.h"

#include "vault/format/pem.h"

enum { VALUE_MAX = PEM_PATH_MAX, SHA256_HEX = 64, FOLDER_MAX = 1024 };

static const struct field ca_bundle_fields[] = {
    FIELD("path", TEXT, NULLABLE, struct msg_ca_bundle, path, .max = PEM_PATH_MAX),
    FIELD("pem", TEXT, NULLABLE, struct msg_ca_bundle, pem, .max = PEM_AUTHORITIES_MAX),
};
static const struct fields ca_bundle_table = FIELDS(ca_bundle_fields);

#define C struct msg_config
#define DURATION(m_)                                                               \
	FIELD(#m_, NUMBER, OPTIONAL, C, m_, FIELD_RANGE(0, INT64_MAX), .none = -1, \
	      FIELD_GIVEN(C, given.m_))

/* The bounds of a duration are checked where its meaning is known, not in this table. */
static const struct field config_fields[] = {
    DURATION(idle_s),
    DURATION(limit_s),
    FIELD("lock_on_sleep", FLAG, OPTIONAL, C, lock_on_sleep, FIELD_GIVEN(C, given.lock_on_sleep)),
    DURATION(max_age_s),
    DURATION(lead_s),
    FIELD("retire", WORD, OPTIONAL, C, retire, FIELD_WORDS(msg_retire_words),
	  FIELD_GIVEN(C, given.retire)),
    FIELD("retire_idle_s", NUMBER, OPTIONAL, C, retire_idle_s, FIELD_RANGE(1, MSG_DELAY_MAX_S)),
    DURATION(grace_s),
    DURATION(log_keep_s),
    FIELD("askpass", TEXT, OPTIONAL, C, askpass, .max = MSG_PROGRAM_MAX,
	  FIELD_GIVEN(C, given.askpass)),
    FIELD("ca_bundle", OBJECT, OPTIONAL, C, ca_bundle, .of = &ca_bundle_table,
	  FIELD_GIVEN(C, given.ca_bundle)),
    FIELD("backup_to", TEXT, OPTIONAL, C, backup_to, .max = FOLDER_MAX,
	  FIELD_GIVEN(C, given.backup_to)),
};
const struct fields msg_config = FIELDS(config_fields);

/* A duration has one member more than the other settings. */
static const struct field setting_fields[] = {
    FIELD("value", TEXT, NEEDED, struct msg_setting, value, .max = VALUE_MAX),
    FIELD("default", FLAG, ALWAYS, struct msg_setting, is_default),
    FIELD("seconds", NUMBER, NULLABLE, struct msg_setting, seconds, FIELD_RANGE(0, INT64_MAX)),
};
static const struct fields duration_table = FIELDS(setting_fields);
static const struct fields setting_table = {setting_fields, 2};
static const struct field bundle_fields[] = {
    FIELD("value", TEXT, NEEDED, struct msg_setting, value, .max = VALUE_MAX),
    FIELD("default", FLAG, ALWAYS, struct msg_setting, is_default),
    FIELD("sha256", TEXT, NULLABLE, struct msg_setting, sha256, .max = SHA256_HEX),
};
static const struct fields bundle_table = FIELDS(bundle_fields);

#define SETTING(name_, m_, of_) FIELD(name_, OBJECT, ALWAYS, struct msg_settings, m_, .of = &(of_))

static const struct field shown_fields[] = {
    SETTING("idle", idle, duration_table),
    SETTING("for", limit, duration_table),
    SETTING("max-age", max_age, duration_table),
    SETTING("lead", lead, duration_table),
    SETTING("grace", grace, duration_table),
    SETTING("log-keep", log_keep, duration_table),
    SETTING("retire", retire, setting_table),
    SETTING("lock-on-sleep", lock_on_sleep, setting_table),
    SETTING("askpass", askpass, setting_table),
    SETTING("ca-bundle", ca_bundle, bundle_table),
    SETTING("backup-to", backup_to, setting_table),
};
static const struct fields shown_table = FIELDS(shown_fields);

/* {"config":{…}} */
struct config_answer {
	struct msg_settings config;
};
static const struct field settings_fields[] = {
    FIELD("config", OBJECT, ALWAYS, struct config_answer, config, .of = &shown_table),
};
const struct fields msg_settings = FIELDS(settings_fields);
