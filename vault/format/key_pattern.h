/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_KEY_PATTERN_H
#define CV_FORMAT_KEY_PATTERN_H

#include "vault/format/arn.h"
#include "vault/format/span.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Finds AWS access keys in text of any kind: an id by its prefix and shape, and its secret by its
 * form and its place near the id or behind a name that says so. Pure; the text may hold any byte
 * and is only borrowed. Sources: IAM's list of unique id prefixes; ids of 2019 and later hold the
 * number of their account in base32, and the bit above it set.
 */

enum {
	KEY_PATTERN_ID = 20,	 /**< bytes of an id */
	KEY_PATTERN_SECRET = 40, /**< bytes of a secret */
	KEY_PATTERN_NEAR = 1024	 /**< how far from its id a secret is looked for, in bytes */
};

enum key_pattern_kind {
	KEY_PATTERN_KEY,     /**< an id and, near it, a secret */
	KEY_PATTERN_LONE_ID, /**< an id of an access key without a secret near it: no harm alone */
	KEY_PATTERN_LONE_SECRET /**< a secret behind its name, without an id near it */
};

/** One occurrence in a text. */
struct key_pattern {
	enum key_pattern_kind kind;
	struct span id;			 /**< empty for KEY_PATTERN_LONE_SECRET */
	struct span secret;		 /**< empty for KEY_PATTERN_LONE_ID */
	bool temporary;			 /**< ASIA…: of a session, which ends by itself */
	bool other;			 /**< ABIA…, ACCA…: a token of STS or of one service */
	char account[ARN_ACCOUNT_BYTES]; /**< whose the id says it is; "": an id of before 2019 */
};

/**
 * The next occurrence at or behind *at; moves *at behind it. False at the end of the text. Ids come
 * in their order, and then the lone secrets in theirs: *at is to be 0 at first, and is no place in
 * the text. The keys of AWS's documentation (…EXAMPLE, …EXAMPLEKEY) and ids that are filled in with
 * one letter are passed over.
 */
bool key_pattern_next(struct span text, size_t *at, struct key_pattern *out);

/**
 * Whether 20 bytes have the form of an access key's id that IAM gives out: the prefix, base32, the
 * number of an account. `account` receives that number, "" for an id of before 2019.
 */
bool key_pattern_is_id(const char *text, char account[static ARN_ACCOUNT_BYTES]);

/** Whether 40 bytes at `at`, and no more, have the form of a secret, whatever their name. */
bool key_pattern_is_secret(struct span text, size_t at);

#endif
