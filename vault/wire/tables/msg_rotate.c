/* SPDX-License-Identifier: MIT */
#include "vault/wire/tables/msg_rotate.h"

#include "vault/base/text.h"
#include "vault/format/arn.h"
#include "vault/format/totp.h"

enum { WORD_MAX = 32, USER_MAX = 64, WHY_MAX = 255, NO_PROXY_MAX = 2048, NAMES_MAX = 100000 };

static const char *const act_words[MSG_ROTATE_ACTS] = {[MSG_ROTATE] = "rotate",
						       [MSG_ROTATE_RESUME] = "resume",
						       [MSG_ROTATE_PLAN] = "plan",
						       [MSG_ROTATE_UNDO] = "undo",
						       [MSG_ROTATE_ABORT] = "abort"};

#define ID(presence_, type_, m_) \
	FIELD(#m_, TEXT, presence_, type_, m_, .max = ARN_ACCESS_KEY_ID_MAX)
#define NAME(type_)		     FIELD("name", TEXT, NEEDED, type_, name, .max = TEXT_NAME_MAX)
#define SHORT(name_, is_, type_, m_) FIELD(name_, TEXT, is_, type_, m_, .max = WORD_MAX)
#define DELAY			     FIELD_RANGE(0, MSG_DELAY_MAX_S)

#define R struct msg_rotate
static const struct field rotate_fields[] = {
    FIELD("name", TEXT, NEEDED, R, name, .max = TEXT_NAME_MAX, .valid = text_is_name,
	  .refusal = "that is no name"),
    FIELD("act", WORD, OPTIONAL, R, act, FIELD_WORDS(act_words)),
    FIELD("retire", WORD, OPTIONAL, R, retire, FIELD_WORDS(msg_retire_words)),
    FIELD("idle_s", NUMBER, OPTIONAL, R, idle_s, FIELD_RANGE(1, MSG_DELAY_MAX_S)),
    FIELD("grace_s", NUMBER, OPTIONAL, R, grace_s, FIELD_RANGE(0, MSG_DELAY_MAX_S), .none = -1),
    FIELD("hooks", LIST, OPTIONAL, R, hooks, FIELD_TEXTS(MSG_HOOKS_MAX, MSG_HOOK_BYTES)),
    FIELD("delete_key", TEXT, OPTIONAL, R, delete_key, .max = ARN_ACCESS_KEY_ID_MAX,
	  .valid = arn_is_access_key_id, .refusal = "that is no access key id"),
    FIELD("keep_orphan", FLAG, OPTIONAL, R, keep_orphan),
    FIELD("region", TEXT, OPTIONAL, R, region, .max = MSG_REGION_MAX, .valid = arn_is_region,
	  .refusal = "that is no region"),
    FIELD("endpoint", TEXT, OPTIONAL, R, endpoint, .max = MSG_URL_MAX),
    FIELD("proxy", TEXT, OPTIONAL, R, proxy, .max = MSG_URL_MAX),
    FIELD("no_proxy", TEXT, OPTIONAL, R, no_proxy, .max = NO_PROXY_MAX),
    FIELD("code", TEXT, OPTIONAL, R, code, .max = TOTP_DIGITS, .valid = totp_is_code,
	  .refusal = "an MFA code has six digits"),
    FIELD("can_ask", FLAG, OPTIONAL, R, can_ask),
    FIELD("askpass", FLAG, OPTIONAL, R, askpass),
    FIELD("confirm", FLAG, OPTIONAL, R, confirm),
};
const struct fields msg_rotate = FIELDS(rotate_fields);

#define H struct msg_hook
static const struct field hook_fields[] = {
    SHORT("kind", NEEDED, H, kind),
    NAME(H),
    FIELD("command", TEXT, NEEDED, H, command, .max = MSG_HOOK_BYTES),
    ID(NEEDED, H, old_access_key_id),
    ID(NEEDED, H, new_access_key_id),
    FIELD("secret_access_key", SECRET, NEEDED, H, secret_access_key, .max = ARN_SECRET_MAX),
    FIELD("account_id", TEXT, ALWAYS, H, account_id, .max = ARN_ACCOUNT_BYTES),
    FIELD("user_name", TEXT, ALWAYS, H, user_name, .max = USER_MAX),
    FIELD("region", TEXT, ALWAYS, H, region, .max = MSG_REGION_MAX),
};
const struct fields msg_hook = FIELDS(hook_fields);

static const struct field hooked_fields[] = {
    FIELD("acknowledged", FLAG, ALWAYS, struct msg_hooked, acknowledged),
    FIELD("why", TEXT, OPTIONAL, struct msg_hooked, why, .max = WHY_MAX),
};
const struct fields msg_hooked = FIELDS(hooked_fields);

static const struct field step_fields[] = {
    SHORT("what", NEEDED, struct msg_step, what),
    NAME(struct msg_step),
    SHORT("step", NEEDED, struct msg_step, step),
    ID(ALWAYS, struct msg_step, old_access_key_id),
    ID(NULLABLE, struct msg_step, new_access_key_id),
};
const struct fields msg_step = FIELDS(step_fields);

static const struct field proving_fields[] = {
    SHORT("what", NEEDED, struct msg_proving, what),
    NAME(struct msg_proving),
    FIELD("proved", NUMBER, ALWAYS, struct msg_proving, proved, FIELD_RANGE(0, 9)),
    FIELD("of", NUMBER, ALWAYS, struct msg_proving, of, FIELD_RANGE(0, 9)),
    FIELD("wait_s", NUMBER, ALWAYS, struct msg_proving, wait_s, DELAY),
};
const struct fields msg_proving = FIELDS(proving_fields);

static const struct field waiting_fields[] = {
    SHORT("what", NEEDED, struct msg_waiting, what),
    NAME(struct msg_waiting),
    SHORT("for", NEEDED, struct msg_waiting, waits_for),
    FIELD("wait_s", NUMBER, ALWAYS, struct msg_waiting, wait_s, DELAY),
};
const struct fields msg_waiting = FIELDS(waiting_fields);

static const struct field use_fields[] = {
    FIELD("at", TIME, NULLABLE, struct msg_use, at),
    FIELD("service", TEXT, ALWAYS, struct msg_use, service, .max = 128),
    FIELD("region", TEXT, NULLABLE, struct msg_use, region, .max = 128),
};
const struct fields msg_use = FIELDS(use_fields);

#define N struct msg_rotation
static const struct field rotation_fields[] = {
    NAME(N),
    SHORT("state", NEEDED, N, state),
    SHORT("step", NULLABLE, N, step),
    ID(NULLABLE, N, old_access_key_id),
    ID(NULLABLE, N, new_access_key_id),
    FIELD("resumed", FLAG, ALWAYS, N, resumed),
    FIELD("delete_after", TIME, NULLABLE, N, delete_after),
    SHORT("waits_for", NULLABLE, N, waits_for),
    FIELD("unexplained_use", OBJECT, NULLABLE, N, unexplained_use, .of = &msg_use,
	  FIELD_GIVEN(N, is_unexplained)),
    FIELD("error", RAW, NULLABLE, N, error),
};
const struct fields msg_rotation = FIELDS(rotation_fields);

static const struct field unfinished_fields[] = {
    SHORT("what", NEEDED, struct msg_unfinished, what),
    NAME(struct msg_unfinished),
    FIELD("rotation", OBJECT, NEEDED, struct msg_unfinished, rotation, .of = &msg_rotation),
};
const struct fields msg_unfinished = FIELDS(unfinished_fields);

#define B struct msg_begun
static const struct field begun_fields[] = {
    NAME(B),
    SHORT("step", NEEDED, B, step),
    ID(NEEDED, B, old_access_key_id),
    ID(NULLABLE, B, new_access_key_id),
    FIELD("retire", WORD, NULLABLE, B, retire, FIELD_WORDS(msg_retire_words)),
    FIELD("begun_at", TIME, NULLABLE, B, begun_at),
    FIELD("off_at", TIME, NULLABLE, B, off_at),
    FIELD("delete_after", TIME, NULLABLE, B, delete_after),
    FIELD("held", FLAG, ALWAYS, B, held),
    FIELD("pid", NUMBER, NULLABLE, B, pid, FIELD_RANGE(0, INT32_MAX)),
    FIELD("names", LIST, ALWAYS, B, names, FIELD_TEXTS(NAMES_MAX, TEXT_NAME_MAX)),
};
const struct fields msg_begun = FIELDS(begun_fields);
