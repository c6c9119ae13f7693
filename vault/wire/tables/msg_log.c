/* SPDX-License-Identifier: MIT */
#include "vault/wire/tables/msg_log.h"

#include "vault/base/text.h"

enum { WORD_MAX = 131, WHAT_MAX = 255, HEAD_MAX = 64, FILE_MAX = 255 };

#define L struct msg_log
static const struct field log_fields[] = {
    FIELD("last", NUMBER, OPTIONAL, L, last, FIELD_RANGE(0, MSG_LOG_ALL), .none = MSG_LOG_ALL),
    FIELD("since", TIME, OPTIONAL, L, since),
    FIELD("profile", TEXT, OPTIONAL, L, profile, .max = TEXT_NAME_MAX),
    FIELD("verify", FLAG, OPTIONAL, L, verify),
    FIELD("follow", FLAG, OPTIONAL, L, follow),
};
const struct fields msg_log = FIELDS(log_fields);

#define P struct msg_log_peer
static const struct field peer_fields[] = {
    FIELD("uid", NUMBER, ALWAYS, P, uid, FIELD_RANGE(0, UINT32_MAX)),
    FIELD("pid", NUMBER, ALWAYS, P, pid, FIELD_RANGE(0, UINT32_MAX)),
    FIELD("exe", TEXT, ALWAYS, P, exe, .max = WHAT_MAX),
    FIELD("parents", TEXT, ALWAYS, P, parents, .max = WHAT_MAX),
};
static const struct fields peer_table = FIELDS(peer_fields);

#define R struct msg_log_row
static const struct field row_fields[] = {
    FIELD("seq", NUMBER, ALWAYS, R, seq, FIELD_RANGE(0, INT64_MAX)),
    FIELD("time", TIME, NULLABLE, R, time),
    FIELD("op", TEXT, NEEDED, R, op, .max = WORD_MAX),
    FIELD("profile", TEXT, NULLABLE, R, profile, .max = WORD_MAX),
    FIELD("access_key_id", TEXT, NULLABLE, R, access_key_id, .max = WORD_MAX),
    FIELD("what", TEXT, NULLABLE, R, what, .max = WHAT_MAX),
    FIELD("expires_at", TIME, NULLABLE, R, expires_at),
    FIELD("policy", TEXT, NULLABLE, R, policy, .max = WORD_MAX),
    FIELD("mfa", FLAG, ALWAYS, R, mfa),
    FIELD("peer", OBJECT, NULLABLE, R, peer, .of = &peer_table, FIELD_GIVEN(R, peer_known)),
    FIELD("result", TEXT, ALWAYS, R, result, .max = WORD_MAX),
};
const struct fields msg_log_row = FIELDS(row_fields);

#define O struct msg_log_problem
static const struct field problem_fields[] = {
    FIELD("from", NUMBER, NULLABLE, O, from, FIELD_RANGE(0, INT64_MAX)),
    FIELD("to", NUMBER, NULLABLE, O, to, FIELD_RANGE(0, INT64_MAX)),
    FIELD("what", TEXT, ALWAYS, O, what, .max = WHAT_MAX),
    FIELD("file", TEXT, NULLABLE, O, file, .max = FILE_MAX),
    FIELD("after", TIME, NULLABLE, O, after),
    FIELD("before", TIME, NULLABLE, O, before),
};
static const struct fields problem_table = FIELDS(problem_fields);

#define N(type_, m_) FIELD(#m_, NUMBER, ALWAYS, type_, m_, FIELD_RANGE(0, INT64_MAX))

static const struct field pruned_fields[] = {
    N(struct msg_log_pruned, parts),
    N(struct msg_log_pruned, entries),
    FIELD("until", TIME, NULLABLE, struct msg_log_pruned, until),
    FIELD("at", TIME, NULLABLE, struct msg_log_pruned, at),
    N(struct msg_log_pruned, entry),
};
static const struct fields pruned_table = FIELDS(pruned_fields);

#define A struct msg_log_answer
static const struct field answer_fields[] = {
    N(A, count),
    N(A, log_entries),
    FIELD("pruned", OBJECT, NULLABLE, A, pruned, .of = &pruned_table, FIELD_GIVEN(A, was_pruned)),
    FIELD("head", TEXT, NEEDED, A, head, .max = HEAD_MAX),
    FIELD("verified", FLAG, NULLABLE, A, verified, FIELD_GIVEN(A, was_verified)),
    FIELD("marked", FLAG, NULLABLE, A, marked, FIELD_GIVEN(A, was_verified)),
    FIELD("problems", ARRAY, NULLABLE, A, problems, .of = &problem_table,
	  FIELD_ELEMENTS(A, problems, problems_count), FIELD_GIVEN(A, was_verified)),
};
const struct fields msg_log_answer = FIELDS(answer_fields);

static const struct field prune_fields[] = {
    N(struct msg_prune, parts),
    FIELD("from", NUMBER, NULLABLE, struct msg_prune, from, FIELD_RANGE(0, INT64_MAX)),
    FIELD("to", NUMBER, NULLABLE, struct msg_prune, to, FIELD_RANGE(0, INT64_MAX)),
    FIELD("until", TIME, NULLABLE, struct msg_prune, until),
    N(struct msg_prune, bytes),
    N(struct msg_prune, first),
    N(struct msg_prune, keep_s),
};
const struct fields msg_prune = FIELDS(prune_fields);
