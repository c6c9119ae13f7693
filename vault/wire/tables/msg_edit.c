/* SPDX-License-Identifier: MIT */
#include "vault/wire/tables/msg_edit.h"

#include "vault/base/text.h"
#include "vault/format/arn.h"

#define E	  struct msg_edit
#define GIVEN(m_) FIELD_GIVEN(E, given.m_)

static const struct field edit_fields[] = {
    FIELD("name", TEXT, NEEDED, E, name, .max = TEXT_NAME_MAX, .valid = text_is_name),
    FIELD("mfa_serial", TEXT, OPTIONAL, E, mfa_serial, .max = ARN_MFA_SERIAL_MAX,
	  .valid = arn_is_code_device, .refusal = "that is no MFA device", GIVEN(mfa_serial)),
    FIELD("mfa_required", FLAG, OPTIONAL, E, mfa_required, GIVEN(mfa_required)),
    FIELD("region", TEXT, OPTIONAL, E, region, .max = MSG_REGION_MAX, .valid = arn_is_region,
	  .refusal = "that is no region", GIVEN(region)),
    FIELD("note", TEXT, OPTIONAL, E, note, .max = MSG_NOTE_MAX, GIVEN(note)),
    FIELD("max_age_s", NUMBER, OPTIONAL, E, max_age_s, FIELD_RANGE(0, MSG_DELAY_MAX_S), .none = -1,
	  GIVEN(max_age_s)),
    FIELD("retire", WORD, OPTIONAL, E, retire, FIELD_WORDS(msg_retire_words), GIVEN(retire)),
    FIELD("idle_s", NUMBER, OPTIONAL, E, idle_s, FIELD_RANGE(1, MSG_DELAY_MAX_S)),
    FIELD("hooks", LIST, OPTIONAL, E, hooks, FIELD_TEXTS(MSG_HOOKS_MAX, MSG_HOOK_BYTES),
	  GIVEN(hooks)),
};
const struct fields msg_edit = FIELDS(edit_fields);
