/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_DIGEST_H
#define CV_FORMAT_DIGEST_H

#include "vault/base/error.h"
#include "vault/base/secret.h"

#include <stddef.h>
#include <stdint.h>

/** SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104), the digests that external formats require. */

enum { DIGEST_BYTES = 32, DIGEST_HEX_BYTES = 65 };

/** SHA-256 of len bytes (data may be NULL where len is 0). */
void digest_sha256(const void *data, size_t len, unsigned char out[static DIGEST_BYTES]);

/** The same as lower-case hex with its NUL. Not for secrets. */
void digest_sha256_hex(const void *data, size_t len, char out[static DIGEST_HEX_BYTES]);

/** The same of all that a descriptor reads from its place to its end; FAILED beyond limit bytes. */
MUST bool digest_sha256_fd(int fd, int64_t limit, int64_t *bytes, char out[static DIGEST_HEX_BYTES],
			   struct error *err);

/**
 * An HMAC-SHA-256 in progress. Its state is equivalent to the key, so it lives in secret memory.
 */
struct digest_hmac {
	struct secret state;
};

#define DIGEST_HMAC_EMPTY ((struct digest_hmac){.state = {.data = NULL, .len = 0}})

/**
 * Starts with a key of any length; an HMAC under way is cleared first, so *hmac must be
 * initialised. MEMORY when the secret arena is full.
 */
MUST bool digest_hmac_start(struct digest_hmac *hmac, const void *key, size_t key_len,
			    struct error *err);

/** Adds len bytes of the message. */
void digest_hmac_add(struct digest_hmac *hmac, const void *data, size_t len);

/** Writes the tag and clears the HMAC. */
void digest_hmac_finish(struct digest_hmac *hmac, unsigned char out[static DIGEST_BYTES]);

/** The tag of one message under a secret key, where the tag is public (a signature). */
MUST bool digest_hmac_sha256(const struct secret *key, const void *data, size_t len,
			     unsigned char out[static DIGEST_BYTES], struct error *err);

/**
 * The tag of one message under a secret key, where the tag is itself a key. *out may not be *key.
 */
MUST bool digest_hmac_derive(const struct secret *key, const void *data, size_t len,
			     struct secret *out, struct error *err);

#endif
