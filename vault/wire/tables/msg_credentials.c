/* SPDX-License-Identifier: MIT */
#include "vault/wire/tables/msg_credentials.h"

#include "vault/wire/tables/msg_config.h"

#include "vault/base/text.h"
#include "vault/format/arn.h"
#include "vault/format/totp.h"

enum {
	WORD_MAX = 32,
	STEP_MAX = 2048,
	TAGS_MAX = 4096,
	URL_MAX = 600,
	USER_MAX = 64,
	CLEAR_MAX = 256
};

static const char *const purpose_words[MSG_PURPOSES] = {[MSG_FOR_NOTHING] = NULL,
							[MSG_FOR_PROCESS] = "process",
							[MSG_FOR_EXEC] = "exec",
							[MSG_FOR_EMIT] = "emit",
							[MSG_FOR_UNLOCK] = "unlock"};

#define C struct msg_credentials
#define PROFILE(type_)                                                       \
	FIELD("profile", TEXT, NEEDED, type_, profile, .max = TEXT_NAME_MAX, \
	      .valid = text_is_name, .refusal = "that is no profile's name")
#define PLAN FIELD("plan", RAW, NEEDED, C, plan)

static const struct field credentials_fields[] = {
    PROFILE(C),
    FIELD("purpose", WORD, NEEDED, C, purpose, FIELD_WORDS(purpose_words)),
    PLAN,
    FIELD("code", TEXT, OPTIONAL, C, code, .max = 64, .valid = totp_is_code,
	  .refusal = "an MFA code has six digits"),
    FIELD("can_ask", FLAG, OPTIONAL, C, can_ask),
    FIELD("askpass", FLAG, OPTIONAL, C, askpass),
};
const struct fields msg_credentials = FIELDS(credentials_fields);

static const struct field plan_fields[] = {PROFILE(C), PLAN};
const struct fields msg_plan = FIELDS(plan_fields);

static const struct field ready_fields[] = {
    FIELD("profile", TEXT, NEEDED, struct msg_ready, profile, .max = TEXT_NAME_MAX),
    FIELD("expires_at", TIME, NULLABLE, struct msg_ready, expires_at),
    FIELD("mfa", FLAG, ALWAYS, struct msg_ready, mfa),
};
const struct fields msg_ready = FIELDS(ready_fields);

static const struct field clock_fields[] = {
    FIELD("what", TEXT, NEEDED, struct msg_clock, what, .max = WORD_MAX),
    FIELD("ahead_s", NUMBER, ALWAYS, struct msg_clock, ahead_s, FIELD_RANGE(INT32_MIN, INT32_MAX)),
};
const struct fields msg_clock = FIELDS(clock_fields);

static const struct field no_iam_fields[] = {
    FIELD("what", TEXT, NEEDED, struct msg_no_iam, what, .max = WORD_MAX),
};
const struct fields msg_no_iam = FIELDS(no_iam_fields);

#define S struct msg_plan_step
static const struct field step_fields[] = {
    FIELD("kind", TEXT, NEEDED, S, kind, .max = WORD_MAX),
    FIELD("what", TEXT, NULLABLE, S, what, .max = STEP_MAX),
    FIELD("mfa", FLAG, OPTIONAL, S, mfa, FIELD_GIVEN(S, is_made)),
    FIELD("duration_s", NUMBER, OPTIONAL, S, duration_s, FIELD_RANGE(0, INT32_MAX), .none = -1,
	  FIELD_GIVEN(S, is_made)),
    FIELD("cached_until", TIME, NULLABLE, S, cached_until),
    FIELD("session_name", TEXT, OPTIONAL, S, session_name, .max = STEP_MAX),
    FIELD("external_id", TEXT, OPTIONAL, S, external_id, .max = STEP_MAX),
    FIELD("session_tags", TEXT, OPTIONAL, S, session_tags, .max = TAGS_MAX),
    FIELD("transitive_session_tags", TEXT, OPTIONAL, S, transitive_session_tags, .max = TAGS_MAX),
    FIELD("source_identity", TEXT, OPTIONAL, S, source_identity, .max = STEP_MAX),
};
static const struct fields plan_step_table = FIELDS(step_fields);

#define P struct msg_plan_steps
static const struct field steps_fields[] = {
    FIELD("profile", TEXT, NEEDED, P, profile, .max = TEXT_NAME_MAX),
    FIELD("steps", ARRAY, ALWAYS, P, steps, .of = &plan_step_table,
	  FIELD_ELEMENTS(P, steps, count)),
    FIELD("endpoint", TEXT, OPTIONAL, P, endpoint, .max = URL_MAX),
    FIELD("region", TEXT, OPTIONAL, P, region, .max = ARN_REGION_BYTES, .valid = arn_is_region),
};
const struct fields msg_plan_steps = FIELDS(steps_fields);

#define M struct msg_mfa
static const struct field mfa_fields[] = {
    FIELD("kind", TEXT, NEEDED, M, kind, .max = WORD_MAX),
    FIELD("profile", TEXT, NEEDED, M, profile, .max = TEXT_NAME_MAX),
    FIELD("serial", TEXT, ALWAYS, M, serial, .max = ARN_MFA_SERIAL_MAX),
    FIELD("user", TEXT, ALWAYS, M, user, .max = USER_MAX),
    FIELD("account", TEXT, ALWAYS, M, account, .max = ARN_ACCOUNT_BYTES),
    FIELD("wait_s", NUMBER, ALWAYS, M, wait_s, FIELD_RANGE(0, 3600)),
    FIELD("refused", FLAG, ALWAYS, M, refused),
    FIELD("askpass", TEXT, NULLABLE, M, askpass, .max = MSG_PROGRAM_MAX),
};
const struct fields msg_mfa = FIELDS(mfa_fields);

static const struct field code_fields[] = {
    FIELD("code", TEXT, NEEDED, struct msg_code, code, .max = TOTP_DIGITS, .valid = totp_is_code),
};
const struct fields msg_code = FIELDS(code_fields);

static const struct field clear_fields[] = {
    FIELD("profiles", LIST, ALWAYS, struct msg_clear, profiles,
	  FIELD_TEXTS(CLEAR_MAX, TEXT_NAME_MAX), .valid = text_is_name),
};
const struct fields msg_clear = FIELDS(clear_fields);

static const struct field cleared_fields[] = {
    FIELD("cleared", NUMBER, ALWAYS, struct msg_cleared, cleared, FIELD_RANGE(0, INT64_MAX)),
};
const struct fields msg_cleared = FIELDS(cleared_fields);

static const struct field wanted_fields[] = {
    FIELD("kind", TEXT, NEEDED, struct msg_wanted, kind, .max = WORD_MAX),
    FIELD("source", TEXT, NEEDED, struct msg_wanted, source, .max = WORD_MAX),
    FIELD("profile", TEXT, ALWAYS, struct msg_wanted, profile, .max = TEXT_NAME_MAX),
};
const struct fields msg_wanted = FIELDS(wanted_fields);

/* The agent bounds the text by the limit of its source. */
static const struct field text_fields[] = {
    FIELD("text", TEXT, ALWAYS, struct msg_text, text, .max = SIZE_MAX),
};
const struct fields msg_text = FIELDS(text_fields);
