/* SPDX-License-Identifier: MIT */
#ifndef CV_WIRE_TABLES_MSG_ATTEST_H
#define CV_WIRE_TABLES_MSG_ATTEST_H

#include "vault/format/fields.h"
#include "vault/format/key_tag.h"

/** How an agent shows which keys it holds, without showing them: the operation `attest`. */

enum { MSG_ATTEST_NAMES_MAX = 64 };

/** The arguments. */
struct msg_attest {
	unsigned char nonce[KEY_TAG_NONCE_BYTES]; /**< drawn by the client for this call */
	struct field_list names;		  /**< of keys; texts */
};
extern const struct fields msg_attest;

/** A row, for each of them that the vault has. */
struct msg_attested {
	const char *name, *access_key_id;
	unsigned char tag[DIGEST_BYTES]; /**< vault/format/key_tag.h */
};
extern const struct fields msg_attested;

#endif
