/* SPDX-License-Identifier: MIT */
#include "vault/wire/tables/msg_attest.h"

#include "vault/base/text.h"
#include "vault/format/arn.h"

static const struct field attest_fields[] = {
    FIELD("nonce", HEX, NEEDED, struct msg_attest, nonce),
    FIELD("names", LIST, ALWAYS, struct msg_attest, names,
	  FIELD_TEXTS(MSG_ATTEST_NAMES_MAX, TEXT_NAME_MAX)),
};
const struct fields msg_attest = FIELDS(attest_fields);

static const struct field attested_fields[] = {
    FIELD("name", TEXT, NEEDED, struct msg_attested, name, .max = TEXT_NAME_MAX),
    FIELD("access_key_id", TEXT, NEEDED, struct msg_attested, access_key_id,
	  .max = ARN_ACCESS_KEY_ID_MAX),
    FIELD("tag", HEX, NEEDED, struct msg_attested, tag),
};
const struct fields msg_attested = FIELDS(attested_fields);
