/* SPDX-License-Identifier: MIT */
#include "vault/wire/tables/msg_remove.h"

#include "vault/base/text.h"
#include "vault/format/arn.h"
#include "vault/wire/tables/msg_retire.h"

enum { WORD_MAX = 32, NO_PROXY_MAX = 2048 };

#define R struct msg_remove
static const struct field remove_fields[] = {
    FIELD("name", TEXT, NEEDED, R, name, .max = TEXT_NAME_MAX, .valid = text_is_name),
    FIELD("at_aws", FLAG, OPTIONAL, R, at_aws),
    FIELD("signer", TEXT, OPTIONAL, R, signer, .max = TEXT_NAME_MAX, .valid = text_is_name),
    FIELD("region", TEXT, OPTIONAL, R, region, .max = MSG_REGION_MAX, .valid = arn_is_region,
	  .refusal = "that is no region"),
    FIELD("endpoint", TEXT, OPTIONAL, R, endpoint, .max = MSG_URL_MAX),
    FIELD("proxy", TEXT, OPTIONAL, R, proxy, .max = MSG_URL_MAX),
    FIELD("no_proxy", TEXT, OPTIONAL, R, no_proxy, .max = NO_PROXY_MAX),
    FIELD("can_ask", FLAG, OPTIONAL, R, can_ask),
    FIELD("askpass", FLAG, OPTIONAL, R, askpass),
};
const struct fields msg_remove = FIELDS(remove_fields);

static const char *const state_words[MSG_REMOVING_STATES] = {[MSG_REMOVING_INACTIVE] = "inactive",
							     [MSG_REMOVING_DELETED] = "deleted",
							     [MSG_REMOVING_GONE] = "gone"};

#define G struct msg_removing
static const struct field removing_fields[] = {
    FIELD("what", TEXT, NEEDED, G, what, .max = WORD_MAX),
    FIELD("access_key_id", TEXT, NEEDED, G, access_key_id, .max = ARN_ACCESS_KEY_ID_MAX),
    FIELD("state", WORD, NEEDED, G, state, FIELD_WORDS(state_words)),
    FIELD("signer", TEXT, NEEDED, G, signer, .max = TEXT_NAME_MAX),
};
const struct fields msg_removing = FIELDS(removing_fields);

static const struct field removed_fields[] = {
    FIELD("name", TEXT, NEEDED, struct msg_removed, name, .max = TEXT_NAME_MAX),
    FIELD("access_key_id", TEXT, NEEDED, struct msg_removed, access_key_id,
	  .max = ARN_ACCESS_KEY_ID_MAX),
    FIELD("old_access_key_id", TEXT, NULLABLE, struct msg_removed, old_access_key_id,
	  .max = ARN_ACCESS_KEY_ID_MAX),
    FIELD("sessions", NUMBER, ALWAYS, struct msg_removed, sessions, FIELD_RANGE(0, INT64_MAX)),
};
const struct fields msg_removed = FIELDS(removed_fields);
