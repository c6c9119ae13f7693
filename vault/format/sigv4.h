/* SPDX-License-Identifier: MIT */
#ifndef CV_FORMAT_SIGV4_H
#define CV_FORMAT_SIGV4_H

#include "vault/base/buf.h"
#include "vault/base/error.h"
#include "vault/base/secret.h"
#include "vault/format/digest.h"

#include <stdint.h>

/**
 * AWS Signature Version 4 (AWS General Reference, "Signature Version 4 signing process"), HMAC
 * flavour. Pure: the time comes with the request. No part of the secret key leaves secret memory;
 * all output may go over the wire.
 */

enum { SIGV4_DATE_BYTES = 17, SIGV4_HEADERS_MAX = 32 };

/**
 * Repeated names are allowed and keep their order. Names in any case; values without CR and NUL.
 */
struct sigv4_header {
	const char *name;
	const char *value;
};

/** The request to sign. All pointers are borrowed. */
struct sigv4_request {
	const char *method;
	const struct sigv4_header *headers; /**< `host` must be one of them */
	size_t header_count;		    /**< at most SIGV4_HEADERS_MAX */
	const char *path;  /**< as on the request line, without the query; NULL is "/" */
	const char *query; /**< as on the request line, without '?'; NULL is none */
	const void *body;
	size_t body_len;
	const char *service; /**< "sts", "iam" */
	const char *region;
	int64_t time;		 /**< seconds since the epoch */
	bool unnormalized_path;	 /**< S3: dots and double slashes stay */
	bool sign_body;		 /**< send and sign x-amz-content-sha256 too (S3) */
	bool omit_session_token; /**< the token is sent but not signed */
};

/** The signing key. session_token is NULL or "" for a long-term key. */
struct sigv4_key {
	const char *access_key_id;
	const struct secret *secret;
	const char *session_token;
};

/** The headers to send along with those of the request. */
struct sigv4_signed {
	struct buf authorization;	       /**< Authorization */
	char date[SIGV4_DATE_BYTES];	       /**< x-amz-date */
	char content_sha256[DIGEST_HEX_BYTES]; /**< x-amz-content-sha256; "" unless sign_body */
	const char *session_token; /**< x-amz-security-token; NULL for none; the key's own */
};

#define SIGV4_SIGNED_INIT ((struct sigv4_signed){.authorization = BUF_INIT(8192)})

/**
 * Signs by the Authorization header. USAGE where the request breaks a rule above (a control
 * character in a header, no host, too many headers).
 */
MUST bool sigv4_sign(const struct sigv4_request *request, const struct sigv4_key *key,
		     struct sigv4_signed *out, struct error *err);

/** Wipes and frees. Accepts empty. */
void sigv4_signed_clear(struct sigv4_signed *out);

/** First stage: appends the canonical request. */
MUST bool sigv4_canonical_request(const struct sigv4_request *request, const struct sigv4_key *key,
				  struct buf *out, struct error *err);

/** Second stage: appends the string to sign of a canonical request. */
MUST bool sigv4_string_to_sign(const struct sigv4_request *request, const struct buf *canonical,
			       struct buf *out, struct error *err);

/** Third stage: the signature of a string to sign, in hex. */
MUST bool sigv4_signature(const struct sigv4_request *request, const struct sigv4_key *key,
			  const struct buf *string_to_sign, char out[static DIGEST_HEX_BYTES],
			  struct error *err);

#endif
