/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_KEY_TAG_H
#define CV_FORMAT_KEY_TAG_H

#include "vault/base/error.h"
#include "vault/format/digest.h"

#include <stddef.h>

/**
 * The tag by which one program shows another that it holds an access key, without showing the
 * secret: HMAC-SHA-256 over name, id and secret, each behind its length, under a nonce that the one
 * who asks has drawn for this answer. It says nothing to anybody who does not have the secret.
 */

enum { KEY_TAG_NONCE_BYTES = 32 };

struct key_tag_of {
	const char *name, *access_key_id;
	const void *secret;
	size_t secret_len;
};

/** MEMORY. */
MUST bool key_tag_make(const unsigned char nonce[static KEY_TAG_NONCE_BYTES],
		       const struct key_tag_of *key, unsigned char out[static DIGEST_BYTES],
		       struct error *err);

#endif
